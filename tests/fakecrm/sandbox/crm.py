"""A third pretend CRM over HTTP, as small as the sandbox's kit allows: one account with contacts."""

import hashlib
import hmac
import json
import secrets
import time
from argparse import ArgumentParser, Namespace
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated
from urllib.parse import parse_qs

from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.kit.answers import ApiError, json_answer, json_bytes
from sandbox.kit.consent import (
    AppWish,
    Choice,
    ConsentError,
    ConsentPage,
    Form,
    choice_page,
    consent_routes,
    is_allowed_redirect,
)
from sandbox.kit.control import Answer, Payload, controlled
from sandbox.kit.crm import AccountView, Environment, PretendCrm, RecordCount
from sandbox.kit.delivery import Delivery, Parcel
from sandbox.kit.gateway import Gateway, Headers
from sandbox.kit.grants import Grants, read_bearer
from sandbox.kit.limits import Limits
from sandbox.kit.rolling_window import RollingWindow
from sandbox.world.tenant import hearing_care
from sandbox.world.world import World

JSON = "application/json"
APP, SECRET = "fake-app", b"fake-secret-not-for-production"
CORNER_SHOP = "corner-shop"


@dataclass(frozen=True, slots=True)
class FakeOptions:
    limits: Limits = field(default_factory=Limits)


@dataclass(slots=True)
class Install:
    account: str
    active: bool = True


def error_for(status: int) -> ApiError:
    return ApiError(status, {"oops": status})


class FakePlatform:
    """The one account, the app that is registered, and what requests pass."""

    def __init__(self, environment: Environment) -> None:
        self.environment = environment
        self.limits = environment.config.options_of(FakeOptions).limits
        self.webhook_target: str | None = None
        self.contacts: dict[str, dict[str, str]] = {}
        self.grants: Grants[Install] = Grants(self.limits, time.time)
        self.window = RollingWindow(time.time)
        self.delivery = Delivery(
            WebhookRequests(self), self.limits, time.time, environment.config.seed
        )
        self.gateway = Gateway(
            environment.faults,
            environment.counters,
            environment.now,
            error_for,
            JSON,
            prefix=FakeCrm.prefix,
        )

    def change(self, contact_id: str, values: Mapping[str, object]) -> None:
        contact = self.contacts[contact_id]
        contact.update({name: str(value) for name, value in values.items()})
        self.delivery.publish({"changed": contact_id, "account": CORNER_SHOP})


class WebhookRequests:
    name = "fake"
    user_agent = "fake"
    most_events = 10

    def __init__(self, platform: FakePlatform) -> None:
        self._platform = platform

    def target(self) -> str | None:
        return self._platform.webhook_target

    def at_once(self) -> int:
        return 2

    def request(self, parcel: Parcel, target: str) -> tuple[bytes, dict[str, str]]:
        body = json_bytes({"for": target, "events": parcel.events})
        return body, {"X-Fake-Signature": hmac.new(SECRET, body, hashlib.sha256).hexdigest()}

    def tries_again(self, status: int) -> bool:
        return status >= 500


# Consent page, tokens, API


def fake_routes(platform: FakePlatform) -> list[Route]:
    page = ConsentPage(
        read_wish,
        show,
        lambda _request, wish, form: grant(platform, wish, form),
    )
    return [
        *consent_routes(platform.gateway, ["/oauth/authorize"], page),
        platform.gateway.route("POST", "/oauth/token", lambda *given: exchange(platform, *given)),
        platform.gateway.route("GET", "/{kind}", lambda *given: read_records(platform, *given)),
        platform.gateway.route(
            "PATCH", "/{kind}/{id}", lambda *given: write_record(platform, *given)
        ),
    ]


def read_wish(request: Request) -> AppWish:
    query = request.query_params
    redirect = query.get("redirect_uri", "")
    if query.get("client_id") != APP or not is_allowed_redirect(redirect, ()):
        raise ConsentError("There is no such app.")
    return AppWish(redirect, tuple(query.get("scope", "").split()), query.get("state"))


def show(request: Request, wish: AppWish) -> str:
    choices = [Choice(CORNER_SHOP, "Corner Shop")]
    return choice_page(
        request, wish, vendor="Fake CRM", app="Rekindle", field="account", choices=choices
    )


def grant(platform: FakePlatform, wish: AppWish, form: Form) -> str:
    if form.get("account") != CORNER_SHOP:
        raise ConsentError("Choose your account.")
    install = platform.grants.installs[CORNER_SHOP] = Install(CORNER_SHOP)
    return platform.grants.issue_code(install, wish.scopes, redirect_uri=wish.redirect_uri)


def exchange(platform: FakePlatform, _request: Request, body: bytes, _headers: Headers) -> Response:
    given = parse_qs(body.decode())
    code = platform.grants.take_code(given.get("code", [""])[0])
    if code is None:
        raise error_for(400)
    token = platform.grants.issue_access(code.install, code.scopes, token=secrets.token_hex(16))
    return json_answer({"access_token": token}, 200, None, JSON)


def check(platform: FakePlatform, request: Request, headers: Headers) -> None:
    """The limit, which every answer tells of, and the token."""
    limits = platform.limits
    left = platform.window.take(CORNER_SHOP, limits.requests, limits.window_seconds)
    headers["X-Fake-Remaining"] = str(left or 0)
    if left is None:
        raise error_for(429)
    token = read_bearer(request.headers.get("authorization", ""))
    if token is None or platform.grants.find_access(token) is None:
        raise error_for(401)
    if request.path_params["kind"] != "contacts":
        raise error_for(404)


def read_records(
    platform: FakePlatform, request: Request, _body: bytes, headers: Headers
) -> Response:
    check(platform, request, headers)
    rows = [{"id": contact_id, **values} for contact_id, values in platform.contacts.items()]
    return json_answer(rows, 200, None, JSON)


def write_record(
    platform: FakePlatform, request: Request, body: bytes, headers: Headers
) -> Response:
    check(platform, request, headers)
    contact_id = request.path_params["id"]
    if contact_id not in platform.contacts:
        raise error_for(404)
    platform.change(contact_id, json.loads(body))
    platform.environment.counters.wrote(CORNER_SHOP, "contacts", contact_id, changed=True)
    return json_answer(None, 204, None, JSON)


# Controls

router = APIRouter(prefix="/control/fake")
Here = Annotated[FakePlatform, Depends(controlled(FakePlatform))]


@router.post("/project")
async def register(platform: Here, wanted: Payload) -> Answer:
    platform.webhook_target = str(wanted["webhook_target"])
    return {"webhook_target": platform.webhook_target}


@router.patch("/contacts/{contact_id}")
async def change_by_staff(platform: Here, contact_id: str, values: Payload) -> Answer:
    platform.change(contact_id, values)
    return {"changed": sorted(values)}


class FakeCrm(PretendCrm):
    """What the registry's line leads to."""

    name = "fake"
    title = "Fake CRM"
    prefix = "/fake"
    controlled: FakePlatform

    def __init__(self, environment: Environment) -> None:
        self.controlled = FakePlatform(environment)
        self.delivery = self.controlled.delivery

    def open_accounts(self) -> None:
        config = self.controlled.environment.config
        if config.people:
            tenant = hearing_care(seed=config.seed, contacts=config.people, as_of=config.as_of)
            for person in World(tenant).people():
                values = {"name": f"{person.first_name} {person.last_name}"}
                self.controlled.contacts[str(person.number)] = values

    def routes(self) -> list[Route]:
        return fake_routes(self.controlled)

    def control_routers(self) -> Sequence[APIRouter]:
        return [router]

    def refuse(self, request: Request, status: int, detail: str) -> Response:
        told = {"oops": status, "path": request.url.path, "detail": detail}
        return json_answer(told, status, None, JSON)

    def accounts(self) -> list[AccountView]:
        installed = self.controlled.grants.live(CORNER_SHOP) is not None
        rows = [RecordCount("contacts", len(self.controlled.contacts))]
        return [AccountView(CORNER_SHOP, "Corner Shop", installed, rows)]


def open_crm(environment: Environment) -> FakeCrm:
    return FakeCrm(environment)


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--fake-requests", type=int, default=Limits().requests)


def read_options(given: Namespace) -> FakeOptions:
    return FakeOptions(Limits(requests=given.fake_requests))
