"""What can go wrong at a CRM, in classes named for what the caller can do.

CrmError
├─ CrmAuthInvalid     the account was disconnected       → stop its jobs, tell the admin
├─ CrmForbidden       scope or plan missing              → stop this feature, say which scope
├─ CrmNotFound        record or address gone             → mark it, no retry
├─ CrmConflict        changed or exists already          → read again
├─ CrmInvalid         the request was refused as wrong   → split a batch, quarantine the culprit
│  └─ CrmLimitReached the account may have no more of it → go on without, tell the admin
├─ CrmRateLimited     `retry_after` seconds              → wait, not a failure
├─ CrmUnavailable     5xx, timeout, no connection        → retry with growing pauses
├─ CrmMisconfigured   our own client id, secret, address → stop, page us, never disconnect accounts
└─ CrmUnexpected      an answer we do not know           → dead letter
"""

from collections.abc import Iterable

from core.errors import AppError


class CrmError(AppError):
    """An answer of a CRM that is not the one wanted; carries the CRM's request id for its support."""

    code = "crm"

    def __init__(
        self, message: str, *, request_id: str | None = None, retry_after: float | None = None
    ) -> None:
        super().__init__(message if request_id is None else f"{message} (request {request_id})")
        self.request_id = request_id
        self.retry_after = retry_after
        # The words in capitals by which the CRM says what is wrong, where it has such.
        self.codes: frozenset[str] = frozenset()


class CrmAuthInvalid(CrmError):
    code = "crm_auth_invalid"


class CrmForbidden(CrmError):
    """`scopes` names what is missing, where the CRM said so."""

    code = "crm_forbidden"

    def __init__(
        self, message: str, *, request_id: str | None = None, scopes: tuple[str, ...] = ()
    ) -> None:
        super().__init__(message, request_id=request_id)
        self.scopes = scopes

    def of(self, what: str, needed: Iterable[str]) -> "CrmForbidden":
        """The same, saying what was to be read, with the scopes that it needs where the CRM named none."""
        scopes = self.scopes or tuple(sorted(needed))
        return CrmForbidden(
            f"{self.message} Reading {what} needs {', '.join(scopes)}.", scopes=scopes
        )


class CrmNotFound(CrmError):
    code = "crm_not_found"


class CrmConflict(CrmError):
    code = "crm_conflict"


class CrmInvalid(CrmError):
    code = "crm_invalid"


class CrmLimitReached(CrmInvalid):
    """The account's plan allows no more of something; `limit` says of what, in words for its admin."""

    code = "crm_limit_reached"

    def __init__(self, message: str, *, limit: str, request_id: str | None = None) -> None:
        super().__init__(message, request_id=request_id)
        self.limit = limit


class CrmRateLimited(CrmError):
    code = "crm_rate_limited"


class CrmUnavailable(CrmError):
    code = "crm_unavailable"


class CrmMisconfigured(CrmError):
    code = "crm_misconfigured"


class CrmUnexpected(CrmError):
    code = "crm_unexpected"
