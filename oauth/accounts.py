"""From grants to installations: one account, or an agency and the accounts that it manages."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy.engine import Engine

from connector.errors import CrmError, CrmInvalid, CrmNotFound, CrmUnexpected
from connector.port.oauth import AgencyGrant, AuthorizesAgencies, TokenGrant
from connector.port.provider import AccountDetails, Provider
from core import log
from core.db import reading
from core.errors import AppError, Invalid
from core.vault import Vault
from oauth import store
from oauth.details import fit, unknown
from oauth.store import Installation

# Asks a live account about itself: (our account id, its grant) → details.
Describe = Callable[[str, TokenGrant], AccountDetails]


def account_id_of(provider: str, remote_account_id: str) -> str:
    """Our name for an account: the same on every install, so that a second one changes nothing else."""
    return f"{provider}-{remote_account_id}"


def agency_id_of(provider: str, remote_agency_id: str) -> str:
    return f"{provider}-agency-{remote_agency_id}"


@dataclass(frozen=True, slots=True)
class Adopted:
    """What comparing an agency's accounts with ours came to."""

    added: tuple[Installation, ...]
    kept: tuple[Installation, ...]
    ended: tuple[str, ...]


def keep_account(
    engine: Engine,
    vault: Vault,
    provider: str,
    grant: TokenGrant,
    *,
    describe: Describe,
    now: datetime,
) -> Installation:
    """Store an account with its tokens sealed; a second install of it takes over its row.

    The tokens are stored before anything else is asked: the code was good once, and is used up.
    """
    account_id = account_id_of(provider, grant.remote_account_id)
    with reading(engine) as connection:
        before = store.find_installation(connection, account_id)
    details = unknown(grant.remote_account_id) if before is None else before.details
    agency = grant.remote_agency_id
    made = Installation(
        account_id=account_id,
        provider=provider,
        kind="account",
        remote_account_id=grant.remote_account_id,
        agency_id=agency_id_of(provider, agency) if agency else None,
        status="active",
        name=details.name,
        timezone=details.timezone,
        currency=details.currency,
        record_url=details.record_url,
        scopes=_sorted(grant.scopes),
        access_token=vault.seal(grant.access_token, identity=account_id),
        refresh_token=vault.seal(grant.refresh_token, identity=account_id),
        expires_at=now + timedelta(seconds=grant.expires_in),
        generation=0,
        refreshing_until=None,
        installed_at=now,
        created_at=now,
        updated_at=now,
    )
    saved = _save(engine, made)
    return _described(engine, saved, describe=lambda: describe(account_id, grant), now=now)


def _described(
    engine: Engine, account: Installation, *, describe: Callable[[], AccountDetails], now: datetime
) -> Installation:
    """The account as its CRM describes it; as it was where the CRM does not now: its reading asks again."""
    try:
        details = fit(describe(), remote_account_id=account.remote_account_id)
    except AppError as error:
        log.get(__name__).warning(
            "oauth.account.not_described", account_id=account.account_id, code=error.code
        )
        return account
    with engine.begin() as tx:
        store.record_details(tx, account.account_id, details, now=now)
    return replace(
        account,
        name=details.name,
        timezone=details.timezone,
        currency=details.currency,
        record_url=details.record_url,
    )


def describe_again(
    engine: Engine, account: Installation, *, describe: Callable[[], AccountDetails], now: datetime
) -> None:
    """Ask about an account that its CRM did not describe when it was installed."""
    if not account.record_url:
        _described(engine, account, describe=describe, now=now)


def keep_agency(
    engine: Engine, vault: Vault, provider: str, grant: AgencyGrant, *, now: datetime
) -> Installation:
    """Store an agency's tokens: they open no account, but mint the tokens of those it manages."""
    agency_id = agency_id_of(provider, grant.remote_agency_id)
    made = Installation(
        account_id=agency_id,
        provider=provider,
        kind="agency",
        remote_account_id=grant.remote_agency_id,
        agency_id=None,
        status="active",
        name=f"Agency {grant.remote_agency_id}",
        timezone="UTC",
        currency="USD",
        record_url="",
        scopes=_sorted(grant.scopes),
        access_token=vault.seal(grant.access_token, identity=agency_id),
        refresh_token=vault.seal(grant.refresh_token, identity=agency_id),
        expires_at=now + timedelta(seconds=grant.expires_in),
        generation=0,
        refreshing_until=None,
        installed_at=now,
        created_at=now,
        updated_at=now,
    )
    return _save(engine, made)


def adopt(
    engine: Engine,
    vault: Vault,
    provider: Provider,
    agency: Installation,
    *,
    token: str,
    describe: Describe,
    now: datetime,
) -> Adopted:
    """Compare the agency's accounts with ours: new ones get tokens, those that left end. Safe to repeat.

    `token` is a valid access token of the agency. Raises CrmError; accounts done before it stay done.
    """
    authorizer = provider.authorizer()
    if not isinstance(authorizer, AuthorizesAgencies):
        raise Invalid("This CRM has no agencies.")
    listed = list(authorizer.list_accounts(token, agency.remote_account_id))
    with engine.begin() as tx:
        ours = {i.remote_account_id: i for i in store.load_accounts_of(tx, agency.account_id)}
    added, failed = [], list[CrmError]()
    for remote in listed:
        if remote in ours:
            continue
        try:
            grant = authorizer.mint(token, agency.remote_account_id, remote)
        except CrmNotFound:
            continue  # it was uninstalled since it was listed
        except (CrmInvalid, CrmUnexpected) as error:
            log.get(__name__).warning(
                "oauth.account.not_minted",
                account_id=account_id_of(provider.name, remote),
                code=error.code,
                message=error.message,
            )
            failed.append(error)  # of this account alone: the next comparison tries again
            continue
        grant = replace(grant, remote_agency_id=agency.remote_account_id)
        added.append(keep_account(engine, vault, provider.name, grant, describe=describe, now=now))
    if failed and not added and not ours:
        raise failed[0]
    kept = tuple(i for remote, i in ours.items() if remote in set(listed))
    ended = tuple(i.account_id for remote, i in ours.items() if remote not in set(listed))
    with engine.begin() as tx:
        for account_id in ended:
            store.record_disconnected(tx, account_id, now=now)
        store.record_checked(tx, agency.account_id, now=now)
    return Adopted(tuple(added), kept, ended)


def _save(engine: Engine, made: Installation) -> Installation:
    with engine.begin() as tx:
        present = store.find_installation(tx, made.account_id)
        saved = replace(made, generation=0 if present is None else present.generation + 1)
        store.save_installation(tx, saved)
    return saved


def _sorted(scopes: Sequence[str]) -> tuple[str, ...]:
    return tuple(sorted(set(scopes)))
