"""The pretend CRM's tokens: short-lived access, refresh tokens good for one use with a short grace."""

import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

LIFETIME = timedelta(minutes=30)
GRACE = timedelta(seconds=30)


class TokenRefused(Exception):
    """The token is unknown, expired, used up or revoked."""


@dataclass(frozen=True, slots=True)
class Pair:
    """What one exchange or refresh answers; `holder` is an account or an agency."""

    holder: str
    access: str = field(repr=False)
    refresh: str = field(repr=False)


@dataclass(slots=True)
class _Use:
    """A refresh token, and what it was exchanged for and when, once it was."""

    holder: str
    used_at: datetime | None = None
    answer: Pair | None = None


class Tokens:
    """Issues, checks, rotates and revokes; safe to use from many threads."""

    def __init__(self, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._now = now
        self._lock = threading.Lock()
        self._access: dict[str, tuple[str, datetime]] = {}
        self._refresh: dict[str, _Use] = {}
        self.grace = GRACE
        self.refreshed = 0  # answered, repeats included

    def issue(self, holder: str) -> Pair:
        with self._lock:
            return self._issue(holder)

    def check(self, access: str) -> str:
        """Whose token it is; raises TokenRefused."""
        with self._lock:
            holder, expires_at = self._access.get(access, ("", self._now()))
        if expires_at <= self._now():
            raise TokenRefused("expired")
        return holder

    def rotate(self, refresh: str) -> Pair:
        """A new pair; the same pair again within the grace, TokenRefused after it."""
        with self._lock:
            use = self._refresh.get(refresh)
            if use is None:
                raise TokenRefused("unknown")
            if use.answer is not None and use.used_at is not None:
                if self._now() - use.used_at > self.grace:
                    raise TokenRefused("used before")
                self.refreshed += 1
                return use.answer
            self.refreshed += 1
            use.used_at, use.answer = self._now(), self._issue(use.holder)
            return use.answer

    def expire(self, holder: str) -> None:
        """The holder's access tokens end now; its refresh tokens stay."""
        with self._lock:
            self._access = {t: kept for t, kept in self._access.items() if kept[0] != holder}

    def revoke(self, holder: str) -> None:
        """All of the holder's tokens end now."""
        self.expire(holder)
        with self._lock:
            self._refresh = {t: use for t, use in self._refresh.items() if use.holder != holder}

    def _issue(self, holder: str) -> Pair:
        pair = Pair(holder, f"a.{secrets.token_hex(8)}", f"r.{secrets.token_hex(8)}")
        self._access[pair.access] = (holder, self._now() + LIFETIME)
        self._refresh[pair.refresh] = _Use(holder)
        return pair
