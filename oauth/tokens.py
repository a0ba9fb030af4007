"""Valid access tokens for an account: refreshed early, by one process at a time, never lost.

The lock is a lease in the account's own row, taken before the CRM is asked. A process that dies between the
CRM's answer and our commit leaves a lease that runs out while the CRM still honours the old refresh token
(half a minute, where refresh tokens are good for one use), and whoever comes next asks again.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy.engine import Engine

from connector.errors import CrmAuthInvalid, CrmNotFound, CrmUnavailable
from connector.patience import patiently
from connector.port.oauth import AgencyGrant, AuthorizesAgencies, TokenGrant
from connector.port.provider import Provider
from core.clock import Clock
from core.db import reading
from core.vault import Vault
from oauth import store
from oauth.errors import NotConnected
from oauth.store import Installation

# A refresh happens when less than this is left of a token; certification wants it before a 401 does.
EARLY = timedelta(minutes=6)
# Longer than the slowest exchange, shorter than the half minute in which a used refresh token still answers.
LEASE = timedelta(seconds=12)
_WAITS = 600
_WAIT = 0.05


class TokenSource:
    """Access tokens of one account, kept in this process until they near their end."""

    def __init__(
        self,
        engine: Engine,
        vault: Vault,
        provider: Provider,
        account_id: str,
        *,
        clock: Clock,
        pause: Callable[[float], None],
    ) -> None:
        self._engine = engine
        self._vault = vault
        self._provider = provider
        self._account_id = account_id
        self._clock = clock
        self._pause = pause
        self._held: tuple[str, datetime] | None = None

    def token(self) -> str:
        """A token with minutes to live; raises NotConnected when the account has left."""
        now = self._clock.now()
        if self._held is None or self._held[1] - now < EARLY:
            self._held = self._load(refused=None)
        return self._held[0]

    def renew(self, refused: str) -> str:
        """A token other than `refused`, which the CRM called expired before its time."""
        self._held = self._load(refused=refused)
        return self._held[0]

    def _load(self, *, refused: str | None) -> tuple[str, datetime]:
        for _ in range(_WAITS):
            installation = self._installation()
            token = self._open(installation.access_token)
            if token != refused and installation.expires_at - self._clock.now() >= EARLY:
                return token, installation.expires_at
            if self._claim(installation):
                found = self._exchange(installation)
                if found is not None:
                    return found
            self._pause(_WAIT)
        raise CrmUnavailable("Another process is renewing this account's access and has not ended.")

    def _claim(self, installation: Installation) -> bool:
        now = self._clock.now()
        with self._engine.begin() as tx:
            return store.claim_refresh(
                tx,
                self._account_id,
                generation=installation.generation,
                now=now,
                until=now + LEASE,
            )

    def _exchange(self, installation: Installation) -> tuple[str, datetime] | None:
        """New tokens, stored; None where somebody else has stored newer ones meanwhile.

        Whatever goes wrong, the lease is given back, so that the next may try at once.
        """
        try:
            grant = patiently(
                lambda: self._ask(installation), pause=self._pause, most=LEASE.total_seconds()
            )
            return self._keep(installation, grant)
        except CrmAuthInvalid as error:
            with self._engine.begin() as tx:
                ended = store.record_disconnected(
                    tx,
                    self._account_id,
                    now=self._clock.now(),
                    generation=installation.generation,
                )
            if not ended:
                return None  # the refused token was not the last one
            raise NotConnected(
                "This account has disconnected Rekindle. Install it again to go on."
            ) from error
        except Exception:
            with self._engine.begin() as tx:
                store.release_refresh(tx, self._account_id, generation=installation.generation)
            raise

    def _keep(
        self, installation: Installation, grant: TokenGrant | AgencyGrant
    ) -> tuple[str, datetime] | None:
        now = self._clock.now()
        expires_at = now + timedelta(seconds=grant.expires_in)
        with self._engine.begin() as tx:
            is_kept = store.swap_tokens(
                tx,
                self._account_id,
                generation=installation.generation,
                access_token=self._vault.seal(grant.access_token, identity=self._account_id),
                refresh_token=self._vault.seal(grant.refresh_token, identity=self._account_id),
                expires_at=expires_at,
                now=now,
            )
        return (grant.access_token, expires_at) if is_kept else None

    def _ask(self, installation: Installation) -> TokenGrant | AgencyGrant:
        """The CRM's answer; an account that an agency manages can be minted anew when its own token is gone."""
        authorizer = self._provider.authorizer()
        refresh_token = self._open(installation.refresh_token)
        if installation.kind == "agency" and isinstance(authorizer, AuthorizesAgencies):
            return authorizer.refresh_agency(refresh_token)
        try:
            return authorizer.refresh(refresh_token)
        except CrmAuthInvalid:
            if installation.agency_id is None or not isinstance(authorizer, AuthorizesAgencies):
                raise
            return self._mint(authorizer, installation.agency_id, installation.remote_account_id)

    def _mint(
        self, authorizer: AuthorizesAgencies, agency_id: str, remote_account_id: str
    ) -> TokenGrant:
        agency = TokenSource(
            self._engine,
            self._vault,
            self._provider,
            agency_id,
            clock=self._clock,
            pause=self._pause,
        )
        try:
            token = agency.token()
            return authorizer.mint(token, agency.remote_id(), remote_account_id)
        except (NotConnected, CrmNotFound) as error:
            raise CrmAuthInvalid("The agency no longer manages this account.") from error

    def remote_id(self) -> str:
        """What the CRM calls this account or agency."""
        return self._installation().remote_account_id

    def _installation(self) -> Installation:
        with reading(self._engine) as connection:
            found = store.find_installation(connection, self._account_id)
        if found is None or not found.is_active:
            raise NotConnected("This account is not connected. Install Rekindle to go on.")
        return found

    def _open(self, sealed: str) -> str:
        return self._vault.open(sealed, identity=self._account_id)
