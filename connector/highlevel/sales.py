"""HighLevel's opportunities and payments into the mirror's rows; tolerant of what is missing; no I/O."""

from collections.abc import Mapping

from connector.highlevel.parse import Record, record_id
from connector.highlevel.values import fields_of, flag, id_of, millis, minor, text
from connector.port.records import ActivityRow, DealRow, heard_columns, note_of_deal
from contact_rules.lost_reasons import read_field
from contact_rules.wishes import find_in_reason

_PAID = frozenset({"succeeded", "paid", "partially_refunded", "refunded"})


def opportunity(record: Record, lost_reasons: Mapping[str, str] | None = None) -> DealRow | None:
    """One opportunity; None without a contact. `lost_reasons` is the id of a reason → its name."""
    contact_id = id_of(record.get("contactId") or fields_of(record, "contact").get("id"))
    if not contact_id or not record_id(record):
        return None
    status = text(record.get("status")).lower()
    is_closed = status in {"won", "lost", "abandoned"}
    is_lost = is_closed and status != "won"
    filed = (lost_reasons or {}).get(text(record.get("lostReasonId")))
    lost = read_field(filed) if is_lost else None
    return DealRow(
        deal_id=record_id(record),
        contact_id=contact_id,
        # In the location's own currency, the only one it has.
        amount_minor=minor(record.get("monetaryValue")),
        foreign_currency=None,
        is_closed=is_closed,
        is_won=status == "won",
        closed_at=millis(record.get("lastStatusChangeAt")) if is_closed else None,
        created_at=millis(record.get("createdAt")),
        reason=lost.reason if lost else None,
        reason_confidence=lost.confidence if lost else None,
    )


def noted(record: Record, lost_reasons: Mapping[str, str]) -> ActivityRow | None:
    """What an opportunity's lost reason says of being contacted."""
    contact_id = id_of(record.get("contactId") or fields_of(record, "contact").get("id"))
    at = millis(record.get("lastStatusChangeAt")) or millis(record.get("createdAt"))
    wish = find_in_reason(lost_reasons.get(text(record.get("lostReasonId"))) or "")
    if wish is None or at is None or not contact_id or not record_id(record):
        return None
    return note_of_deal(record_id(record), contact_id, at, wish)


def transaction(record: Record, own_currency: str | None = None) -> DealRow | None:
    """One payment, less what was refunded, as a deal that is closed; None for test payments.

    What brought no money in the end is a closed deal that was not won, so that a refund takes a sale back. The amount
    of one in another currency than the account's own stays out, for nothing tells what it is worth in that.
    """
    contact_id = id_of(record.get("contactId"))
    if not contact_id or not record_id(record) or _is_test(record):
        return None
    net = minor(record.get("amount"), record.get("amountRefunded"))
    code = currency_of(record)
    foreign = code if code and own_currency and code != own_currency.upper() else None
    return DealRow(
        deal_id=f"txn:{record_id(record)}",
        contact_id=contact_id,
        amount_minor=None if foreign else net,
        foreign_currency=foreign,
        is_closed=True,
        is_won=is_paid(record) and net is not None and net > 0,
        closed_at=millis(record.get("fulfilledAt")) or millis(record.get("createdAt")),
        created_at=millis(record.get("createdAt")),
        reason=None,
        reason_confidence=None,
    )


def currency_of(record: Record) -> str | None:
    """The currency of a payment in three letters; None where it tells none."""
    code = text(record.get("currency")).upper()
    return code if len(code) == 3 and code.isalpha() else None


def merged(record: Record) -> tuple[str, str] | None:
    """(old id, contact) where a payment came over in a merge of contacts, of which nothing else tells."""
    contact_id, old = id_of(record.get("contactId")), id_of(record.get("mergedFromContactId"))
    return (old, contact_id) if contact_id and old and old != contact_id else None


def refund(record: Record) -> ActivityRow | None:
    """Money that was given back; None where none was, and for test payments.

    The refund has no time of its own; the payment's last change is the nearest.
    """
    contact_id = id_of(record.get("contactId"))
    at = millis(record.get("updatedAt")) or millis(record.get("createdAt"))
    given_back = minor(record.get("amountRefunded")) or 0
    is_refunded = given_back > 0 or text(record.get("status")).lower() == "refunded"
    if not is_refunded or at is None or not contact_id or not record_id(record) or _is_test(record):
        return None
    return ActivityRow(
        activity_id=f"refund:{record_id(record)}",
        contact_id=contact_id,
        occurred_at=at,
        kind="refund",
        direction=None,
        outcome=None,
        **heard_columns(),
    )


def _is_test(record: Record) -> bool:
    return flag(record.get("liveMode")) is False


def is_paid(record: Record) -> bool:
    """Whether money came in, even if all of it was given back later."""
    return text(record.get("status")).lower() in _PAID
