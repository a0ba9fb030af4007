"""Opens a live CRM account: its provider, its token source, its share of the budget, who reads its texts."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypeVar, cast

from connector.budget import RedisBudget, Unlimited, Urgency
from connector.patience import patiently
from connector.port.oauth import TokenGrant
from connector.port.provider import AccountAccess, AccountDetails, Budget, Crm, Describes, Provider
from connector.registry import find_provider
from core.context import Context
from core.db import reading
from core.errors import Invalid
from oauth import store
from oauth.account_settings.changing import load_settings
from oauth.account_settings.fields import AccountSettings
from oauth.errors import NotConnected
from oauth.install import SOMEBODY_WAITS
from oauth.store import Installation
from oauth.tokens import TokenSource
from sync.fields import store as mapped_fields
from sync.fields.mapping_store import load_sources
from sync.texts import open_reader


def load_active(context: Context, account_id: str) -> Installation:
    """The installation of a connected account; raises NotConnected."""
    with reading(context.engine) as connection:
        found = store.find_installation(connection, account_id)
    if found is None or not found.is_active:
        raise NotConnected("This account is not connected. Install Rekindle to go on.")
    return found


def is_active(context: Context, account_id: str) -> bool:
    """Whether the account is still connected; jobs of one that has left end without a word."""
    with reading(context.engine) as connection:
        found = store.find_installation(connection, account_id)
    return found is not None and found.is_active


def token_source(context: Context, account_id: str) -> TokenSource:
    """Access tokens of a connected account."""
    installation = load_active(context, account_id)
    return TokenSource(
        context.engine,
        context.vault,
        find_provider(installation.provider, context.environment),
        account_id,
        clock=context.wall,
        pause=context.pause,
    )


@contextmanager
def opened(context: Context, account_id: str, urgency: Urgency) -> Iterator[Crm]:
    """A live account for the length of a `with`."""
    installation = load_active(context, account_id)
    provider = find_provider(installation.provider, context.environment)
    source = token_source(context, account_id)
    with reading(context.engine) as connection:
        chosen = mapped_fields.load_settled(connection, account_id)
        sources = load_sources(connection, account_id)

    def settings() -> AccountSettings:
        return load_settings(context, installation)

    reader = open_reader(context, account_id, settings=settings)
    crm = provider.open(
        AccountAccess(
            account_id=account_id,
            remote_account_id=installation.remote_account_id,
            token=source.token,
            renew=source.renew,
            budget=_budget(context, provider, account_id, urgency),
            scopes=frozenset(installation.scopes),
            chosen=chosen,
            currency=lambda: settings().currency,
            sources=sources,
            read_text=reader,
        )
    )
    try:
        yield crm
    finally:
        crm.close()
        if reader is not None:
            reader.close()


def describe_grant(
    context: Context, provider_name: str, account_id: str, grant: TokenGrant
) -> AccountDetails:
    """What a CRM says of an account that is being installed, before anything is stored."""
    provider = find_provider(provider_name, context.environment)
    crm = provider.open(
        AccountAccess(
            account_id=account_id,
            remote_account_id=grant.remote_account_id,
            token=lambda: grant.access_token,
            renew=lambda _refused: grant.access_token,
            budget=_budget(context, provider, account_id, Urgency.PERSON),
            scopes=frozenset(grant.scopes),
        )
    )
    try:
        described = capability(crm, Describes)
        return patiently(described.fetch_account, pause=context.pause, most=SOMEBODY_WAITS)
    finally:
        crm.close()


T = TypeVar("T")


def capability(crm: Crm, wanted: type[T]) -> T:
    """The CRM as something that can do `wanted`; raises Invalid naming what it lacks."""
    if not isinstance(crm, wanted):
        raise Invalid(f"This CRM does not offer what was asked ({wanted.__name__}).")
    return cast("T", crm)


def _budget(context: Context, provider: Provider, account_id: str, urgency: Urgency) -> Budget:
    if context.redis is None:
        return Unlimited()
    return RedisBudget(
        context.redis, account_id, dict(provider.budgets()), urgency=urgency, pause=context.pause
    )
