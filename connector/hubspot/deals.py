"""HubSpot's deals into the mirror's rows, their amounts in the account's own currency."""

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal

from connector.hubspot.answers import properties as properties_of
from connector.hubspot.parse import Record, flag, millis
from connector.port.records import ActivityRow, DealRow, note_of_deal
from contact_rules.lost_reasons import read_field
from contact_rules.wishes import find_in_reason

# The largest amount that the mirror's columns hold.
_LARGEST_AMOUNT = 2**63 - 1

LOST_REASON = "closed_lost_reason"
# The amount in the account's own currency is worked out by HubSpot; only that one may be added up.
PROPERTIES = (
    "amount",
    "amount_in_home_currency",
    "deal_currency_code",
    "dealstage",
    "closedate",
    "createdate",
    "hs_is_closed",
    "hs_is_closed_won",
    LOST_REASON,
)


def read(
    record: Record,
    contact_ids: Iterable[str],
    own_currency: Callable[[], str | None] = lambda: None,
) -> list[DealRow]:
    """One row for each contact of a deal; `own_currency` is the account's, asked for where it decides."""
    properties = properties_of(record)
    amount, foreign = _money(properties, own_currency)
    stage = properties.get("dealstage") or ""
    won = flag(properties.get("hs_is_closed_won"))
    is_won = stage == "closedwon" if won is None else won
    closed = flag(properties.get("hs_is_closed"))
    is_closed = is_won or stage == "closedlost" if closed is None else closed
    is_lost = is_closed and not is_won
    lost = read_field(properties.get(LOST_REASON)) if is_lost else None
    return [
        DealRow(
            deal_id=str(record["id"]),
            contact_id=contact_id,
            amount_minor=amount,
            foreign_currency=foreign,
            is_closed=is_closed,
            is_won=is_won,
            closed_at=millis(properties.get("closedate")),
            created_at=millis(properties.get("createdate") or record.get("createdAt")),
            reason=lost.reason if lost else None,
            reason_confidence=lost.confidence if lost else None,
        )
        for contact_id in contact_ids
    ]


def noted(record: Record, contact_ids: Iterable[str]) -> list[ActivityRow]:
    """What staff noted of the people of a deal as its lost reason, where it says something of being contacted."""
    properties = properties_of(record)
    at = millis(properties.get("closedate")) or millis(properties.get("createdate"))
    wish = find_in_reason(properties.get(LOST_REASON) or "")
    if wish is None or at is None:
        return []
    return [note_of_deal(str(record["id"]), contact_id, at, wish) for contact_id in contact_ids]


def _money(
    properties: Mapping[str, str], own_currency: Callable[[], str | None]
) -> tuple[int | None, str | None]:
    """(hundredths of the account's currency, None), or (None, its currency) for an amount in another one alone."""
    home = minor(properties.get("amount_in_home_currency"))
    amount, code = minor(properties.get("amount")), properties.get("deal_currency_code") or ""
    if home is not None or amount is None or not code:
        return amount if home is None else home, None
    is_own = code.upper() == (own_currency() or "").upper()
    return (amount, None) if is_own else (None, code.upper()[:3])


def minor(amount: str | None) -> int | None:
    """Hundredths of the currency from a decimal text, without passing through a float."""
    try:
        hundredths = int((Decimal(amount or "nan") * 100).to_integral_value())
    except (ArithmeticError, ValueError):
        return None
    return hundredths if abs(hundredths) <= _LARGEST_AMOUNT else None
