"""What is to be said of a list of purchases: what was no purchase, what can be read two ways, who was added."""

from collections.abc import Mapping, Sequence

import polars as pl

from app.reports.reading.activities import Other
from inputs.purchase_states import LABELS, REFUNDED
from scoring.summary.audit_summary import Gap

_TOLD = 5


def undone_gap(undone: Mapping[str, int], *, came: bool) -> list[Gap]:
    """Purchases that were none in the end, by what became of them.

    `came`: who was refunded, nobody says when, counts as having come that day.
    """
    if not undone:
        return []
    gaps: list[Gap] = []
    if came and REFUNDED in undone:
        gaps = gap(
            "refunded_orders", undone[REFUNDED], "Orders that were refunded, without a date.",
            "No money, but who placed one had come that day", "Nothing, if that is right",
        )  # fmt: skip
        undone = {state: count for state, count in undone.items() if state != REFUNDED}
        if not undone:
            return gaps
    named = ", ".join(f"{LABELS.get(state, state)} ({count:,})" for state, count in undone.items())
    return gaps + gap(
        "undone_purchases", sum(undone.values()), f"Purchases that were none in the end: {named}.",
        "Not counted", "Nothing, if that is right",
    )  # fmt: skip


def lone_gap(count: int) -> list[Gap]:
    return gap(
        "lone_returns", count, "Returns of purchases that are not in the file.",
        "Nothing is taken back by them", "Export purchases from further back",
    )  # fmt: skip


def part_gap(count: int) -> list[Gap]:
    return gap(
        "part_refunds", count, "Purchases given back in part, without how much.",
        "Counted with the whole amount", "Add a column with the amount refunded",
    )  # fmt: skip


def totals_gap(count: int, column: str) -> list[Gap]:
    return gap(
        f"order_totals:{column}", count,
        f"Orders whose lines all have the same “{column}”. Read as the order's total, once.",
        "If it is each line's, values are too low", "Export one line for each order",
    )  # fmt: skip


def price_gap(count: int, column: str) -> list[Gap]:
    return gap(
        f"unit_price:{column}", count,
        f"“{column}” may be the price of one piece or of all. Read as of one: times the quantity.",
        "Values may be too high", 'Name the column "Total"',
    )  # fmt: skip


def signs_gap(count: int, column: str) -> list[Gap]:
    return gap(
        f"signs:{column}", count,
        f"Nearly all amounts in “{column}” have a minus. Read as purchases; a plus gives money back.",
        "If they are refunds, nobody bought", "Export purchases without a minus",
    )  # fmt: skip


def currencies_gap(count: int, usual: str, others: Sequence[str]) -> list[Gap]:
    return gap(
        "currencies", count,
        f"Purchases in other currencies than {usual}: {', '.join(others[:_TOLD])}.",
        "Counted as purchases without an amount", f"Convert them to {usual}",
    )  # fmt: skip


def statuses_gap(others: Sequence[Other]) -> list[Gap]:
    if not others:
        return []
    named = ", ".join(f"“{other.words}” ({other.count:,})" for other in others[:_TOLD])
    return gap(
        "unknown_statuses", sum(other.count for other in others),
        f"Purchases with a status that isn't known: {named}.",
        "Counted as purchases", f'Say what they are: --kind "{others[0].words}=refund", =nothing or =purchase',
    )  # fmt: skip


def added_gap(added: pl.DataFrame) -> list[Gap]:
    return gap(
        "added_customers", added.height, "Customers in the purchases but not in the contacts.",
        "Added as contacts; reachable only by an address in the purchases", "Export all contacts",
    )  # fmt: skip


def gap(key: str, count: int, text: str, consequence: str, fix: str) -> list[Gap]:
    """One gap, or none where there is nothing to say."""
    return [Gap(key, count, text, consequence, fix)] if count else []
