"""What the data can't tell: each gap with a count, a consequence and what would help."""

from collections.abc import Callable, Mapping

import polars as pl

from contact_rules.channels import Channel
from contact_rules.columns import speaks_against
from contact_rules.person import Policy
from contact_rules.rules import EXPECTED, GRAYMAIL_NEVER_ENGAGED, GRAYMAIL_ONCE_ENGAGED
from scoring.features.recency import BOUNDARIES
from scoring.score import AccountFacts, Scored, is_dormant
from scoring.summary.audit_summary import Gap


def find_gaps(scored: Scored) -> list[Gap]:
    """The gaps of a scored account, those that hide people first."""
    finders: tuple[Callable[[pl.DataFrame, AccountFacts], Gap | None], ...] = (
        _unmeasurable,
        _short_history,
        _unreachable,
        _expected,
        _left_alone,
        _no_marketing,
        _no_sms_proof,
        _skipped_email,
        _customers_without_purchase,
        _added_later,
        _no_sales,
    )
    found = (finder(scored.frame, scored.account) for finder in finders)
    return [gap for gap in found if gap is not None]


def foreign_sales(sales: Mapping[str, int], own: str) -> tuple[Gap, ...]:
    """What is said of sales in currencies that the CRM does not turn into the account's own (`own`)."""
    count = sum(sales.values())
    listed = ", ".join(f"{number:,} in {currency}" for currency, number in sales.items())
    found = _gap(
        "foreign_currency",
        count,
        f"Sales without an amount in {own}: {listed}. They count as purchases.",
        "Their amounts are in no total: currencies are never mixed",
        "Add exchange rates",
    )
    return () if found is None else (found,)


def _gap(key: str, count: int, text: str, consequence: str, fix: str) -> Gap | None:
    return Gap(key, count, text, consequence, fix) if count else None


def _count(frame: pl.DataFrame, where: pl.Expr) -> int:
    return int(frame.select(where.fill_null(value=False).sum()).item())


def _unmeasurable(frame: pl.DataFrame, account: AccountFacts) -> Gap | None:
    hidden = pl.col("band") == "unmeasurable"
    imported = _count(frame, hidden & (pl.col("source") == "import"))
    count = _count(frame, hidden)
    if not account.events:
        why = "There is no activity on record for anyone"
    elif imported == count:
        why = "Imported without activity dates"
    else:
        why = "Imported, of unknown age, or older than the activity on record"
    return _gap(
        "unmeasurable",
        count,
        f"Unmeasurable. {why}, so silence can't be told from missing records.",
        "Left out of every dormant count",
        "Add dates",
    )


def _short_history(_frame: pl.DataFrame, account: AccountFacts) -> Gap | None:
    hidden = [str(BOUNDARIES[name]) for name, known in account.measurable.items() if not known]
    if not hidden or account.history_start is None or not account.events:
        return None
    reach = (account.as_of - account.history_start).days
    return Gap(
        "short_history",
        None,
        f"Activity on record goes back {reach} days, so {' and '.join(hidden)} days of silence "
        "can't be measured.",
        "Shown as unmeasurable, never as zero",
        "Add older activity",
    )


def _unreachable(frame: pl.DataFrame, _account: AccountFacts) -> Gap | None:
    return _gap(
        "unreachable",
        _count(frame, is_dormant() & ~pl.col("reachable")),
        "No channel that may be used: no address or number, bounced, or opted out.",
        "Counted as dormant, left out of every value",
        "Fix addresses",
    )


def _left_alone(frame: pl.DataFrame, _account: AccountFacts) -> Gap | None:
    return _gap(
        "do_not_contact",
        _count(frame, is_dormant() & pl.col("do_not_contact")),
        "Not to be contacted, by do-not-disturb, a tag, a status, a list or a field of yours.",
        "Counted as dormant, never started, and nobody is asked to call them",
        "See who",
    )


def _no_marketing(frame: pl.DataFrame, _account: AccountFacts) -> Gap | None:
    return _gap(
        "not_marketable",
        _count(frame, is_dormant() & pl.col("has_email") & ~pl.col("marketable")),
        "Your CRM sends them no marketing email: they aren't set as marketing contacts.",
        "Not reachable by email, though other channels may be open",
        "Set as marketing",
    )


def _expected(frame: pl.DataFrame, account: AccountFacts) -> Gap | None:
    return _gap(
        "appointment_ahead",
        _count(frame, is_dormant() & EXPECTED.column(account.as_of, Policy())),
        "Gone quiet, but with an appointment to come.",
        "Left alone until then",
        "Nothing",
    )


def _no_sms_proof(frame: pl.DataFrame, account: AccountFacts) -> Gap | None:
    pool = _count(frame, is_dormant())
    unproved = pl.col("has_phone") & speaks_against(Channel.SMS, "D3", account.as_of, Policy())
    count = _count(frame, is_dormant() & unproved)
    share = round(100 * count / pool) if pool else 0
    return _gap(
        "no_sms_consent",
        count,
        "No proof of SMS consent. They get email or a call, never a text.",
        f"{share}% of the {pool:,} dormant or never engaged",
        "Add consent",
    )


def _skipped_email(frame: pl.DataFrame, account: AccountFacts) -> Gap | None:
    skipped = speaks_against(Channel.EMAIL, "D6", account.as_of, Policy())
    return _gap(
        "skipped_email",
        _count(frame, is_dormant() & pl.col("has_email") & skipped),
        f"Your CRM would quietly skip their email after {GRAYMAIL_NEVER_ENGAGED} or "
        f"{GRAYMAIL_ONCE_ENGAGED} unopened sends.",
        "Routed to SMS or a call where allowed",
        "See who",
    )


def _customers_without_purchase(frame: pl.DataFrame, _account: AccountFacts) -> Gap | None:
    marked = pl.col("lifecycle").str.to_lowercase() == "customer"
    return _gap(
        "customer_without_purchase",
        _count(frame, marked & (pl.col("purchases") == 0)),
        "Marked as customers, but no purchase is on record.",
        "Counted as leads, so the winback track is too small",
        "Add purchases",
    )


def _added_later(frame: pl.DataFrame, account: AccountFacts) -> Gap | None:
    return _gap(
        "added_later",
        _count(frame, pl.col("created_at") > account.as_of),
        "Added after the date of this audit.",
        "Counted as active, unless heard from before",
        "Check dates",
    )


def _no_sales(frame: pl.DataFrame, _account: AccountFacts) -> Gap | None:
    if not frame.height or frame["typical_sale"].is_not_null().any():
        return None
    return Gap(
        "no_sale_values",
        None,
        "No sale has an amount, so the value at stake can't be worked out.",
        "Counts are complete, money is left out",
        "Add purchases",
    )
