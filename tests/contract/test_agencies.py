"""One consent of an agency, many accounts: each installed exactly once, and ended exactly once."""

from typing import Any, Protocol, cast

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from app.lab.browser import read_forms
from app.pipeline import ask_for
from app.schedule import ask_for_due
from connector.budget import Urgency
from connector.errors import CrmUnavailable
from connector.port.oauth import AuthorizesAgencies, TokenGrant
from connector.port.provider import Describes
from core.db import reading
from oauth.account_settings.changing import load_settings
from oauth.accounts import account_id_of, agency_id_of
from oauth.store import load_agencies, record_disconnected
from oauth.tables import installations
from sync.live import capability, opened
from tests.contract.crm_side import AgencySide, CrmSide, RotatingSide
from tests.contract.rekindle import CrmRekindle, build_rekindle
from tests.contract.test_access import die_after_the_answer, late


class ManagedSide(CrmSide, AgencySide, RotatingSide, Protocol):
    """A CRM with agencies and rotating tokens."""


@pytest.fixture
def rekindle(crm_side: CrmSide, engine: Engine, database_url: str) -> CrmRekindle:
    built = build_rekindle(crm_side, engine, database_url)
    if not isinstance(built.provider.authorizer(), AuthorizesAgencies):
        pytest.skip(f"{crm_side.provider} has no agencies")
    return built


def managed(rekindle: CrmRekindle) -> ManagedSide:
    return cast("ManagedSide", rekindle.crm_side)


def agency_id(rekindle: CrmRekindle) -> str:
    return agency_id_of(rekindle.crm_side.provider, managed(rekindle).agency)


def our_id(rekindle: CrmRekindle, remote_id: str) -> str:
    return account_id_of(rekindle.crm_side.provider, remote_id)


def install_agency(rekindle: CrmRekindle) -> None:
    answer = rekindle.come_back(managed(rekindle).consent_agency(rekindle.begin_install()))
    assert answer.status_code == 303, answer.text
    rekindle.crm_side.posts()


def is_open(rekindle: CrmRekindle, remote_id: str) -> bool:
    with opened(rekindle.context, our_id(rekindle, remote_id), Urgency.PERSON) as crm:
        return bool(capability(crm, Describes).fetch_account().name)


def test_one_consent_of_an_agency_makes_one_installation_of_each_account(
    rekindle: CrmRekindle,
) -> None:
    install_agency(rekindle)
    wanted = managed(rekindle).agency_accounts
    assert len(wanted) == 3
    assert set(rekindle.active()) == set(wanted)
    assert {i.agency_id for i in rekindle.active().values()} == {agency_id(rekindle)}
    assert rekindle.queue.waiting() == ["workflows.jobs.provision"] * 3
    assert all(is_open(rekindle, remote_id) for remote_id in wanted)
    with reading(rekindle.context.engine) as connection:
        assert [a.account_id for a in load_agencies(connection)] == [agency_id(rekindle)]


def test_the_browser_that_consented_may_look_at_each_of_its_accounts_and_no_other(
    rekindle: CrmRekindle,
) -> None:
    install_agency(rekindle)
    names = {i.account_id: i.name for i in rekindle.active().values()}
    assert len(set(names.values())) == 3
    for account_id, name in names.items():
        rekindle.web.get(f"/admin/accounts/{account_id}", follow_redirects=False)
        assert name in rekindle.web.get("/admin/progress").text
    stranger = f"/admin/accounts/{our_id(rekindle, 'stranger')}"
    assert rekindle.web.get(stranger, follow_redirects=False).status_code in {401, 403}


def test_a_later_account_joins_by_its_notice(rekindle: CrmRekindle) -> None:
    install_agency(rekindle)
    rekindle.forget_jobs()
    new = managed(rekindle).add_account()
    posts = rekindle.crm_side.posts()
    for _ in range(2):  # platforms repeat themselves
        assert {rekindle.receive(post) for post in posts} == {204}
        assert rekindle.queue.waiting() == ["sync.jobs.adopt_accounts"]
        rekindle.queue.step(rekindle.context)
        rekindle.forget_jobs()
    assert set(rekindle.active()) == {*managed(rekindle).agency_accounts, new}
    assert is_open(rekindle, new)


def test_a_later_account_joins_when_its_notice_was_lost(rekindle: CrmRekindle) -> None:
    install_agency(rekindle)
    rekindle.forget_jobs()
    new = managed(rekindle).add_account()
    before = rekindle.active()
    run_once(rekindle, "sync.jobs.adopt_accounts", agency_id(rekindle))
    after = rekindle.active()
    assert set(after) == {*before, new}
    assert {r: i.generation for r, i in before.items()} == {r: after[r].generation for r in before}
    assert rekindle.queue.waiting() == ["workflows.jobs.provision"]
    assert is_open(rekindle, new)


def test_a_notice_that_comes_before_the_code_is_exchanged_changes_and_loses_nothing(
    rekindle: CrmRekindle,
) -> None:
    back = managed(rekindle).consent_agency(rekindle.begin_install())
    posts = rekindle.crm_side.posts()
    assert posts, "the platform tells of an install before the browser is back"
    assert {rekindle.receive(post) for post in posts} == {204}
    assert rekindle.active() == {}
    assert rekindle.queue.waiting() == []
    assert rekindle.come_back(back).status_code == 303
    assert set(rekindle.active()) == set(managed(rekindle).agency_accounts)
    assert {rekindle.receive(post) for post in posts} == {204}
    rekindle.forget_jobs()
    run_once(rekindle, "sync.jobs.adopt_accounts", agency_id(rekindle))
    assert set(rekindle.active()) == set(managed(rekindle).agency_accounts)


@pytest.mark.parametrize("is_told", [True, False], ids=["by notice", "by comparing"])
def test_uninstalling_one_account_ends_exactly_that_one(
    rekindle: CrmRekindle, is_told: bool
) -> None:
    install_agency(rekindle)
    rekindle.forget_jobs()
    gone, *others = managed(rekindle).agency_accounts
    rekindle.crm_side.uninstall(gone)
    if is_told:
        for post in rekindle.crm_side.posts():
            assert rekindle.receive(post) == 204
        assert rekindle.queue.waiting() == ["sync.jobs.adopt_accounts"]
        rekindle.queue.step(rekindle.context)
    else:
        run_once(rekindle, "sync.jobs.adopt_accounts", agency_id(rekindle))
    assert set(rekindle.active()) == set(others)
    with reading(rekindle.context.engine) as connection:
        query = sa.select(installations).where(installations.c.account_id == our_id(rekindle, gone))
        row = connection.execute(query).mappings().one()
    assert row["access_token"] == row["refresh_token"] == ""
    for job in ("workflows.jobs.provision", "sync.jobs.backfill", "workflows.jobs.start_due"):
        run_once(rekindle, job, our_id(rekindle, gone))
    assert rekindle.queue.waiting() == []
    assert all(is_open(rekindle, remote_id) for remote_id in others)


def test_an_agency_that_leaves_takes_all_its_accounts_along(rekindle: CrmRekindle) -> None:
    install_agency(rekindle)
    rekindle.forget_jobs()
    managed(rekindle).uninstall_agency()
    for post in rekindle.crm_side.posts():
        assert rekindle.receive(post) == 204
    rekindle.drain()
    assert rekindle.active() == {}
    with reading(rekindle.context.engine) as connection:
        rows = list(connection.execute(sa.select(installations)).mappings())
    assert len(rows) == 4
    assert {row["refresh_token"] for row in rows} == {""}
    run_once(rekindle, "sync.jobs.adopt_accounts", agency_id(rekindle))
    assert rekindle.queue.waiting() == []


def test_an_agency_that_comes_back_takes_over_its_rows(rekindle: CrmRekindle) -> None:
    install_agency(rekindle)
    before = {i.account_id: i.created_at for i in rekindle.active().values()}
    managed(rekindle).uninstall_agency()
    install_agency(rekindle)
    assert {i.account_id: i.created_at for i in rekindle.active().values()} == before
    assert all(is_open(rekindle, remote_id) for remote_id in managed(rekindle).agency_accounts)


def test_an_account_that_could_not_be_opened_at_first_is_not_lost(
    rekindle: CrmRekindle, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The CRM fails in the middle of an agency's install: the next comparison finds the others."""
    kind: Any = type(rekindle.provider.authorizer())
    real = kind.mint
    asked: list[str] = []

    def mint(self: object, token: str, agency: str, account: str) -> TokenGrant:
        asked.append(account)
        if len(asked) > 1:
            raise CrmUnavailable("The CRM is not available.")
        granted: TokenGrant = real(self, token, agency, account)
        return granted

    back = managed(rekindle).consent_agency(rekindle.begin_install())
    with monkeypatch.context() as patch:
        patch.setattr(kind, "mint", mint)
        assert rekindle.come_back(back).status_code >= 400
    assert len(rekindle.active()) == 1
    run_once(rekindle, "sync.jobs.adopt_accounts", agency_id(rekindle))
    assert set(rekindle.active()) == set(managed(rekindle).agency_accounts)
    rekindle.forget_jobs()
    ask_for_due(rekindle.context)
    assert rekindle.queue.waiting() == ["workflows.jobs.provision"] * 3


def test_an_account_whose_refresh_token_is_spent_is_minted_anew(
    rekindle: CrmRekindle, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A crash after the CRM's answer, found after the grace: the agency still holds the key."""
    install_agency(rekindle)
    remote_id = managed(rekindle).agency_accounts[0]
    clock = late(rekindle)
    die_after_the_answer(rekindle, monkeypatch, clock, account_id=our_id(rekindle, remote_id))
    managed(rekindle).end_grace()
    assert rekindle.tokens(clock, account_id=our_id(rekindle, remote_id)).token()
    assert set(rekindle.active()) == set(managed(rekindle).agency_accounts)
    assert is_open(rekindle, remote_id)


def test_an_agency_survives_a_crash_of_its_own_refresh(
    rekindle: CrmRekindle, monkeypatch: pytest.MonkeyPatch
) -> None:
    install_agency(rekindle)
    clock = late(rekindle)
    die_after_the_answer(
        rekindle, monkeypatch, clock, account_id=agency_id(rekindle), asking="refresh_agency"
    )
    assert rekindle.tokens(clock, account_id=agency_id(rekindle)).token()
    run_once(rekindle, "sync.jobs.adopt_accounts", agency_id(rekindle))
    assert set(rekindle.active()) == set(managed(rekindle).agency_accounts)


def run_once(rekindle: CrmRekindle, job: str, *ids: str) -> None:
    """Run one job and leave what it asks for waiting."""
    rekindle.forget_jobs()
    account_id, *rest = ids
    ask_for(rekindle.context, job, account_id, *rest)
    rekindle.queue.step(rekindle.context)


def settings_form(rekindle: CrmRekindle, level: str) -> dict[str, str]:
    shown = rekindle.web.get(f"/admin/policy?level={level}")
    assert shown.status_code == 200, shown.text
    return next(f.fields for f in read_forms(shown.text) if f.action == "/admin/policy")


def held_by(rekindle: CrmRekindle) -> dict[str, tuple[str, int]]:
    """Remote id → line of business and cooldown, as every job has them."""
    found = {}
    for remote_id, account in rekindle.active().items():
        own = load_settings(rekindle.context, account)
        found[remote_id] = (own.vertical, own.cooldown_days)
    return found


def test_an_agency_speaks_for_all_its_accounts_and_overrides_for_one(rekindle: CrmRekindle) -> None:
    install_agency(rekindle)
    first, *others = [i.account_id for i in rekindle.active().values()]
    typed = {"vertical": "dental", "cooldown_days": "120"}
    answer = rekindle.web.post(
        "/admin/policy",
        data={**settings_form(rekindle, "agency"), **typed},
        follow_redirects=False,
    )
    assert answer.headers["location"] == "/admin/policy?saved=yes&level=agency"
    assert set(held_by(rekindle).values()) == {("dental", 120)}
    rekindle.web.get(f"/admin/accounts/{first}", follow_redirects=False)
    rekindle.web.post(
        "/admin/policy", data={**settings_form(rekindle, ""), "vertical": "med_spa"},
        follow_redirects=False,
    )  # fmt: skip
    by_account = {
        account_id_of(rekindle.crm_side.provider, i): v for i, v in held_by(rekindle).items()
    }
    assert by_account[first] == ("med_spa", 120)
    assert {by_account[account_id] for account_id in others} == {("dental", 120)}
    shown = " ".join(rekindle.web.get("/admin/policy").text.split())
    assert 'Med spa <span class="pill accent">This account</span>' in shown
    assert '120 days <span class="pill">Agency</span>' in shown
    assert "<li>Line of business: not set → Dental</li>" in shown


def test_an_agency_that_has_left_speaks_for_nobody_any_more(rekindle: CrmRekindle) -> None:
    install_agency(rekindle)
    fields = settings_form(rekindle, "agency")
    with rekindle.context.engine.begin() as tx:
        record_disconnected(tx, agency_id(rekindle), now=rekindle.context.wall.now())
    refused = rekindle.web.post("/admin/policy", data={**fields, "vertical": "dental"})
    assert refused.status_code == 401
    assert {vertical for vertical, _ in held_by(rekindle).values()} == {"general"}
