"""Every route refuses whom it is not for: nobody, forged and old sessions, other roles and sites, false forms.

A new route needs its line in ROUTES; without one the first test fails.
"""

import inspect
import json
import re
from base64 import b64encode
from collections.abc import Iterable, Iterator
from enum import StrEnum
from typing import Any

import pytest
from fastapi.routing import APIRoute
from itsdangerous import TimestampSigner

from core.db import metadata, open_engine
from sync.outbox import plans
from tests.app.entrance import BROWSER, Entrance, open_entrance
from tests.databases import empty_database


class For(StrEnum):
    """Whom a route is for."""

    EVERYBODY = "everybody"  # shows nobody's data and changes nothing
    CRM = (
        "crm"  # what a CRM has signed or sealed, or an answer to a sign-in that this browser began
    )
    TICKET = "ticket"
    TEAM = "team"  # whoever works in the account
    ADMIN = "admin"


ROUTES: dict[str, For] = {
    "/": For.EVERYBODY,
    "/start/{provider}": For.EVERYBODY,
    "/installed": For.EVERYBODY,
    "/kept": For.EVERYBODY,  # leads on to a page that looks at the session
    "/enter/{provider}": For.EVERYBODY,
    "/favicon.ico": For.EVERYBODY,
    "/favicon.svg": For.EVERYBODY,
    "/healthz": For.EVERYBODY,
    "/readyz": For.EVERYBODY,
    "/metrics": For.EVERYBODY,
    "/oauth/{provider}/install": For.EVERYBODY,
    "/oauth/{provider}/sign-in": For.EVERYBODY,
    "/oauth/{provider}/callback": For.CRM,
    "/webhooks/{provider}": For.CRM,
    "/cards/{provider}/contact": For.CRM,
    "/cards/{provider}/contact/acts": For.CRM,
    "/cards/{provider}/contact/undo": For.CRM,
    "/actions/{provider}/ticket": For.CRM,
    "POST /enter/{provider}": For.CRM,
    "/enter": For.TICKET,
    "/admin/enter": For.TICKET,
    "/sign-out": For.TEAM,
    "/admin/": For.TEAM,
    "/admin/accounts": For.TEAM,
    "/admin/accounts.csv": For.TEAM,
    "/admin/accounts/{account_id}": For.TEAM,
    "/admin/accounts/apply": For.ADMIN,
    "/admin/progress": For.ADMIN,
    "/admin/fields": For.ADMIN,
    "/admin/fields/inquiry": For.ADMIN,
    "/admin/fields/draft": For.ADMIN,
    "/admin/fields/unread": For.ADMIN,
    "/admin/audit": For.ADMIN,
    "/admin/audit/report": For.ADMIN,
    "/admin/audit/people": For.ADMIN,
    "/admin/audit/people.csv": For.ADMIN,
    "/admin/lists": For.ADMIN,
    "/admin/lists/{list_id}/approve": For.ADMIN,
    "/admin/lists/{list_id}/discard": For.ADMIN,
    "/admin/plan": For.ADMIN,
    "/admin/plans/{plan_id}/approve": For.ADMIN,
    "/admin/plans/{plan_id}/part": For.ADMIN,
    "/admin/plans/{plan_id}/reject": For.ADMIN,
    "/admin/waves/{wave_id}/approve": For.ADMIN,
    "/admin/bindings/{playbook}": For.ADMIN,
    "/admin/results": For.ADMIN,
    "/admin/results.csv": For.ADMIN,
    "/admin/weekly": For.ADMIN,
    "/admin/weekly.pdf": For.ADMIN,
    "/admin/playbooks": For.ADMIN,
    "/admin/playbooks/switch": For.ADMIN,
    "/admin/playbooks/copy": For.ADMIN,
    "/admin/live": For.ADMIN,
    "/admin/live/pause": For.ADMIN,
    "/admin/live/resume": For.ADMIN,
    "/admin/live/cancel": For.ADMIN,
    "/admin/live/read": For.ADMIN,
    "/admin/live/retry": For.ADMIN,
    "/admin/numbers": For.ADMIN,
    "/admin/contacts": For.TEAM,
    "/admin/contacts/{contact_id}": For.TEAM,
    "/admin/contacts/{contact_id}/acts": For.TEAM,
    "/admin/contacts/{contact_id}/undo": For.TEAM,
    "/admin/desk": For.TEAM,
    "/admin/wishes": For.ADMIN,
    "/admin/wishes/lift": For.ADMIN,
    "/admin/do-not-contact": For.ADMIN,
    "/admin/policy": For.ADMIN,
    "/admin/notices": For.ADMIN,
    "/admin/notices/replay": For.ADMIN,
    "/admin/notices/drop": For.ADMIN,
    "/admin/stop": For.ADMIN,
    "/admin/go": For.ADMIN,
}
OWN, OTHER = "hubspot-1", "hubspot-2"
TOKEN = "form-token"
REFUSED = {400, 401, 403, 404, 409, 422}


def whom(method: str, path: str) -> For:
    return ROUTES.get(f"{method} {path}") or ROUTES[path]


@pytest.fixture(scope="module")
def entrance(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Entrance]:
    """Two accounts in one web process, with a plan of the second's; nothing of them is ever changed."""
    with empty_database(tmp_path_factory.mktemp("routes")) as url:
        engine = open_engine(url)
        metadata.create_all(engine)
        made = open_entrance(engine, url)
        for account_id in (OWN, OTHER):
            made.install(account_id)
        yield made
        engine.dispose()


class Asker:
    """Asks each route as somebody, with what it needs filled in."""

    def __init__(self, entrance: Entrance) -> None:
        self.entrance = entrance
        self.web = entrance.browser()

    def routes(self, *wanted: For) -> list[tuple[str, APIRoute]]:
        return [
            (method, route)
            for method, route in all_routes(self.entrance)
            if whom(method, route.path) in wanted
        ]

    def carry(self, secret: str | None = None, **change: Any) -> None:
        """Put a session into this browser; another secret forges it."""
        usual = {
            "person": "Somebody",
            "account_id": OWN,
            "agency_id": None,
            "since": 4_000_000_000_000,
            "role": "admin",
            "form_token": "form-token",
        }
        own = self.entrance.context.settings.session_secret.get_secret_value()
        content = b64encode(json.dumps({**usual, **change}).encode())
        self.web.cookies.clear()
        signed = TimestampSigner(secret or own).sign(content)
        self.web.cookies.set("rekindle_session", signed.decode())

    def ask(self, method: str, route: APIRoute, *, form_token: str = TOKEN, **headers: str) -> int:
        known = {"provider": "hubspot", "account_id": OTHER}
        path = re.sub(r"\{(\w+)\}", lambda found: known.get(found[1], "1"), route.path)
        query = {p.name: "1" for p in route.dependant.query_params if p.field_info.is_required()}
        if method == "GET":
            answer = self.web.get(path, params=query, headers=headers, follow_redirects=False)
            return answer.status_code
        filled = {p.name: "1" for p in route.dependant.body_params if p.field_info.is_required()}
        answer = self.web.post(
            path,
            params=query,
            data={**filled, "form_token": form_token},
            headers=headers,
            follow_redirects=False,
        )
        return answer.status_code


def all_routes(entrance: Entrance) -> list[tuple[str, APIRoute]]:
    app: Any = entrance.web.app
    return [
        (method, route) for route in flattened(app.routes) for method in sorted(route.methods or ())
    ]


def flattened(routes: Iterable[Any]) -> Iterator[APIRoute]:
    """The routes of routers too; anything that is no route of ours, such as a mounted folder, fails."""
    for route in routes:
        if isinstance(route, APIRoute):
            yield route
        else:
            yield from flattened(route.original_router.routes)


@pytest.fixture
def asker(entrance: Entrance) -> Asker:
    return Asker(entrance)


def told(method: str, route: APIRoute) -> str:
    return f"{method} {route.path}"


def test_every_route_says_whom_it_is_for(entrance: Entrance) -> None:
    listed = {route.path for _, route in all_routes(entrance)}
    lines = {line.removeprefix("POST ") for line in ROUTES}
    assert listed == lines


def test_nobody_and_forged_and_ended_sessions_are_refused(asker: Asker) -> None:
    own = asker.routes(For.TEAM, For.ADMIN)
    sessions: list[dict[str, Any] | None] = [
        None,
        {"secret": "y" * 40},
        {"since": 1},  # of an installation that somebody else has made since
        {"account_id": "hubspot-none"},
        {"role": None},
    ]
    for session in sessions:
        asker.web.cookies.clear()
        for method, route in own:
            if session is not None:
                asker.carry(**session)
            status = asker.ask(method, route)
            is_refused = status in REFUSED or route.path == "/sign-out"
            assert is_refused, (session, told(method, route), status)


def test_the_team_is_refused_what_admins_settle(asker: Asker) -> None:
    for method, route in asker.routes(For.ADMIN):
        asker.carry(role="team")
        assert asker.ask(method, route) in {403, 422}, told(method, route)


def test_forms_of_other_sites_and_without_their_token_are_refused(asker: Asker) -> None:
    for method, route in asker.routes(For.TEAM, For.ADMIN):
        if method == "GET":
            continue
        asker.carry()
        assert asker.ask(method, route, origin="https://evil.example") == 403, told(method, route)
        asker.carry()
        assert asker.ask(method, route, form_token="forged") in {401, 422}, told(method, route)
        asker.carry(form_token="")
        assert asker.ask(method, route, form_token="") in {401, 422}, told(method, route)


def test_what_a_crm_has_not_signed_is_refused(asker: Asker) -> None:
    for method, route in asker.routes(For.CRM, For.TICKET):
        asker.carry()  # a session counts for nothing there
        headers = {
            "x-hubspot-signature-v3": "Zm9yZ2Vk",
            "x-hubspot-request-timestamp": "4000000000000",
        }
        status = asker.ask(method, route, **headers)
        if route.path.startswith("/cards/"):
            path = route.path.format(provider="hubspot")
            answer = asker.web.request(method, path, headers=headers).json()
            assert answer["ok"] is False, told(method, route)
        else:
            assert status in REFUSED, told(method, route)


def test_what_belongs_to_another_account_is_not_there(asker: Asker, entrance: Entrance) -> None:
    with entrance.context.engine.begin() as tx:
        now = entrance.context.wall.now()
        plan = plans.begin(tx, OTHER, kind="values", now=now)
    asker.carry()
    for path in (f"/admin/plans/{plan.plan_id}/approve", "/admin/waves/1/approve"):
        answer = asker.web.post(path, data={"form_token": "form-token"}, headers=BROWSER)
        assert answer.status_code in {400, 404, 409}, path
    for path in (f"/admin/accounts/{OTHER}", "/admin/contacts/1"):
        assert asker.web.get(path, follow_redirects=False).status_code in {401, 404}, path


def test_a_get_changes_nothing(entrance: Entrance) -> None:
    """What a link or a picture of another site may ask for: no page's GET takes a form's token."""
    for method, route in all_routes(entrance):
        if method == "GET":
            assert "form_token" not in inspect.signature(route.endpoint).parameters, route.path
