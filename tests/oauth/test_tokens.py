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
from tests.house import House

pytestmark = pytest.mark.integration


def source(house: House, *, clock: FixedClock | None = None) -> TokenSource:
    return TokenSource(
        house.context.engine,
        house.context.vault,
        find_provider("hubspot", house.context.environment),
        house.account_id,
        clock=clock or house.context.wall,
        pause=house.context.pause,
    )


def refreshes(house: House) -> int:
    """Token requests that were answered, beyond the one that installed."""
    requests = house.lab.control("counters")["requests"]
    answered = [r for r in requests if r["path"].endswith("/token") and r["status"] == 200]
    return sum(int(r["count"]) for r in answered) - 1


def test_a_fresh_token_is_used_as_it_is(house: House) -> None:
    house.install()
    assert source(house).token() == source(house).token()
    assert refreshes(house) == 0


def test_a_token_near_its_end_is_refreshed_before_the_crm_refuses_it(house: House) -> None:
    house.install()
    before = source(house).token()
    clock = FixedClock(house.context.wall.now() + timedelta(minutes=25))
    after = source(house, clock=clock).token()
    assert after != before
    assert refreshes(house) == 1


def test_fifty_workers_make_one_refresh(house: House) -> None:
    house.install()
    clock = FixedClock(house.context.wall.now() + timedelta(minutes=25))
    patient = replace(house.context, pause=pause)

    def ask(_: int) -> str:
        return source(House(patient, house.queue, house.lab, house.web), clock=clock).token()

    with ThreadPoolExecutor(50) as pool:
        got = set(pool.map(ask, range(50)))
    assert len(got) == 1
    assert refreshes(house) == 1


def test_a_process_that_dies_after_the_answer_and_before_the_commit_loses_no_account(
    house: House,
) -> None:
    house.install()
    clock = FixedClock(house.context.wall.now() + timedelta(minutes=25))

    class Died(BaseException):
        pass

    dying = source(house, clock=clock)
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
    with reading(house.context.engine) as connection:
        assert load_abandoned_refreshes(connection, now=clock.now()) == [house.account_id]
    assert source(house, clock=clock).token()
    with reading(house.context.engine) as connection:
        installation = find_installation(connection, house.account_id)
    assert installation is not None
    assert installation.is_active


def test_a_token_that_the_crm_refuses_early_is_renewed_once(house: House) -> None:
    house.install()
    house.lab.control("expire", {"portal": house.lab.portal})
    house.drain()
    with reading(house.context.engine) as connection:
        installation = find_installation(connection, house.account_id)
    assert installation is not None
    assert installation.is_active
    assert installation.generation >= 1


def test_a_revoked_account_is_disconnected_and_its_tokens_forgotten(house: House) -> None:
    house.install()
    house.lab.control("uninstall", {"portal": house.lab.portal})
    clock = FixedClock(house.context.wall.now() + timedelta(minutes=25))
    with pytest.raises(NotConnected):
        source(house, clock=clock).token()
    with reading(house.context.engine) as connection:
        row = connection.execute(installations.select()).mappings().one()
    assert row["status"] == "disconnected"
    assert row["access_token"] == row["refresh_token"] == ""


def test_a_refusal_of_tokens_that_were_replaced_meanwhile_disconnects_nobody(house: House) -> None:
    house.install()
    clock = FixedClock(house.context.wall.now() + timedelta(minutes=25))
    slow = source(house, clock=clock)

    class Authorizer:
        def refresh(self, _refresh_token: str) -> object:
            house.install()  # somebody installs again while the CRM is asked with the old tokens
            raise CrmAuthInvalid("The account has disconnected Rekindle.")

    class Provider:
        def authorizer(self) -> Authorizer:
            return Authorizer()

    slow._provider = Provider()  # type: ignore[assignment]
    clock.advance(timedelta(minutes=-25))
    assert slow.renew(slow.token())
    with reading(house.context.engine) as connection:
        installation = find_installation(connection, house.account_id)
    assert installation is not None
    assert installation.is_active
    assert installation.generation == 1


def test_our_own_wrong_secret_never_disconnects_an_account(house: House) -> None:
    house.install()
    broken = Environment(
        {**house.context.environment.values, "REKINDLE_HUBSPOT_CLIENT_SECRET": "wrong"}
    )
    clock = FixedClock(house.context.wall.now() + timedelta(minutes=25))
    tokens = TokenSource(
        house.context.engine,
        house.context.vault,
        find_provider("hubspot", broken),
        house.account_id,
        clock=clock,
        pause=house.context.pause,
    )
    with pytest.raises(CrmMisconfigured):
        tokens.token()
    with reading(house.context.engine) as connection:
        installation = find_installation(connection, house.account_id)
    assert installation is not None
    assert installation.is_active
