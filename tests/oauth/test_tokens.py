"""Access tokens: early refresh, one refresh for many, nothing lost, a revoked account stops."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest

from connector.errors import CrmAuthInvalid, CrmMisconfigured
from connector.registry import find_provider
from core.clock import FixedClock, pause
from core.db import reading
from core.settings import Environment
from oauth.errors import NotConnected
from oauth.store import find_installation, load_abandoned_refreshes
from oauth.tables import installations
from oauth.tokens import LEASE, TokenSource
from tests.rekindle import Rekindle

pytestmark = pytest.mark.integration


def source(rekindle: Rekindle, *, clock: FixedClock | None = None) -> TokenSource:
    return TokenSource(
        rekindle.context.engine,
        rekindle.context.vault,
        find_provider("hubspot", rekindle.context.environment),
        rekindle.account_id,
        clock=clock or rekindle.context.wall,
        pause=rekindle.context.pause,
    )


def refreshes(rekindle: Rekindle) -> int:
    """Token requests that were answered, beyond the one that installed."""
    requests = rekindle.lab.control("counters")["requests"]
    answered = [r for r in requests if r["path"].endswith("/token") and r["status"] == 200]
    return sum(int(r["count"]) for r in answered) - 1


def test_a_fresh_token_is_used_as_it_is(rekindle: Rekindle) -> None:
    rekindle.install()
    assert source(rekindle).token() == source(rekindle).token()
    assert refreshes(rekindle) == 0


def test_a_token_near_its_end_is_refreshed_before_the_crm_refuses_it(rekindle: Rekindle) -> None:
    rekindle.install()
    before = source(rekindle).token()
    clock = FixedClock(rekindle.context.wall.now() + timedelta(minutes=25))
    after = source(rekindle, clock=clock).token()
    assert after != before
    assert refreshes(rekindle) == 1


def test_fifty_workers_make_one_refresh(rekindle: Rekindle) -> None:
    rekindle.install()
    clock = FixedClock(rekindle.context.wall.now() + timedelta(minutes=25))
    patient = replace(rekindle.context, pause=pause)

    def ask(_: int) -> str:
        return source(
            Rekindle(patient, rekindle.queue, rekindle.lab, rekindle.web), clock=clock
        ).token()

    with ThreadPoolExecutor(50) as pool:
        got = set(pool.map(ask, range(50)))
    assert len(got) == 1
    assert refreshes(rekindle) == 1


def test_a_process_that_dies_after_the_answer_and_before_the_commit_loses_no_account(
    rekindle: Rekindle,
) -> None:
    rekindle.install()
    clock = FixedClock(rekindle.context.wall.now() + timedelta(minutes=25))

    class Died(BaseException):
        pass

    dying = source(rekindle, clock=clock)
    real = dying._provider.authorizer()

    class Authorizer:
        def refresh(self, refresh_token: str) -> object:
            real.refresh(refresh_token)
            raise Died

    class Provider:
        def authorizer(self) -> Authorizer:
            return Authorizer()

    dying._provider = Provider()  # type: ignore[assignment]
    with pytest.raises(Died):
        dying.token()
    clock.advance(LEASE)
    with reading(rekindle.context.engine) as connection:
        assert load_abandoned_refreshes(connection, now=clock.now()) == [rekindle.account_id]
    assert source(rekindle, clock=clock).token()
    with reading(rekindle.context.engine) as connection:
        installation = find_installation(connection, rekindle.account_id)
    assert installation is not None
    assert installation.is_active


def test_a_token_that_the_crm_refuses_early_is_renewed_once(rekindle: Rekindle) -> None:
    rekindle.install()
    rekindle.lab.control("expire", {"portal": rekindle.lab.portal})
    rekindle.drain()
    with reading(rekindle.context.engine) as connection:
        installation = find_installation(connection, rekindle.account_id)
    assert installation is not None
    assert installation.is_active
    assert installation.generation >= 1


def test_a_revoked_account_is_disconnected_and_its_tokens_forgotten(rekindle: Rekindle) -> None:
    rekindle.install()
    rekindle.lab.control("uninstall", {"portal": rekindle.lab.portal})
    clock = FixedClock(rekindle.context.wall.now() + timedelta(minutes=25))
    with pytest.raises(NotConnected):
        source(rekindle, clock=clock).token()
    with reading(rekindle.context.engine) as connection:
        row = connection.execute(installations.select()).mappings().one()
    assert row["status"] == "disconnected"
    assert row["access_token"] == row["refresh_token"] == ""


def test_a_refusal_of_tokens_that_were_replaced_meanwhile_disconnects_nobody(
    rekindle: Rekindle,
) -> None:
    rekindle.install()
    clock = FixedClock(rekindle.context.wall.now() + timedelta(minutes=25))
    slow = source(rekindle, clock=clock)

    class Authorizer:
        def refresh(self, _refresh_token: str) -> object:
            rekindle.install()  # somebody installs again while the CRM is asked with the old tokens
            raise CrmAuthInvalid("The account has disconnected Rekindle.")

    class Provider:
        def authorizer(self) -> Authorizer:
            return Authorizer()

    slow._provider = Provider()  # type: ignore[assignment]
    clock.advance(timedelta(minutes=-25))
    assert slow.renew(slow.token())
    with reading(rekindle.context.engine) as connection:
        installation = find_installation(connection, rekindle.account_id)
    assert installation is not None
    assert installation.is_active
    assert installation.generation == 1


def test_our_own_wrong_secret_never_disconnects_an_account(rekindle: Rekindle) -> None:
    rekindle.install()
    broken = Environment(
        {**rekindle.context.environment.values, "REKINDLE_HUBSPOT_CLIENT_SECRET": "wrong"}
    )
    clock = FixedClock(rekindle.context.wall.now() + timedelta(minutes=25))
    tokens = TokenSource(
        rekindle.context.engine,
        rekindle.context.vault,
        find_provider("hubspot", broken),
        rekindle.account_id,
        clock=clock,
        pause=rekindle.context.pause,
    )
    with pytest.raises(CrmMisconfigured):
        tokens.token()
    with reading(rekindle.context.engine) as connection:
        installation = find_installation(connection, rekindle.account_id)
    assert installation is not None
    assert installation.is_active
