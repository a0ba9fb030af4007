"""Looking up installations: those concerned and no others."""

from datetime import UTC, datetime

import pytest
from sqlalchemy.engine import Engine

from oauth.store import Installation, load_concerned, save_installation

pytestmark = pytest.mark.integration

NOW = datetime(2026, 11, 28, tzinfo=UTC)


def installation(
    remote_id: str, provider: str = "hubspot", kind: str = "account", status: str = "active"
) -> Installation:
    return Installation(
        account_id=f"{provider}-{kind}-{remote_id}",
        provider=provider,
        kind=kind,
        status=status,
        remote_account_id=remote_id,
        agency_id=None,
        name="x",
        timezone="",
        currency="USD",
        record_url="",
        scopes=(),
        access_token="",
        refresh_token="",
        expires_at=NOW,
        generation=0,
        refreshing_until=None,
        installed_at=NOW,
        created_at=NOW,
        updated_at=NOW,
    )


@pytest.fixture
def filled(engine: Engine) -> Engine:
    with engine.begin() as tx:
        for made in (
            installation("1"),
            installation("2"),
            installation("3", status="disconnected"),
            installation("1", provider="highlevel"),
            installation("1", kind="agency"),
            installation("9", kind="agency"),
        ):
            save_installation(tx, made)
    return engine


@pytest.mark.parametrize(
    ("accounts", "agencies", "found"),
    [
        ({"1"}, set(), {"hubspot-account-1"}),
        ({"1", "2", "3", "4"}, set(), {"hubspot-account-1", "hubspot-account-2"}),
        (set(), {"9"}, {"hubspot-agency-9"}),
        ({"9"}, {"1"}, {"hubspot-agency-1"}),
        (set(), set(), set()),
    ],
)
def test_only_those_concerned_are_loaded(
    filled: Engine, accounts: set[str], agencies: set[str], found: set[str]
) -> None:
    with filled.connect() as connection:
        loaded = load_concerned(connection, "hubspot", accounts=accounts, agencies=agencies)
    assert {i.account_id for i in loaded} == found
