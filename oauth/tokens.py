"""Valid access tokens for an account: refreshed early, by one process at a time, never lost."""

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta

from redis import Redis
from redis.exceptions import LockError
from sqlalchemy.engine import Engine

from connector.errors import CrmAuthInvalid
from connector.patience import patiently
from connector.port import Provider, TokenGrant
from core.clock import Clock
from core.db import reading
from core.vault import Vault
from oauth import store
from oauth.errors import NotConnected
from oauth.store import Installation

# A refresh happens when less than this is left of a token; certification wants it before a 401 does.
EARLY = timedelta(minutes=6)
_LOCK_SECONDS = 60


class TokenSource:
    """Access tokens of one account, kept in this process until they near their end."""

    def __init__(
        self,
        engine: Engine,
        vault: Vault,
        redis: Redis | None,
        provider: Provider,
        account_id: str,
        *,
        clock: Clock,
        pause: Callable[[float], None],
    ) -> None:
        self._engine = engine
        self._vault = vault
        self._redis = redis
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
        installation = self._installation()
        token = self._open(installation.access_token)
        if token != refused and installation.expires_at - self._clock.now() >= EARLY:
            return token, installation.expires_at
        return self._refresh(refused)

    def _refresh(self, refused: str | None) -> tuple[str, datetime]:
        """Refresh under a lock that all processes share; whoever waited finds the work done."""
        lock = None
        if self._redis is not None:
            lock = self._redis.lock(
                f"refresh:{self._account_id}", timeout=_LOCK_SECONDS, blocking_timeout=_LOCK_SECONDS
            )
            lock.acquire()
        try:
            installation = self._installation()
            token = self._open(installation.access_token)
            fresh = installation.expires_at - self._clock.now() >= EARLY
            if fresh and token != refused:
                return token, installation.expires_at
            return self._exchange(installation)
        finally:
            if lock is not None:
                # It may have run out while the CRM was slow; the compare-and-swap kept us safe then.
                with suppress(LockError):
                    lock.release()

    def _exchange(self, installation: Installation) -> tuple[str, datetime]:
        refresh_token = self._open(installation.refresh_token)
        try:
            grant: TokenGrant = patiently(
                lambda: self._provider.authorizer().refresh(refresh_token), pause=self._pause
            )
        except CrmAuthInvalid as error:
            with self._engine.begin() as tx:
                store.record_disconnected(tx, self._account_id, now=self._clock.now())
            raise NotConnected(
                "This account has disconnected Rekindle. Install it again to go on."
            ) from error
        now = self._clock.now()
        expires_at = now + timedelta(seconds=grant.expires_in)
        with self._engine.begin() as tx:
            store.swap_tokens(
                tx,
                self._account_id,
                generation=installation.generation,
                access_token=self._vault.seal(grant.access_token, identity=self._account_id),
                refresh_token=self._vault.seal(grant.refresh_token, identity=self._account_id),
                expires_at=expires_at,
                now=now,
            )
        return grant.access_token, expires_at

    def _installation(self) -> Installation:
        with reading(self._engine) as connection:
            found = store.find_installation(connection, self._account_id)
        if found is None or not found.is_active:
            raise NotConnected("This account is not connected. Install Rekindle to go on.")
        return found

    def _open(self, sealed: str) -> str:
        return self._vault.open(sealed, identity=self._account_id)
