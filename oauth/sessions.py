"""Begins a browser's session with an account."""

from collections.abc import Sequence
from datetime import datetime

from fastapi import Request

from core.moments import to_millis


def begin_session(
    request: Request, account_id: str, *, now: datetime, others: Sequence[str] = ()
) -> None:
    """Sign this browser in to an account; `others` are those it may look at besides."""
    request.session["account_id"] = account_id
    request.session["signed_in_at"] = to_millis(now)
    if others:
        request.session["account_ids"] = list(others)
