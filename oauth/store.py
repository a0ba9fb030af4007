"""Every query on installations and sign-ins."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from connector.port.provider import AccountDetails
from core.db import upsert
from oauth.tables import installations, sign_ins


@dataclass(frozen=True, slots=True)
class Installation:
    """A CRM account that has installed us; the tokens are sealed."""

    account_id: str
    provider: str
    kind: str
    remote_account_id: str
    agency_id: str | None
    status: str
    name: str
    timezone: str
    currency: str
    record_url: str
    scopes: tuple[str, ...]
    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    expires_at: datetime
    generation: int
    refreshing_until: datetime | None
    installed_at: datetime
    created_at: datetime
    updated_at: datetime
    checked_at: datetime | None = None

    @property
    def is_active(self) -> bool:
        return self.status == "active"

    @property
    def details(self) -> AccountDetails:
        return AccountDetails(self.name, self.timezone, self.currency, self.record_url)

    @property
    def is_account(self) -> bool:
        """False for an agency."""
        return self.kind == "account"


def find_installation(connection: Connection, account_id: str) -> Installation | None:
    query = sa.select(installations).where(installations.c.account_id == account_id)
    row = connection.execute(query).mappings().first()
    return None if row is None else _installation(row)


def load_installations(connection: Connection) -> list[Installation]:
    """Every account, also those that have ended; agencies are not accounts."""
    return _load(connection, installations.c.kind == "account")


def load_agencies(connection: Connection) -> list[Installation]:
    """The agencies that are connected."""
    return _load(connection, installations.c.kind == "agency", installations.c.status == "active")


def load_active_of(connection: Connection, account_ids: Sequence[str]) -> list[str]:
    """Those of these accounts and agencies that are connected."""
    query = sa.select(installations.c.account_id).where(
        installations.c.account_id.in_(account_ids), installations.c.status == "active"
    )
    return [row.account_id for row in connection.execute(query)]


def find_any_active(connection: Connection) -> str | None:
    """One of the connected accounts, in whose name something is done that is nobody's."""
    i = installations.c
    query = sa.select(i.account_id).where(i.status == "active", i.kind == "account").limit(1)
    return connection.execute(query).scalar_one_or_none()


def load_concerned(
    connection: Connection,
    provider: str,
    *,
    accounts: Iterable[str],
    agencies: Iterable[str | None],
) -> list[Installation]:
    """The connected accounts and agencies that a CRM calls by these ids."""
    i = installations.c
    return _load(
        connection,
        i.provider == provider,
        i.status == "active",
        sa.or_(
            sa.and_(i.kind == "account", i.remote_account_id.in_(list(accounts))),
            sa.and_(i.kind == "agency", i.remote_account_id.in_(list(agencies))),
        ),
    )


def load_accounts_of(connection: Connection, agency_id: str) -> list[Installation]:
    """The connected accounts that an agency manages."""
    return _load(
        connection, installations.c.agency_id == agency_id, installations.c.status == "active"
    )


def _load(connection: Connection, *where: sa.ColumnElement[bool]) -> list[Installation]:
    # Several accounts of an agency may be connected in one moment.
    order = (installations.c.created_at, installations.c.account_id)
    query = sa.select(installations).where(*where).order_by(*order)
    return [_installation(row) for row in connection.execute(query).mappings()]


def record_checked(connection: Connection, agency_id: str, *, now: datetime) -> None:
    connection.execute(
        sa.update(installations)
        .where(installations.c.account_id == agency_id)
        .values(checked_at=now)
    )


def record_details(
    connection: Connection, account_id: str, details: AccountDetails, *, now: datetime
) -> None:
    """Take over what a CRM says of an account."""
    connection.execute(
        sa.update(installations)
        .where(installations.c.account_id == account_id)
        .values(
            name=details.name,
            timezone=details.timezone,
            currency=details.currency,
            record_url=details.record_url,
            updated_at=now,
        )
    )


def save_installation(connection: Connection, installation: Installation) -> None:
    """A second install of the same account takes over its row; when it was first made is kept."""
    row = {name: getattr(installation, name) for name in installations.columns.keys()}  # noqa: SIM118
    row["scopes"] = list(installation.scopes)
    upsert(connection, installations, [row], keep=("created_at",))


def claim_refresh(
    connection: Connection, account_id: str, *, generation: int, now: datetime, until: datetime
) -> bool:
    """Take the lease on the next refresh; False while somebody else has it or has refreshed."""
    i = installations.c
    statement = (
        sa.update(installations)
        .where(
            i.account_id == account_id,
            i.generation == generation,
            i.status == "active",
            sa.or_(i.refreshing_until.is_(None), i.refreshing_until <= now),
        )
        .values(refreshing_until=until)
    )
    return connection.execute(statement).rowcount == 1


def release_refresh(connection: Connection, account_id: str, *, generation: int) -> None:
    """Give the lease back after a failure, so that the next may try at once."""
    i = installations.c
    connection.execute(
        sa.update(installations)
        .where(i.account_id == account_id, i.generation == generation)
        .values(refreshing_until=None)
    )


def load_abandoned_refreshes(connection: Connection, *, now: datetime) -> list[str]:
    """Accounts whose lease ran out: somebody died between the CRM's answer and the commit."""
    i = installations.c
    query = sa.select(i.account_id).where(i.status == "active", i.refreshing_until <= now)
    return [row.account_id for row in connection.execute(query)]


def swap_tokens(
    connection: Connection,
    account_id: str,
    *,
    generation: int,
    access_token: str,
    refresh_token: str,
    expires_at: datetime,
    now: datetime,
) -> bool:
    """Store refreshed tokens if nobody did since `generation`; answers whether it was us."""
    statement = (
        sa.update(installations)
        .where(installations.c.account_id == account_id, installations.c.generation == generation)
        .values(
            access_token=access_token,
            refresh_token=refresh_token,
            expires_at=expires_at,
            generation=generation + 1,
            refreshing_until=None,
            updated_at=now,
        )
    )
    return connection.execute(statement).rowcount == 1


def record_disconnected(
    connection: Connection, account_id: str, *, now: datetime, generation: int | None = None
) -> bool:
    """End an installation and forget its tokens; with a `generation` only while these are still its tokens."""
    i = installations.c
    same = () if generation is None else (i.generation == generation,)
    statement = (
        sa.update(installations)
        .where(i.account_id == account_id, *same)
        .values(
            status="disconnected",
            access_token="",
            refresh_token="",
            refreshing_until=None,
            updated_at=now,
        )
    )
    return connection.execute(statement).rowcount == 1


def record_sign_in(
    connection: Connection,
    *,
    state_hash: str,
    provider: str,
    code_verifier: str,
    now: datetime,
    expires_at: datetime,
) -> None:
    connection.execute(sa.delete(sign_ins).where(sign_ins.c.expires_at < now))
    connection.execute(
        sa.insert(sign_ins).values(
            state_hash=state_hash,
            provider=provider,
            code_verifier=code_verifier,
            created_at=now,
            expires_at=expires_at,
        )
    )


def take_sign_in(connection: Connection, state_hash: str) -> tuple[str, str, datetime] | None:
    """(provider, sealed verifier, expiry) of a sign-in, which is gone afterwards: states are used once."""
    query = sa.select(sign_ins).where(sign_ins.c.state_hash == state_hash)
    row = connection.execute(query).mappings().first()
    deleted = connection.execute(sa.delete(sign_ins).where(sign_ins.c.state_hash == state_hash))
    if row is None or deleted.rowcount != 1:
        return None
    return row["provider"], row["code_verifier"], row["expires_at"]


def _installation(row: sa.RowMapping) -> Installation:
    values = dict(row)
    values["scopes"] = tuple(values["scopes"])
    return Installation(**values)


def connected_accounts() -> sa.Subquery:
    """Accounts (no agencies) that are connected, with `account_id` and `installed_at`, for other packages' queries."""
    i = installations.c
    found = sa.select(i.account_id, i.installed_at)
    return found.where(i.kind == "account", i.status == "active").subquery()
