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
from tests.contract.crm_side import RotatingSide
from tests.contract.rekindle import CrmRekindle


def late(rekindle: CrmRekindle) -> FixedClock:
    """The time at which a fresh token is nearly at its end."""
    lifetime = timedelta(seconds=rekindle.crm_side.token_lifetime)
    return FixedClock(rekindle.context.wall.now() + lifetime - timedelta(minutes=2))


def is_open(rekindle: CrmRekindle) -> bool:
    """Whether the CRM answers about the account with the tokens we hold."""
    with rekindle.opened() as crm:
        return bool(capability(crm, Describes).fetch_account().name)


def test_consent_makes_one_installation_that_opens_the_account(rekindle: CrmRekindle) -> None:
    rekindle.install()
    assert set(rekindle.active()) == {rekindle.crm_side.account}
    assert is_open(rekindle)
    details = rekindle.active()[rekindle.crm_side.account]
    assert "{contact_id}" in details.record_url
    assert details.timezone != ""
    assert len(details.currency) == 3


def test_a_second_install_takes_over_the_first(rekindle: CrmRekindle) -> None:
    """The admin removed the app, no notice came, and the admin installs again."""
    rekindle.install()
    rekindle.crm_side.uninstall(rekindle.crm_side.account)
    rekindle.install()
    assert set(rekindle.active()) == {rekindle.crm_side.account}
    assert is_open(rekindle)


def test_consent_denied_installs_nothing(rekindle: CrmRekindle) -> None:
    answer = rekindle.come_back(rekindle.crm_side.consent(rekindle.begin_install(), "deny"))
    assert answer.status_code == 400
    assert rekindle.active() == {}
    assert rekindle.queue.waiting() == []


def test_a_code_is_good_once(rekindle: CrmRekindle) -> None:
    back = rekindle.crm_side.consent(rekindle.begin_install())
    assert rekindle.come_back(back).status_code == 303
    state = rekindle.begin_install().split("state=")[1].split("&")[0]
    code = back.split("code=")[1].split("&")[0]
    path = f"/oauth/{rekindle.crm_side.provider}/callback"
    answer = rekindle.come_back(f"{rekindle.crm_side.public_url}{path}?code={code}&state={state}")
    assert answer.status_code == 400
    assert code not in answer.text


def test_a_sign_in_that_began_elsewhere_signs_nobody_in(rekindle: CrmRekindle) -> None:
    """From the marketplace it installs where the CRM begins there; it never opens our pages."""
    back = rekindle.crm_side.consent(rekindle.begin_install())
    head, _, state = back.partition("state=")
    answer = rekindle.come_back((head + state.partition("&")[2]).rstrip("?&"))
    if rekindle.provider.authorizer().needs_state:
        assert answer.status_code == 400
        assert rekindle.active() == {}
    else:
        assert answer.headers["location"] == "/installed"
        assert set(rekindle.active()) == {rekindle.crm_side.account}
    assert rekindle.web.get("/admin/", follow_redirects=False).status_code in {401, 403}


def test_a_token_near_its_end_is_refreshed_before_the_crm_refuses_it(rekindle: CrmRekindle) -> None:
    rekindle.install()
    before = rekindle.tokens(rekindle.context.wall).token()
    assert rekindle.crm_side.count_refreshes() == 0
    assert rekindle.tokens(late(rekindle)).token() != before
    assert rekindle.crm_side.count_refreshes() == 1


def test_a_token_that_the_crm_refuses_early_is_renewed(rekindle: CrmRekindle) -> None:
    rekindle.install()
    rekindle.crm_side.expire(rekindle.crm_side.account)
    assert is_open(rekindle)
    assert rekindle.crm_side.count_refreshes() == 1
    assert rekindle.active()[rekindle.crm_side.account].generation == 1


def test_fifty_workers_make_one_refresh(rekindle: CrmRekindle) -> None:
    rekindle.install()
    clock = late(rekindle)
    together = Barrier(50)

    def ask(_: int) -> str:
        together.wait(30)
        source = TokenSource(
            rekindle.context.engine,
            rekindle.context.vault,
            rekindle.provider,
            rekindle.account_id,
            clock=clock,
            pause=pause,
        )
        return source.token()

    with ThreadPoolExecutor(50) as pool:
        got = set(pool.map(ask, range(50)))
    assert len(got) == 1
    assert rekindle.crm_side.count_refreshes() == 1


class Died(BaseException):
    """The process was killed."""


def die_after_the_answer(
    rekindle: CrmRekindle,
    monkeypatch: pytest.MonkeyPatch,
    clock: FixedClock,
    *,
    account_id: str,
    asking: str = "refresh",
) -> None:
    """A refresh that the CRM answers and we never store; afterwards its lease has run out."""
    kind = type(rekindle.provider.authorizer())
    real = getattr(kind, asking)

    def answered(self: object, refresh_token: str) -> object:
        real(self, refresh_token)
        raise Died

    with monkeypatch.context() as patch:
        patch.setattr(kind, asking, answered)
        with pytest.raises(Died):
            rekindle.tokens(clock, account_id=account_id).token()
    clock.advance(LEASE)
    with reading(rekindle.context.engine) as connection:
        assert load_abandoned_refreshes(connection, now=clock.now()) == [account_id]


def test_a_crash_between_the_answer_and_the_commit_loses_no_installation(
    rekindle: CrmRekindle, monkeypatch: pytest.MonkeyPatch
) -> None:
    rekindle.install()
    clock = late(rekindle)
    die_after_the_answer(rekindle, monkeypatch, clock, account_id=rekindle.account_id)
    assert rekindle.tokens(clock).token()
    assert set(rekindle.active()) == {rekindle.crm_side.account}
    assert is_open(rekindle)


def test_a_crash_that_nobody_mends_within_the_grace_ends_a_single_account(
    rekindle: CrmRekindle, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The one case in which an account must install again, and is told so: no agency can mint."""
    if not isinstance(rekindle.crm_side, RotatingSide):
        pytest.skip(f"refresh tokens of {rekindle.crm_side.provider} may be used again")
    rekindle.install()
    clock = late(rekindle)
    die_after_the_answer(rekindle, monkeypatch, clock, account_id=rekindle.account_id)
    rekindle.crm_side.end_grace()
    with pytest.raises(NotConnected, match="Install it again"):
        rekindle.tokens(clock).token()
    assert rekindle.active() == {}


def test_after_an_uninstall_tokens_are_forgotten_and_jobs_end_quietly(
    rekindle: CrmRekindle,
) -> None:
    rekindle.read()
    rekindle.forget_jobs()
    crm_side = rekindle.crm_side
    crm_side.posts()
    crm_side.uninstall(crm_side.account)
    if crm_side.tells_uninstalls:
        assert {rekindle.receive(post) for post in crm_side.posts()} == {204}
    else:
        # The first job that asks finds out.
        with pytest.raises(NotConnected):
            rekindle.run("sync.jobs.reread", rekindle.account_id)
    assert rekindle.active() == {}
    with reading(rekindle.context.engine) as connection:
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
        rekindle.run(job, rekindle.account_id)
    assert rekindle.queue.waiting() == []
