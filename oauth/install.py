"""Installing by OAuth: begin a sign-in, then turn its answer into an installation."""

import hashlib
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy.engine import Engine

from connector.errors import (
    CrmAuthInvalid,
    CrmError,
    CrmInvalid,
    CrmMisconfigured,
    CrmUnexpected,
)
from connector.patience import patiently
from connector.port.oauth import AgencyGrant, TokenGrant
from connector.port.provider import Provider
from core.vault import Vault
from manifest.promise import Promise
from oauth import store
from oauth.accounts import Adopted, Describe, adopt, keep_account, keep_agency
from oauth.errors import ConsentDenied, CredentialsRefused, OAuthError, ScopesMissing, StateInvalid
from oauth.store import Installation

SIGN_IN_LASTS = timedelta(minutes=15)
# Pauses in all while the installer looks at a page, in seconds: long enough for a request limit's window.
SOMEBODY_WAITS = 25.0


@dataclass(frozen=True, slots=True)
class SignIn:
    """Where to send the browser, and the state it must bring back."""

    url: str
    state: str


def callback_url(public_url: str, provider: str) -> str:
    return f"{public_url.rstrip('/')}/oauth/{provider}/callback"


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
        redirect_uri=callback_url(public_url, provider.address),
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


@dataclass(frozen=True, slots=True)
class Installed:
    """The accounts of an install, new ones first, and whether the browser may be signed in to the first.

    `person` is who agreed, as the CRM numbers its users; `agency` is the one that has installed Rekindle for
    all of them, if one has.
    """

    accounts: tuple[Installation, ...]
    signs_in: bool
    person: str
    agency: Installation | None = None


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
    describe: Describe,
    pause: Callable[[float], None],
) -> Installed:
    """Check the state, exchange the code, check the scopes, store the sealed tokens.

    `describe` asks the CRM about an account with its fresh grant. One agency makes an installation of each
    of its accounts. Raises an OAuthError whose message says what to do; nothing is stored unless the scopes
    are those that were promised, and from then on nothing can lose the tokens.
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
    if not grant.scopes:
        # A CRM that names none has granted those it was asked for (RFC 6749, 5.1).
        grant = replace(grant, scopes=(*promise.required_scopes, *promise.optional_scopes))
    missing = tuple(s for s in promise.required_scopes if s not in grant.scopes)
    if missing:
        raise ScopesMissing(missing)
    person = person_of(provider, grant.remote_user_id)
    if isinstance(grant, AgencyGrant):
        # Those that were connected before belong to this consent too: the browser may open them.
        agency, adopted = _keep_agency(engine, vault, provider, grant, describe=describe, now=now)
        accounts = (*adopted.added, *adopted.kept)
        return Installed(accounts, signs_in=bool(answer.state), person=person, agency=agency)
    account = keep_account(engine, vault, provider.name, grant, describe=describe, now=now)
    return Installed((account,), signs_in=bool(answer.state), person=person)


def fetch_grant(
    engine: Engine,
    vault: Vault,
    provider: Provider,
    answer: Answer,
    *,
    public_url: str,
    browser_state: str | None,
    now: datetime,
    pause: Callable[[float], None],
) -> TokenGrant | AgencyGrant:
    """What the CRM grants for its answer, whose state is checked; raises an OAuthError."""
    authorizer = provider.authorizer()
    # A sign-in that begins at the marketplace brings no state: it installs, but signs nobody in, so that
    # nobody can be led into another's account.
    stateless = not answer.state and not authorizer.needs_state
    verifier = (
        None
        if stateless
        else _take_verifier(engine, vault, provider, answer, browser_state=browser_state, now=now)
    )
    if answer.error is not None:
        raise ConsentDenied(
            "The permission was not given, so nothing was installed and nothing was read. "
            "Start again whenever you like."
        )
    if not answer.code:
        raise OAuthError("The CRM sent no code along. Start the install again.")
    return _exchange(provider, answer.code, verifier, public_url, pause=pause)


def person_of(provider: Provider, remote_user_id: str) -> str:
    """A person of a CRM, as what they approve is signed; the CRM knows whose number it is."""
    return f"{provider.label} user {remote_user_id or 'without a number'}"


def _keep_agency(
    engine: Engine,
    vault: Vault,
    provider: Provider,
    grant: AgencyGrant,
    *,
    describe: Describe,
    now: datetime,
) -> tuple[Installation, Adopted]:
    """Store an agency's grant first, then make an installation of each of its accounts."""
    agency = keep_agency(engine, vault, provider.name, grant, now=now)
    try:
        adopted = adopt(
            engine, vault, provider, agency, token=grant.access_token, describe=describe, now=now
        )
    except CrmError as error:
        raise OAuthError(
            f"{error.message} The agency is connected; its accounts follow by themselves within a day. "
            "To have them sooner, start the install again."
        ) from error
    return agency, adopted


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


def _exchange(
    provider: Provider,
    code: str,
    verifier: str | None,
    public_url: str,
    *,
    pause: Callable[[float], None],
) -> TokenGrant | AgencyGrant:
    def ask() -> TokenGrant | AgencyGrant:
        return provider.authorizer().exchange(
            code=code,
            code_verifier=verifier,
            redirect_uri=callback_url(public_url, provider.address),
        )

    try:
        # Somebody looks at a page meanwhile; a code that was not taken is still good.
        return patiently(ask, pause=pause, most=SOMEBODY_WAITS)
    except CrmMisconfigured as error:
        raise CredentialsRefused(
            f"Rekindle's own credentials were refused, so nothing was installed. {error.message}"
        ) from error
    except (CrmInvalid, CrmAuthInvalid) as error:
        raise OAuthError(f"{error.message} Start the install again.") from error
    except CrmUnexpected as error:
        raise OAuthError(
            f"{error.message} Nothing was installed. Start the install again; if {provider.label} does not "
            "offer the account then, remove Rekindle from its apps there first."
        ) from error
    except CrmError as error:
        raise OAuthError(
            f"{error.message} Nothing was installed. Wait a minute and start again."
        ) from error


def _hash(state: str) -> str:
    return hashlib.sha256(state.encode()).hexdigest()
