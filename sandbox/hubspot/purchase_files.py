"""Loads real purchases from CSV: customers become contacts, purchases become won deals.

Rows dated after `as_of` wait on the agenda and appear when time reaches them. People loaded here
do nothing but what their file says: they answer no touch.
"""

import math
import re
from array import array
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np

from sandbox.agenda import Agenda
from sandbox.hubspot.custom_properties import CUSTOMER_ID
from sandbox.hubspot.timeline import Timeline
from sandbox.kit.files import LoadReport, read_date, rows
from sandbox.world.events import from_ms, to_ms

REQUIRED = ("customer_id", "date", "amount")
_NOT_IN_ADDRESSES = re.compile(r"[^a-z0-9-]+")


@dataclass(slots=True)
class _Purchases:
    """Rows as compact columns, so that a million of them fit."""

    customers: list[str] = field(default_factory=list)
    customer: "array[int]" = field(default_factory=lambda: array("l"))
    at_ms: "array[int]" = field(default_factory=lambda: array("q"))
    quantity: "array[float]" = field(default_factory=lambda: array("d"))
    amount: "array[float]" = field(default_factory=lambda: array("d"))


def load_purchases(
    lines: Iterable[str], timeline: Timeline, agenda: Agenda, *, as_of: datetime
) -> LoadReport:
    """Read `customer_id,date,quantity,amount` rows; a bare date means 00:00 UTC.

    Raises HistoryError when required columns are missing; bad rows are reported, others load.
    """
    report = LoadReport()
    purchases = _collect(lines, report)
    replay = _Replay(purchases, timeline, agenda, report)
    replay.until(as_of)
    replay.show_all()
    report.later = len(purchases.at_ms) - report.deals
    replay.wait()
    return report


class _Replay:
    """Writes purchases in order of time, those to come when they are due."""

    def __init__(
        self, purchases: _Purchases, timeline: Timeline, agenda: Agenda, report: LoadReport
    ) -> None:
        self._purchases = purchases
        self._order = np.argsort(np.frombuffer(purchases.at_ms, dtype=np.int64), kind="stable")
        self._next = 0
        self._timeline = timeline
        self._agenda = agenda
        self._report = report
        self._contacts: dict[int, str] = {}

    def until(self, moment: datetime) -> list[str]:
        """Write every purchase up to and including the moment; returns the contacts concerned."""
        limit, seen = to_ms(moment), []
        while self._next < len(self._order):
            row = int(self._order[self._next])
            if self._purchases.at_ms[row] > limit:
                break
            seen.append(self._write(row))
            self._next += 1
        return seen

    def show_all(self) -> None:
        for contact_id in self._contacts.values():
            self._timeline.show(contact_id)

    def wait(self) -> None:
        """Plan the next purchase; only one entry is on the agenda at a time."""
        if self._next == len(self._order):
            return
        due = from_ms(self._purchases.at_ms[int(self._order[self._next])])
        self._agenda.schedule(due, lambda: self._happen(due))

    def _happen(self, due: datetime) -> None:
        for contact_id in self.until(due):
            live = self._timeline.live(contact_id)
            if live is not None:
                self._timeline.show(live)
        self.wait()

    def _write(self, row: int) -> str:
        p = self._purchases
        at, customer = from_ms(p.at_ms[row]), p.customer[row]
        contact_id = self._contacts.get(customer)
        if contact_id is None:
            contact_id = self._contacts[customer] = self._new_contact(p.customers[customer], at)
        live = self._timeline.live(contact_id)
        self._report.deals += 1
        if live is None:
            return contact_id
        quantity = p.quantity[row]
        self._timeline.deal(
            live,
            name=f"Purchase {at:%Y-%m-%d}",
            stage="closedwon",
            amount=p.amount[row],
            created=at,
            closes=at,
            known=at,
            quantity=None if math.isnan(quantity) else f"{quantity:g}",
        )
        self._timeline.rollup(live).deal(p.at_ms[row], p.at_ms[row], p.amount[row])
        return live

    def _new_contact(self, customer: str, at: datetime) -> str:
        self._report.contacts += 1
        local = _NOT_IN_ADDRESSES.sub("-", customer.lower())
        return self._timeline.records.create(
            "contacts",
            {
                "firstname": "Customer",
                "lastname": customer,
                "email": f"customer-{local}@example.com",
                CUSTOMER_ID: customer,
                "lifecyclestage": "customer",
                "hs_analytics_source": "OFFLINE",
            },
            at=at,
            source="IMPORT",
        )


def _collect(lines: Iterable[str], report: LoadReport) -> _Purchases:
    purchases, index = _Purchases(), dict[str, int]()
    for line, row in rows(lines, REQUIRED):
        try:
            customer, at, quantity, amount = _read(row)
        except ValueError as error:
            report.refuse(line, str(error))
            continue
        if customer not in index:
            index[customer] = len(purchases.customers)
            purchases.customers.append(customer)
        purchases.customer.append(index[customer])
        purchases.at_ms.append(to_ms(at))
        purchases.quantity.append(quantity)
        purchases.amount.append(amount)
    return purchases


def _read(row: dict[str, str]) -> tuple[str, datetime, float, float]:
    customer = row.get("customer_id", "").strip()
    if not customer:
        raise ValueError("customer_id is empty")
    try:
        at = read_date(row.get("date", ""))
    except (ValueError, OverflowError) as error:
        raise ValueError("date is not an ISO date such as 2026-11-16") from error
    amount = _amount(row.get("amount", ""), "amount")
    quantity = row.get("quantity", "").strip()
    return customer, at, _amount(quantity, "quantity") if quantity else math.nan, amount


def _amount(text: str, name: str) -> float:
    try:
        number = float(text)
    except ValueError as error:
        raise ValueError(f"{name} is not a number") from error
    if not math.isfinite(number) or number < 0:
        raise ValueError(f"{name} must be a number that is not negative")
    return number
