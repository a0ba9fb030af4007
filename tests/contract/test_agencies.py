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
from tests.contract.house import CrmHouse, build_house
from tests.contract.street import AgencyStreet, RotatingStreet, Street
from tests.contract.test_access import die_after_the_answer, late


class ManagedStreet(Street, AgencyStreet, RotatingStreet, Protocol):
    """A CRM with agencies and rotating tokens."""


@pytest.fixture
def house(street: Street, engine: Engine, database_url: str) -> CrmHouse:
    built = build_house(street, engine, database_url)
    if not isinstance(built.provider.authorizer(), AuthorizesAgencies):
        pytest.skip(f"{street.provider} has no agencies")
    return built


def managed(house: CrmHouse) -> ManagedStreet:
    return cast("ManagedStreet", house.street)


def agency_id(house: CrmHouse) -> str:
    return agency_id_of(house.street.provider, managed(house).agency)


def our_id(house: CrmHouse, remote_id: str) -> str:
    return account_id_of(house.street.provider, remote_id)


def install_agency(house: CrmHouse) -> None:
    answer = house.come_back(managed(house).consent_agency(house.begin_install()))
    assert answer.status_code == 303, answer.text
    house.street.posts()


def is_open(house: CrmHouse, remote_id: str) -> bool:
    with opened(house.context, our_id(house, remote_id), Urgency.PERSON) as crm:
        return bool(capability(crm, Describes).fetch_account().name)


def test_one_consent_of_an_agency_makes_one_installation_of_each_account(house: CrmHouse) -> None:
    install_agency(house)
    wanted = managed(house).agency_accounts
    assert len(wanted) == 3
    assert set(house.active()) == set(wanted)
    assert {i.agency_id for i in house.active().values()} == {agency_id(house)}
    assert house.queue.waiting() == ["workflows.jobs.provision"] * 3
    assert all(is_open(house, remote_id) for remote_id in wanted)
    with reading(house.context.engine) as connection:
        assert [a.account_id for a in load_agencies(connection)] == [agency_id(house)]


def test_the_browser_that_consented_may_look_at_each_of_its_accounts_and_no_other(
    house: CrmHouse,
) -> None:
    install_agency(house)
    names = {i.account_id: i.name for i in house.active().values()}
    assert len(set(names.values())) == 3
    for account_id, name in names.items():
        house.web.get(f"/admin/accounts/{account_id}", follow_redirects=False)
        assert name in house.web.get("/admin/progress").text
    stranger = f"/admin/accounts/{our_id(house, 'stranger')}"
    assert house.web.get(stranger, follow_redirects=False).status_code in {401, 403}


def test_a_later_account_joins_by_its_notice(house: CrmHouse) -> None:
    install_agency(house)
    house.forget_jobs()
    new = managed(house).add_account()
    posts = house.street.posts()
    for _ in range(2):  # platforms repeat themselves
        assert {house.receive(post) for post in posts} == {204}
        assert house.queue.waiting() == ["sync.jobs.adopt_accounts"]
        house.queue.step(house.context)
        house.forget_jobs()
    assert set(house.active()) == {*managed(house).agency_accounts, new}
    assert is_open(house, new)


def test_a_later_account_joins_when_its_notice_was_lost(house: CrmHouse) -> None:
    install_agency(house)
    house.forget_jobs()
    new = managed(house).add_account()
    before = house.active()
    run_once(house, "sync.jobs.adopt_accounts", agency_id(house))
    after = house.active()
    assert set(after) == {*before, new}
    assert {r: i.generation for r, i in before.items()} == {r: after[r].generation for r in before}
    assert house.queue.waiting() == ["workflows.jobs.provision"]
    assert is_open(house, new)


def test_a_notice_that_comes_before_the_code_is_exchanged_changes_and_loses_nothing(
    house: CrmHouse,
) -> None:
    back = managed(house).consent_agency(house.begin_install())
    posts = house.street.posts()
    assert posts, "the platform tells of an install before the browser is back"
    assert {house.receive(post) for post in posts} == {204}
    assert house.active() == {}
    assert house.queue.waiting() == []
    assert house.come_back(back).status_code == 303
    assert set(house.active()) == set(managed(house).agency_accounts)
    assert {house.receive(post) for post in posts} == {204}
    house.forget_jobs()
    run_once(house, "sync.jobs.adopt_accounts", agency_id(house))
    assert set(house.active()) == set(managed(house).agency_accounts)


@pytest.mark.parametrize("is_told", [True, False], ids=["by notice", "by comparing"])
def test_uninstalling_one_account_ends_exactly_that_one(house: CrmHouse, is_told: bool) -> None:
    install_agency(house)
    house.forget_jobs()
    gone, *others = managed(house).agency_accounts
    house.street.uninstall(gone)
    if is_told:
        for post in house.street.posts():
            assert house.receive(post) == 204
        assert house.queue.waiting() == ["sync.jobs.adopt_accounts"]
        house.queue.step(house.context)
    else:
        run_once(house, "sync.jobs.adopt_accounts", agency_id(house))
    assert set(house.active()) == set(others)
    with reading(house.context.engine) as connection:
        query = sa.select(installations).where(installations.c.account_id == our_id(house, gone))
        row = connection.execute(query).mappings().one()
    assert row["access_token"] == row["refresh_token"] == ""
    for job in ("workflows.jobs.provision", "sync.jobs.backfill", "workflows.jobs.start_due"):
        run_once(house, job, our_id(house, gone))
    assert house.queue.waiting() == []
    assert all(is_open(house, remote_id) for remote_id in others)


def test_an_agency_that_leaves_takes_all_its_accounts_along(house: CrmHouse) -> None:
    install_agency(house)
    house.forget_jobs()
    managed(house).uninstall_agency()
    for post in house.street.posts():
        assert house.receive(post) == 204
    house.drain()
    assert house.active() == {}
    with reading(house.context.engine) as connection:
        rows = list(connection.execute(sa.select(installations)).mappings())
    assert len(rows) == 4
    assert {row["refresh_token"] for row in rows} == {""}
    run_once(house, "sync.jobs.adopt_accounts", agency_id(house))
    assert house.queue.waiting() == []


def test_an_agency_that_comes_back_takes_over_its_rows(house: CrmHouse) -> None:
    install_agency(house)
    before = {i.account_id: i.created_at for i in house.active().values()}
    managed(house).uninstall_agency()
    install_agency(house)
    assert {i.account_id: i.created_at for i in house.active().values()} == before
    assert all(is_open(house, remote_id) for remote_id in managed(house).agency_accounts)


def test_an_account_that_could_not_be_opened_at_first_is_not_lost(
    house: CrmHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The CRM fails in the middle of an agency's install: the next comparison finds the others."""
    kind: Any = type(house.provider.authorizer())
    real = kind.mint
    asked: list[str] = []

    def mint(self: object, token: str, agency: str, account: str) -> TokenGrant:
        asked.append(account)
        if len(asked) > 1:
            raise CrmUnavailable("The CRM is not available.")
        granted: TokenGrant = real(self, token, agency, account)
        return granted

    back = managed(house).consent_agency(house.begin_install())
    with monkeypatch.context() as patch:
        patch.setattr(kind, "mint", mint)
        assert house.come_back(back).status_code >= 400
    assert len(house.active()) == 1
    run_once(house, "sync.jobs.adopt_accounts", agency_id(house))
    assert set(house.active()) == set(managed(house).agency_accounts)
    house.forget_jobs()
    ask_for_due(house.context)
    assert house.queue.waiting() == ["workflows.jobs.provision"] * 3


def test_an_account_whose_refresh_token_is_spent_is_minted_anew(
    house: CrmHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A crash after the CRM's answer, found after the grace: the agency still holds the key."""
    install_agency(house)
    remote_id = managed(house).agency_accounts[0]
    clock = late(house)
    die_after_the_answer(house, monkeypatch, clock, account_id=our_id(house, remote_id))
    managed(house).end_grace()
    assert house.tokens(clock, account_id=our_id(house, remote_id)).token()
    assert set(house.active()) == set(managed(house).agency_accounts)
    assert is_open(house, remote_id)


def test_an_agency_survives_a_crash_of_its_own_refresh(
    house: CrmHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    install_agency(house)
    clock = late(house)
    die_after_the_answer(
        house, monkeypatch, clock, account_id=agency_id(house), asking="refresh_agency"
    )
    assert house.tokens(clock, account_id=agency_id(house)).token()
    run_once(house, "sync.jobs.adopt_accounts", agency_id(house))
    assert set(house.active()) == set(managed(house).agency_accounts)


def run_once(house: CrmHouse, job: str, *ids: str) -> None:
    """Run one job and leave what it asks for waiting."""
    house.forget_jobs()
    account_id, *rest = ids
    ask_for(house.context, job, account_id, *rest)
    house.queue.step(house.context)


def settings_form(house: CrmHouse, level: str) -> dict[str, str]:
    shown = house.web.get(f"/admin/settings?level={level}")
    assert shown.status_code == 200, shown.text
    return next(f.fields for f in read_forms(shown.text) if f.action == "/admin/settings")


def held_by(house: CrmHouse) -> dict[str, tuple[str, int]]:
    """Remote id → line of business and cooldown, as every job has them."""
    found = {}
    for remote_id, account in house.active().items():
        own = load_settings(house.context, account)
        found[remote_id] = (own.vertical, own.cooldown_days)
    return found


def test_an_agency_speaks_for_all_its_accounts_and_overrides_for_one(house: CrmHouse) -> None:
    install_agency(house)
    first, *others = [i.account_id for i in house.active().values()]
    typed = {"vertical": "dental", "cooldown_days": "120"}
    answer = house.web.post(
        "/admin/settings", data={**settings_form(house, "agency"), **typed}, follow_redirects=False
    )
    assert answer.headers["location"] == "/admin/settings?saved=yes&level=agency"
    assert set(held_by(house).values()) == {("dental", 120)}
    house.web.get(f"/admin/accounts/{first}", follow_redirects=False)
    house.web.post(
        "/admin/settings", data={**settings_form(house, ""), "vertical": "med_spa"},
        follow_redirects=False,
    )  # fmt: skip
    by_account = {account_id_of(house.street.provider, i): v for i, v in held_by(house).items()}
    assert by_account[first] == ("med_spa", 120)
    assert {by_account[account_id] for account_id in others} == {("dental", 120)}
    shown = " ".join(house.web.get("/admin/settings").text.split())
    assert 'Med spa <span class="pill accent">This account</span>' in shown
    assert '120 days <span class="pill">Agency</span>' in shown
    assert "<li>Line of business: not set → Dental</li>" in shown


def test_an_agency_that_has_left_speaks_for_nobody_any_more(house: CrmHouse) -> None:
    install_agency(house)
    fields = settings_form(house, "agency")
    with house.context.engine.begin() as tx:
        record_disconnected(tx, agency_id(house), now=house.context.wall.now())
    refused = house.web.post("/admin/settings", data={**fields, "vertical": "dental"})
    assert refused.status_code == 401
    assert {vertical for vertical, _ in held_by(house).values()} == {"general"}
