"""Installing, tokens and leaving, alike for every CRM (S26)."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
import sqlalchemy as sa

from connector.port.provider import Describes
from core.clock import FixedClock, pause
from core.db import reading
from oauth.errors import NotConnected
from oauth.store import load_abandoned_refreshes
from oauth.tables import installations
from oauth.tokens import LEASE, TokenSource
from sync.live import capability
from tests.contract.house import CrmHouse
from tests.contract.street import RotatingStreet


def late(house: CrmHouse) -> FixedClock:
    """The time at which a fresh token is nearly at its end."""
    lifetime = timedelta(seconds=house.street.token_lifetime)
    return FixedClock(house.context.wall.now() + lifetime - timedelta(minutes=2))


def is_open(house: CrmHouse) -> bool:
    """Whether the CRM answers about the account with the tokens we hold."""
    with house.opened() as crm:
        return bool(capability(crm, Describes).fetch_account().name)


def test_consent_makes_one_installation_that_opens_the_account(house: CrmHouse) -> None:
    house.install()
    assert set(house.active()) == {house.street.account}
    assert is_open(house)
    details = house.active()[house.street.account]
    assert "{contact_id}" in details.record_url
    assert details.timezone != ""
    assert len(details.currency) == 3


def test_a_second_install_takes_over_the_first(house: CrmHouse) -> None:
    """The admin removed the app, no notice came, and the admin installs again."""
    house.install()
    house.street.uninstall(house.street.account)
    house.install()
    assert set(house.active()) == {house.street.account}
    assert is_open(house)


def test_consent_denied_installs_nothing(house: CrmHouse) -> None:
    answer = house.come_back(house.street.consent(house.begin_install(), "deny"))
    assert answer.status_code == 400
    assert house.active() == {}
    assert house.queue.waiting() == []


def test_a_code_is_good_once(house: CrmHouse) -> None:
    back = house.street.consent(house.begin_install())
    assert house.come_back(back).status_code == 303
    state = house.begin_install().split("state=")[1].split("&")[0]
    code = back.split("code=")[1].split("&")[0]
    path = f"/oauth/{house.street.provider}/callback"
    answer = house.come_back(f"{house.street.public_url}{path}?code={code}&state={state}")
    assert answer.status_code == 400
    assert code not in answer.text


def test_a_sign_in_that_began_elsewhere_signs_nobody_in(house: CrmHouse) -> None:
    """From the marketplace it installs where the CRM begins there; it never opens our pages."""
    back = house.street.consent(house.begin_install())
    head, _, state = back.partition("state=")
    answer = house.come_back((head + state.partition("&")[2]).rstrip("?&"))
    if house.provider.authorizer().needs_state:
        assert answer.status_code == 400
        assert house.active() == {}
    else:
        assert answer.status_code == 200
        assert set(house.active()) == {house.street.account}
    assert house.web.get("/admin/", follow_redirects=False).status_code in {401, 403}


def test_a_token_near_its_end_is_refreshed_before_the_crm_refuses_it(house: CrmHouse) -> None:
    house.install()
    before = house.tokens(house.context.wall).token()
    assert house.street.count_refreshes() == 0
    assert house.tokens(late(house)).token() != before
    assert house.street.count_refreshes() == 1


def test_a_token_that_the_crm_refuses_early_is_renewed(house: CrmHouse) -> None:
    house.install()
    house.street.expire(house.street.account)
    assert is_open(house)
    assert house.street.count_refreshes() == 1
    assert house.active()[house.street.account].generation == 1


def test_fifty_workers_make_one_refresh(house: CrmHouse) -> None:
    house.install()
    clock = late(house)
    together = Barrier(50)

    def ask(_: int) -> str:
        together.wait(30)
        source = TokenSource(
            house.context.engine,
            house.context.vault,
            house.provider,
            house.account_id,
            clock=clock,
            pause=pause,
        )
        return source.token()

    with ThreadPoolExecutor(50) as pool:
        got = set(pool.map(ask, range(50)))
    assert len(got) == 1
    assert house.street.count_refreshes() == 1


class Died(BaseException):
    """The process was killed."""


def die_after_the_answer(
    house: CrmHouse,
    monkeypatch: pytest.MonkeyPatch,
    clock: FixedClock,
    *,
    account_id: str,
    asking: str = "refresh",
) -> None:
    """A refresh that the CRM answers and we never store; afterwards its lease has run out."""
    kind = type(house.provider.authorizer())
    real = getattr(kind, asking)

    def answered(self: object, refresh_token: str) -> object:
        real(self, refresh_token)
        raise Died

    with monkeypatch.context() as patch:
        patch.setattr(kind, asking, answered)
        with pytest.raises(Died):
            house.tokens(clock, account_id=account_id).token()
    clock.advance(LEASE)
    with reading(house.context.engine) as connection:
        assert load_abandoned_refreshes(connection, now=clock.now()) == [account_id]


def test_a_crash_between_the_answer_and_the_commit_loses_no_installation(
    house: CrmHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.install()
    clock = late(house)
    die_after_the_answer(house, monkeypatch, clock, account_id=house.account_id)
    assert house.tokens(clock).token()
    assert set(house.active()) == {house.street.account}
    assert is_open(house)


def test_a_crash_that_nobody_mends_within_the_grace_ends_a_single_account(
    house: CrmHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The one case in which an account must install again, and is told so: no agency can mint."""
    if not isinstance(house.street, RotatingStreet):
        pytest.skip(f"refresh tokens of {house.street.provider} may be used again")
    house.install()
    clock = late(house)
    die_after_the_answer(house, monkeypatch, clock, account_id=house.account_id)
    house.street.end_grace()
    with pytest.raises(NotConnected, match="Install it again"):
        house.tokens(clock).token()
    assert house.active() == {}


def test_after_an_uninstall_tokens_are_forgotten_and_jobs_end_quietly(house: CrmHouse) -> None:
    house.read()
    house.forget_jobs()
    street = house.street
    street.posts()
    street.uninstall(street.account)
    if street.tells_uninstalls:
        assert {house.receive(post) for post in street.posts()} == {204}
    else:
        # The first job that asks finds out.
        with pytest.raises(NotConnected):
            house.run("sync.jobs.reread", house.account_id)
    assert house.active() == {}
    with reading(house.context.engine) as connection:
        row = connection.execute(sa.select(installations)).mappings().one()
    assert row["access_token"] == row["refresh_token"] == ""
    for job in (
        "sync.jobs.backfill",
        "sync.jobs.reread",
        "sync.jobs.handle_deliveries",
        "scoring.jobs.score_account",
        "scoring.jobs.score_changed",
        "scoring.jobs.learn_account",
        "workflows.jobs.provision",
        "workflows.jobs.plan_account",
        "workflows.jobs.start_due",
        "workflows.jobs.record_outcomes",
    ):
        house.run(job, house.account_id)
    assert house.queue.waiting() == []
