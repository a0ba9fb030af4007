"""Opportunities, then payments: one stream in two parts, each as far as the account's scopes allow."""

from collections.abc import Iterator
from functools import cached_property
from typing import Any

import orjson

from connector.errors import CrmUnexpected
from connector.highlevel import endpoints, parse
from connector.highlevel.http import HighLevelHttp
from connector.port import DealRow

OPPORTUNITY_PAGE = 100  # the search's maximum
TRANSACTION_PAGE = 100

OPPORTUNITIES = "opportunities"
TRANSACTIONS = "transactions"
_SCOPES = {
    OPPORTUNITIES: "opportunities.readonly",
    TRANSACTIONS: "payments/transactions.readonly",
}
# How far from the moment it was won an opportunity's payment may lie.
_SAME_SALE_MS = 7 * parse.DAY_MS

# A page's rows, its size, and where to go on.
Read = tuple[list[DealRow], int, dict[str, Any] | None]


def parts(scopes: frozenset[str]) -> tuple[str, ...]:
    """The parts of the stream that these scopes allow."""
    return tuple(part for part, scope in _SCOPES.items() if scope in scopes)


class Deals:
    """The deals of one account."""

    def __init__(self, http: HighLevelHttp, scopes: frozenset[str]) -> None:
        self._http = http
        self._parts = parts(scopes)

    def page(self, cursor: str | None) -> tuple[list[DealRow], int, str | None]:
        """A page's deals, its size, and the next cursor: within a part, or to the beginning of the next."""
        mark = {"part": self._parts[0]} if cursor is None else orjson.loads(cursor)
        part = mark["part"]
        read = self._opportunities if part == OPPORTUNITIES else self._transactions
        rows, size, following = read(mark)
        if following is None:
            rest = self._parts[self._parts.index(part) + 1 :]
            following = {"part": rest[0]} if rest else None
        elif following == mark:
            raise CrmUnexpected(f"HighLevel repeats a page of {part} instead of going on.")
        return rows, size, None if following is None else orjson.dumps(following).decode()

    def currency(self) -> str | None:
        """The currency of one payment, in three letters; None where there is none, or none may be seen."""
        if TRANSACTIONS not in self._parts:
            return None
        found = self._payments(0, size=1).get("data") or []
        currency = str(found[0].get("currency") or "").upper() if found else ""
        return currency if len(currency) == 3 and currency.isalpha() else None

    def _opportunities(self, mark: dict[str, Any]) -> Read:
        params = {
            "location_id": self._http.location_id,
            "status": "all",
            "order": "added_asc",
            "limit": str(OPPORTUNITY_PAGE),
        }
        if "startAfter" in mark:
            # Both, or the first page comes again.
            params |= {"startAfter": mark["startAfter"], "startAfterId": mark["startAfterId"]}
        answer = self._http.call(endpoints.OPPORTUNITIES, params=params)
        found = answer.get("opportunities") or []
        meta = answer.get("meta") or {}
        following = None
        if len(found) == OPPORTUNITY_PAGE and meta.get("startAfter") and meta.get("startAfterId"):
            following = {
                "part": OPPORTUNITIES,
                "startAfter": str(meta["startAfter"]),
                "startAfterId": str(meta["startAfterId"]),
            }
        rows = [row for record in found if (row := parse.opportunity(record)) is not None]
        return [self._once(row) for row in rows], len(found), following

    def _transactions(self, mark: dict[str, Any]) -> Read:
        """Payments by offset: one that is made meanwhile shifts others to be read twice, never to be missed."""
        offset = int(mark.get("offset", 0))
        answer = self._payments(offset)
        found = answer.get("data") or []
        read = offset + len(found)
        is_end = not found or read >= int(answer.get("totalCount") or 0)
        following = None if is_end else {"part": TRANSACTIONS, "offset": read}
        rows = [row for record in found if (row := parse.transaction(record)) is not None]
        return rows, len(found), following

    def _payments(self, offset: int, *, size: int = TRANSACTION_PAGE) -> Any:
        params = {
            "altId": self._http.location_id,
            "altType": "location",
            "paymentMode": "live",
            "limit": str(size),
            "offset": str(offset),
        }
        return self._http.call(endpoints.TRANSACTIONS, params=params)

    def _once(self, row: DealRow) -> DealRow:
        """A won opportunity that was paid through HighLevel counts by its payments, not twice."""
        won_at = row["closed_at"]
        if not row["is_won"] or won_at is None:
            return row
        paid = self._paid_at.get(row["contact_id"], ())
        if not any(abs(at - won_at) <= _SAME_SALE_MS for at in paid):
            return row
        counted = row.copy()
        counted["is_won"] = False
        return counted

    @cached_property
    def _paid_at(self) -> dict[str, list[int]]:
        """Contact → when they paid, refunded or not; read once for each time the account is opened."""
        found: dict[str, list[int]] = {}
        if TRANSACTIONS not in self._parts:
            return found
        for record in self._all_payments():
            row = parse.transaction(record)
            if row is not None and row["closed_at"] is not None and parse.is_paid(record):
                found.setdefault(row["contact_id"], []).append(row["closed_at"])
        return found

    def _all_payments(self) -> Iterator[parse.Record]:
        offset, total = 0, 1
        while offset < total:
            answer = self._payments(offset)
            page = answer.get("data") or []
            yield from page
            offset, total = offset + len(page), int(answer.get("totalCount") or 0) if page else 0
