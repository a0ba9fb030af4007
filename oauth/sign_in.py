"""Signing in to an account that is installed already: an OAuth round that only says who is there."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.engine import Engine

from connector.port.oauth import AgencyGrant
from connector.port.provider import Provider
from core.db import reading
from core.vault import Vault
from oauth import store
from oauth.accounts import account_id_of, agency_id_of
from oauth.errors import NotInstalled
from oauth.install import Answer, fetch_grant, person_of
from oauth.store import Installation


@dataclass(frozen=True, slots=True)
class Known:
    """An installed account, who of its admins has come, and the agency that has let them in, if one has."""

    account: Installation
    person: str
    agency: Installation | None = None


def finish(
    engine: Engine,
    vault: Vault,
    provider: Provider,
    answer: Answer,
    *,
    public_url: str,
    browser_state: str | None,
    now: datetime,
    pause: Callable[[float], None],
) -> Known:
    """Who the CRM says has come, and to which account; its tokens are not kept: the installation's own stay.

    Raises an OAuthError whose message says what to do.
    """
    grant = fetch_grant(
        engine,
        vault,
        provider,
        answer,
        public_url=public_url,
        browser_state=browser_state,
        now=now,
        pause=pause,
    )
    person = person_of(provider, grant.remote_user_id)
    with reading(engine) as connection:
        if not isinstance(grant, AgencyGrant):
            account_id = account_id_of(provider.name, grant.remote_account_id)
            account = store.find_installation(connection, account_id)
            if account is not None and account.is_active:
                return Known(account, person)
            raise NotInstalled(_NOT_INSTALLED)
        agency_id = agency_id_of(provider.name, grant.remote_agency_id)
        agency = store.find_installation(connection, agency_id)
        accounts = store.load_accounts_of(connection, agency_id)
    if agency is None or not agency.is_active or not accounts:
        raise NotInstalled(_NOT_INSTALLED)
    return Known(accounts[0], person, agency)


_NOT_INSTALLED = (
    "Rekindle is not installed in this account, and signing in has changed nothing there. "
    "Install it to go on."
)
