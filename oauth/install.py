"""Installing by OAuth: begin a sign-in, then turn its answer into an installation."""

import hashlib
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy.engine import Engine

from connector.errors import CrmAuthInvalid, CrmError, CrmInvalid, CrmMisconfigured
from connector.port import AccountDetails, Provider, TokenGrant
from core.vault import Vault
from manifest.promise import Promise
from oauth import store
from oauth.errors import ConsentDenied, CredentialsRefused, OAuthError, ScopesMissing, StateInvalid
from oauth.store import Installation

SIGN_IN_LASTS = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class SignIn:
    """Where to send the browser, and the state it must bring back."""

    url: str
    state: str


def callback_url(public_url: str, provider: str) -> str:
    return f"{public_url.rstrip('/')}/oauth/{provider}/callback"


def account_id_of(provider: str, remote_account_id: str) -> str:
    """Our name for an account: the same on every install, so that a second one changes nothing else."""
    return f"{provider}-{remote_account_id}"


def begin(
    engine: Engine,
    vault: Vault,
    provider: Provider,
    *,
    promise: Promise,
    public_url: str,
    now: datetime,
) -> SignIn:
    """Start a sign-in that asks for exactly what the marketplace was promised."""
    state = secrets.token_urlsafe(32)
    request = provider.authorizer().authorize(
        state=state,
        redirect_uri=callback_url(public_url, provider.name),
        required=promise.required_scopes,
        optional=promise.optional_scopes,
    )
    with engine.begin() as tx:
        store.record_sign_in(
            tx,
            state_hash=_hash(state),
            provider=provider.name,
            code_verifier=vault.seal(request.code_verifier, identity=_hash(state)),
            now=now,
            expires_at=now + SIGN_IN_LASTS,
        )
    return SignIn(url=request.url, state=state)


@dataclass(frozen=True, slots=True)
class Answer:
    """The query the CRM sent the browser back with."""

    state: str | None
    code: str | None
    error: str | None

    @classmethod
    def from_query(cls, query: Mapping[str, str]) -> "Answer":
        return cls(query.get("state"), query.get("code"), query.get("error"))


def finish(
    engine: Engine,
    vault: Vault,
    provider: Provider,
    answer: Answer,
    *,
    promise: Promise,
    public_url: str,
    browser_state: str | None,
    now: datetime,
    describe: Callable[[str, TokenGrant], AccountDetails],
) -> Installation:
    """Check the state, exchange the code, check the scopes, store the sealed tokens.

    `describe` asks the CRM about the account with the fresh grant. Raises an OAuthError whose message
    says what to do; nothing is stored unless everything held.
    """
    verifier = _take_verifier(engine, vault, provider, answer, browser_state=browser_state, now=now)
    if answer.error is not None:
        raise ConsentDenied(
            "The permission was not given, so nothing was installed and nothing was read. "
            "Start again whenever you like."
        )
    if not answer.code:
        raise OAuthError("The CRM sent no code along. Start the install again.")
    grant = _exchange(provider, answer.code, verifier, public_url)
    missing = tuple(s for s in promise.required_scopes if s not in grant.scopes)
    if missing:
        raise ScopesMissing(missing)
    account_id = account_id_of(provider.name, grant.remote_account_id)
    details = describe(account_id, grant)
    installation = _installation(vault, provider.name, grant, details, now=now)
    with engine.begin() as tx:
        present = store.find_installation(tx, account_id)
        generation = 0 if present is None else present.generation + 1
        store.save_installation(tx, replace(installation, generation=generation))
    return installation


def _take_verifier(
    engine: Engine,
    vault: Vault,
    provider: Provider,
    answer: Answer,
    *,
    browser_state: str | None,
    now: datetime,
) -> str:
    stale = StateInvalid(
        "This sign-in is too old or was not begun in this browser. Start the install again."
    )
    if not answer.state or browser_state is None:
        raise stale
    if not secrets.compare_digest(answer.state, browser_state):
        raise stale
    with engine.begin() as tx:
        found = store.take_sign_in(tx, _hash(answer.state))
    if found is None:
        raise stale
    name, sealed, expires_at = found
    if name != provider.name or now > expires_at:
        raise stale
    return vault.open(sealed, identity=_hash(answer.state))


def _exchange(provider: Provider, code: str, verifier: str, public_url: str) -> TokenGrant:
    try:
        return provider.authorizer().exchange(
            code=code,
            code_verifier=verifier,
            redirect_uri=callback_url(public_url, provider.name),
        )
    except CrmMisconfigured as error:
        raise CredentialsRefused(
            f"Rekindle's own credentials were refused, so nothing was installed. {error.message}"
        ) from error
    except (CrmInvalid, CrmAuthInvalid) as error:
        raise OAuthError(f"{error.message} Start the install again.") from error
    except CrmError as error:
        raise OAuthError(
            f"{error.message} Nothing was installed. Wait a minute and start again."
        ) from error


def _installation(
    vault: Vault, provider: str, grant: TokenGrant, details: AccountDetails, *, now: datetime
) -> Installation:
    account_id = account_id_of(provider, grant.remote_account_id)
    return Installation(
        account_id=account_id,
        provider=provider,
        remote_account_id=grant.remote_account_id,
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


def _sorted(scopes: Sequence[str]) -> tuple[str, ...]:
    return tuple(sorted(set(scopes)))


def _hash(state: str) -> str:
    return hashlib.sha256(state.encode()).hexdigest()
