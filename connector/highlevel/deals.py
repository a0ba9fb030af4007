"""Opportunities, then payments: one stream in two parts, each as far as the account's scopes allow."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import orjson

from connector.errors import CrmForbidden, CrmInvalid, CrmNotFound, CrmUnexpected
from connector.highlevel import endpoints, parse, sales
from connector.highlevel.http import HighLevelHttp
from connector.highlevel.values import count, fields_of, records_of, text
from connector.port.records import ActivityRow, DealRow

OPPORTUNITY_PAGE = 100  # the search's maximum
TRANSACTION_PAGE = 100
LOST_REASON_PAGE = 100  # the endpoint's default

OPPORTUNITIES = "opportunities"
TRANSACTIONS = "transactions"
_SCOPES = {
    OPPORTUNITIES: endpoints.OPPORTUNITIES.scope,
    TRANSACTIONS: endpoints.TRANSACTIONS.scope,
}
# How far from the moment it was won an opportunity's payment may lie.
_SAME_SALE_MS = 7 * parse.DAY_MS


@dataclass(frozen=True, slots=True)
class Sold:
    """Deals, what else happened with them, and the contacts whom payments name as merged into others."""

    deals: Sequence[DealRow]
    activities: Sequence[ActivityRow] = ()
    merged: Mapping[str, str] = field(default_factory=dict)


# What a page held, its size, and where to go on.
Read = tuple[Sold, int, dict[str, Any] | None]


SCOPES = frozenset(_SCOPES.values())


def parts(scopes: frozenset[str]) -> tuple[str, ...]:
    """The parts of the stream that these scopes allow."""
    return tuple(part for part, scope in _SCOPES.items() if scope in scopes)


class Deals:
    """The deals of one account."""

    def __init__(
        self,
        http: HighLevelHttp,
        scopes: frozenset[str],
        currency: Callable[[], str | None] = lambda: None,
    ) -> None:
        self._http = http
        self._parts = parts(scopes)
        self._find_currency = currency

    def page(self, cursor: str | None) -> tuple[Sold, int, str | None]:
        """What a page held, its size, and the next cursor: within a part, or to the beginning of the next."""
        mark = {"part": self._parts[0]} if cursor is None else orjson.loads(cursor)
        part = mark["part"]
        read = self._opportunities if part == OPPORTUNITIES else self._transactions
        sold, size, following = read(mark)
        if following is None:
            rest = self._parts[self._parts.index(part) + 1 :]
            following = {"part": rest[0]} if rest else None
        elif following == mark:
            raise CrmUnexpected(f"HighLevel repeats a page of {part} instead of going on.")
        return sold, size, None if following is None else orjson.dumps(following).decode()

    def of_contact(self, contact_id: str) -> Sold:
        """The first page of a contact's opportunities, and of their payments."""
        payments: Sequence[parse.Record] = []
        deals: list[DealRow] = []
        noted: list[ActivityRow] = []
        with suppress(CrmForbidden):
            if TRANSACTIONS in self._parts:
                payments = records_of(self._payments(0, of={"contactId": contact_id}), "data")
        with suppress(CrmForbidden):
            if OPPORTUNITIES in self._parts:
                answer = self._search({"contact_id": contact_id})
                paid = [at for at in map(_paid_at, payments) if at is not None]
                deals = [_once(row, paid) for row in self._named(answer)]
                noted = self._noted(answer)
        sold = self._sold(payments)
        return Sold([*deals, *sold.deals], [*noted, *sold.activities], sold.merged)

    def currency(self) -> str | None:
        """The usual currency of the last payments; None where there are none, or none may be seen."""
        if TRANSACTIONS not in self._parts:
            return None
        codes = map(sales.currency_of, records_of(self._payments(0), "data"))
        counted = Counter(code for code in codes if code is not None)
        return min(counted, key=lambda code: (-counted[code], code)) if counted else None

    def _opportunities(self, mark: dict[str, Any]) -> Read:
        going_on = {name: str(value) for name, value in mark.items() if name != "part"}
        answer = self._search({"order": "added_asc", **going_on})
        size = len(records_of(answer, "opportunities"))
        meta = fields_of(answer, "meta")
        following = None
        if size == OPPORTUNITY_PAGE and meta.get("startAfter") and meta.get("startAfterId"):
            # Both, or the first page comes again.
            following = {
                "part": OPPORTUNITIES,
                "startAfter": str(meta["startAfter"]),
                "startAfterId": str(meta["startAfterId"]),
            }
        rows = [_once(row, self._paid.get(row["contact_id"], ())) for row in self._named(answer)]
        return Sold(rows, self._noted(answer)), size, following

    def _search(self, wanted: dict[str, str]) -> Any:
        params = {
            "location_id": self._http.location_id,
            "status": "all",
            "limit": str(OPPORTUNITY_PAGE),
            **wanted,
        }
        return self._http.call(endpoints.OPPORTUNITIES, params=params)

    def _named(self, answer: Any) -> Iterator[DealRow]:
        """The deals of a page of opportunities, each lost one with the name of its reason."""
        for record in records_of(answer, "opportunities"):
            reasons = self._lost_reasons if record.get("lostReasonId") else {}
            row = sales.opportunity(record, reasons)
            if row is not None:
                yield row

    def _noted(self, answer: Any) -> list[ActivityRow]:
        """What the lost reasons of a page of opportunities say of being contacted."""
        lost = [r for r in records_of(answer, "opportunities") if r.get("lostReasonId")]
        found = (sales.noted(record, self._lost_reasons) for record in lost)
        return [row for row in found if row is not None]

    def _transactions(self, mark: dict[str, Any]) -> Read:
        """Payments by offset: one that is made meanwhile shifts others to be read twice, never to be missed."""
        offset = int(mark.get("offset", 0))
        answer = self._payments(offset)
        found = records_of(answer, "data")
        read = offset + len(found)
        is_end = not found or read >= count(answer, "totalCount")
        following = None if is_end else {"part": TRANSACTIONS, "offset": read}
        return self._sold(found), len(found), following

    def _payments(
        self, offset: int, *, size: int = TRANSACTION_PAGE, of: dict[str, str] | None = None
    ) -> Any:
        params = {
            "altId": self._http.location_id,
            "altType": "location",
            "paymentMode": "live",
            "limit": str(size),
            "offset": str(offset),
            **(of or {}),
        }
        return self._http.call(endpoints.TRANSACTIONS, params=params)

    def _sold(self, payments: Sequence[parse.Record]) -> Sold:
        rows = (sales.transaction(record, self._currency) for record in payments)
        deals = [deal for deal in rows if deal is not None]
        refunds = [gone for record in payments if (gone := sales.refund(record)) is not None]
        merged = dict(found for record in payments if (found := sales.merged(record)) is not None)
        return Sold(deals, refunds, merged)

    @cached_property
    def _currency(self) -> str | None:
        return self._find_currency()

    @cached_property
    def _paid(self) -> dict[str, list[int]]:
        """Contact → when they paid, refunded or not; read once for each time the account is opened."""
        found: dict[str, list[int]] = {}
        if TRANSACTIONS not in self._parts:
            return found
        # Payments that may not be seen are missed by their own part of the stream.
        with suppress(CrmForbidden):
            for record in self._all_payments():
                at = _paid_at(record)
                if at is not None:
                    found.setdefault(str(record.get("contactId")), []).append(at)
        return found

    def _all_payments(self) -> Iterator[parse.Record]:
        offset, total = 0, 1
        while offset < total:
            answer = self._payments(offset)
            page = records_of(answer, "data")
            yield from page
            offset, total = offset + len(page), count(answer, "totalCount") if page else 0

    @cached_property
    def _lost_reasons(self) -> dict[str, str]:
        """Id → name of the account's reasons for losing; where they may not be seen a loss has none."""
        found: dict[str, str] = {}
        more = True
        while more:
            params = {
                "locationId": self._http.location_id,
                "limit": str(LOST_REASON_PAGE),
                "skip": str(len(found)),
            }
            try:
                answer = self._http.call(endpoints.LOST_REASONS, params=params)
            except (CrmForbidden, CrmInvalid, CrmNotFound):
                return found
            listed = records_of(answer, "lostReasons")
            page = {text(r.get("id")): text(r.get("name")) for r in listed}
            more = len(page) == LOST_REASON_PAGE and not page.keys() <= found.keys()
            found |= page
        return found


def _paid_at(record: parse.Record) -> int | None:
    row = sales.transaction(record)
    return row["closed_at"] if row is not None and sales.is_paid(record) else None


def _once(row: DealRow, paid: Sequence[int]) -> DealRow:
    """A won opportunity that was paid through HighLevel counts by its payments, not twice."""
    won_at = row["closed_at"]
    if not row["is_won"] or won_at is None:
        return row
    if not any(abs(at - won_at) <= _SAME_SALE_MS for at in paid):
        return row
    counted = row.copy()
    counted["is_won"] = False
    return counted
