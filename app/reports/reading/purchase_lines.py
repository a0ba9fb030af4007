"""The lines of a purchases file as values: what was paid or given back, when, by whom, in which order."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import polars as pl

from app.reports.reading.activities import Other
from app.reports.reading.columns import report, typed
from app.reports.reading.mapping import FileMapping
from app.reports.reading.purchase_gaps import (
    currencies_gap,
    price_gap,
    signs_gap,
    statuses_gap,
)
from app.reports.reading.reader import LINE, BadRows, Table
from inputs.activity_kinds import Meaning
from inputs.input import Kind
from inputs.list_names import ORDER_TOTALS, UNIT_PRICES
from inputs.purchase_states import (
    CANCELLED,
    PAID,
    PART,
    REFUNDED,
    RETURN,
    VOID,
    state_of,
)
from inputs.values.currencies import CURRENCY_CODES
from inputs.values.ids import first_written
from inputs.words import plain_words
from scoring.summary.audit_summary import Gap

_TEXT = ("contact", "email", "order", "parent", "status", "voided", "type", "currency")
_KEPT = (
    *("contact", "email", "order", "parent", "date", "amount", "refunded"),
    *("back", "firm", "void", "told", "part", LINE),
)
_MINUS = r"^\s*[^\d]*[-−–(]|-\s*$"
# So many more lines with a minus than without are sales of somebody who writes them so.
_MOSTLY = 4
_ENOUGH = 20
_LONGEST = 40


@dataclass(frozen=True, slots=True)
class Lines:
    """One row for each line of the file, and what to say.

    Columns: `contact`, `email` as text; `order`, `parent` as numbers, one for each order there is; `date`; `amount`
    (never negative); `back` (it gives money back), `firm` (beyond doubt); `void` (it brought no money: the state that
    says so), `told` (a state is written), `part`; `refunded` (money of the order that was given back). `has_amounts`
    is False where only the number of things is known, and `order_totals` says that an amount may be the whole
    order's, on each of its lines.
    """

    frame: pl.DataFrame
    has_amounts: bool
    order_totals: bool
    gaps: list[Gap]


def purchase_lines(
    table: Table, mapping: FileMapping, bad: BadRows, *, chosen: Mapping[str, Meaning]
) -> Lines:
    """Every line of the file; what can't be read is reported, and so is a line without a date.

    The table lets go of its text.
    """
    columns = mapping.columns
    kinds = _kinds(table, columns)
    dates = [field for field, kind in kinds.items() if kind is Kind.MOMENT]
    empty = pl.all_horizontal(pl.col(name).is_null() for name in dates)
    unsaid = table.frame.select(empty.alias("empty"))["empty"]
    frame, gaps = typed(table, kinds, columns, bad)
    table.let_go()
    frame = _complete(frame)
    frame = frame.with_columns(first_written(frame["contact"]).alias("contact"))
    frame, others = _with_states(frame, columns, chosen)
    frame, more = _with_amounts(frame, columns, table.currencies)
    frame = _with_orders(frame)
    undated = _undated(frame)
    report(table, undated & unsaid, columns["date"], "the date is missing", bad)
    frame = _numbered(frame.select(_KEPT))
    if undated.any():
        frame = frame.filter(~undated)
    shown = [*gaps, *more, *statuses_gap(others)]
    has_amounts = "amount" in columns or "price" in columns
    is_total = plain_words(columns.get("amount", "")) in ORDER_TOTALS
    return Lines(frame, has_amounts, is_total, shown)


def _numbered(frame: pl.DataFrame) -> pl.DataFrame:
    """Orders by number: their names are only compared with each other, and need many times the memory."""
    if frame["parent"].null_count() == frame.height:
        own = frame["order"].rank("dense")
        return frame.with_columns(order=own, parent=own.clear(frame.height))
    numbers = pl.concat([frame["order"], frame["parent"]]).rank("dense")
    return frame.with_columns(
        order=numbers.head(frame.height), parent=numbers.tail(frame.height).alias("parent")
    )


def _kinds(table: Table, columns: Mapping[str, str]) -> dict[str, Kind]:
    """How each column is read; a quantity only where it is needed, for a price or for its sign."""
    kinds = {field: Kind.MOMENT for field in ("date", "ordered_at") if field in columns}
    kinds |= {field: Kind.MONEY for field in ("amount", "price") if field in columns}
    if "quantity" in columns and (
        not {"amount"} <= columns.keys()
        or _is_priced(columns)
        or table.frame["quantity"].str.contains(_MINUS).any()
    ):
        kinds["quantity"] = Kind.COUNT
    if "refunded" in columns and not _is_flag(table.frame["refunded"]):
        kinds["refunded"] = Kind.MONEY
    return kinds


def _is_flag(column: pl.Series) -> bool:
    """A column of refunds that says yes and no, not how much."""
    said = column.drop_nulls()
    return said.len() > 0 and not said.str.contains(r"\d").any()


def _is_priced(columns: Mapping[str, str]) -> bool:
    """A plain "price" beside a quantity is that of one piece."""
    return "quantity" in columns and plain_words(columns.get("amount", "")) in UNIT_PRICES


def _complete(frame: pl.DataFrame) -> pl.DataFrame:
    moment = frame.schema["date"]
    absent: dict[str, pl.DataType | type[pl.DataType]] = {
        **dict.fromkeys(_TEXT, pl.String),
        **dict.fromkeys(("quantity", "amount", "price", "refunded"), pl.Float64),
        "ordered_at": moment,
    }
    frame = frame.with_columns(
        pl.lit(None, dtype=kind).alias(name)
        for name, kind in absent.items()
        if name not in frame.columns
    )
    if frame.schema["quantity"] == pl.String:
        frame = frame.with_columns(quantity=pl.lit(None, dtype=pl.Float64))
    return frame.with_columns(date=pl.coalesce("date", "ordered_at"))


def _with_states(
    frame: pl.DataFrame, columns: Mapping[str, str], chosen: Mapping[str, Meaning]
) -> tuple[pl.DataFrame, tuple[Other, ...]]:
    """Add what the words of states and types say; and the words of states that aren't known."""
    mine = {phrase: _chosen_state(meaning) for phrase, meaning in chosen.items()}
    # A column of refunds that holds words says whether, not how much.
    flagged = frame.schema["refunded"] == pl.String
    flags = frame["refunded"] if flagged else frame["refunded"].clear(frame.height).cast(pl.String)
    states = {
        "status": _read(frame["status"], lambda word: _told(word, columns["status"], mine)),
        "voided": _read(frame["voided"], lambda word: _voided(word, columns["voided"])),
        "type": _read(frame["type"], lambda word: _told_by_type(word, mine)),
        "flag": _read(flags, lambda word: state_of(word, header=columns["refunded"])),
    }
    unknown = frame["status"].is_not_null() & states["status"].is_null()
    others = _others(frame.filter(unknown)["status"])
    if flagged:
        frame = frame.with_columns(refunded=pl.lit(None, dtype=pl.Float64))
    frame = frame.with_columns(state.alias(f"_{name}") for name, state in states.items())
    every = [pl.col(f"_{name}") for name in states]
    frame = frame.with_columns(
        void=pl.coalesce(pl.when(state.is_in(VOID)).then(state) for state in every),
        told=pl.any_horizontal(state.is_not_null() for state in every),
        part=pl.any_horizontal(state.eq_missing(pl.lit(PART)) for state in every),
        type_back=pl.col("_type").eq_missing(pl.lit(RETURN)),
        state_back=pl.col("_status").eq_missing(pl.lit(RETURN)),
    )
    return frame.drop(f"_{name}" for name in states), others


def _told(word: str, header: str, mine: Mapping[str, str]) -> str | None:
    return mine.get(plain_words(word)) or state_of(word, header=header)


def _told_by_type(word: str, mine: Mapping[str, str]) -> str | None:
    chosen = mine.get(plain_words(word))
    return RETURN if chosen == REFUNDED else chosen or state_of(word, is_type=True)


def _voided(word: str, header: str) -> str | None:
    """In a column named "Cancelled at" any value but a no says that it was."""
    return state_of(word, header=header) or state_of(header)


def _chosen_state(meaning: Meaning) -> str:
    return {"purchase": PAID, "refund": REFUNDED}.get(meaning.kind, CANCELLED)


def _with_amounts(
    frame: pl.DataFrame, columns: Mapping[str, str], currencies: list[str]
) -> tuple[pl.DataFrame, list[Gap]]:
    """Add `amount` without its sign, and whether the line gives money back."""
    gaps: list[Gap] = []
    pieces = pl.col("quantity").fill_null(1.0)
    has_amounts = "amount" in columns or "price" in columns
    if _is_priced(columns):
        frame = frame.with_columns(price=pl.col("amount"))
        gaps += price_gap(int((frame["quantity"].abs() > 1).sum()), columns["amount"])
    if _is_priced(columns) or "amount" not in columns:
        worth = pl.col("price") * pieces if has_amounts else pieces
        frame = frame.with_columns(amount=worth)
    frame, more = _in_one_currency(frame, currencies)
    minus = (pl.col("amount") < 0) | (pl.col("quantity") < 0).fill_null(value=False)
    frame = frame.with_columns(minus=minus.fill_null(value=False))
    frame, flipped = _turned(frame, columns)
    settled = pl.col("void").is_in([REFUNDED, CANCELLED]).fill_null(value=False)
    is_back = pl.col("minus") | pl.col("type_back")
    # A refund that failed or waits gives nothing back.
    is_valid = pl.col("void").is_null() | (is_back & settled)
    frame = frame.with_columns(
        # A line with a minus that says "refunded" is the refund itself.
        void=pl.when(is_back & settled).then(pl.lit(None, dtype=pl.String)).otherwise("void"),
        back=(is_back | pl.col("state_back")) & is_valid,
        firm=is_back,
        amount=pl.col("amount").abs(),
        refunded=pl.col("refunded").abs(),
    )
    return frame, [*gaps, *more, *flipped]


def _in_one_currency(frame: pl.DataFrame, currencies: list[str]) -> tuple[pl.DataFrame, list[Gap]]:
    """Amounts in another than the most frequent currency are not added to it: they are left open.

    That one goes into `currencies`, before those that amounts name.
    """
    code = pl.col("currency").str.to_uppercase()
    counted = (
        frame.select(code).drop_nulls().group_by("currency").len().sort("len", descending=True)
    )
    usual, *others = counted["currency"].to_list() or [None]
    if usual in CURRENCY_CODES:
        currencies.insert(0, str(usual))
    if not others:
        return frame, []
    is_other = (code != usual).fill_null(value=False)
    frame = frame.with_columns(
        pl.when(is_other).then(None).otherwise(pl.col(name)).alias(name)
        for name in ("amount", "refunded")
    )
    return frame, currencies_gap(int(counted["len"][1:].sum()), usual, others)


def _turned(frame: pl.DataFrame, columns: Mapping[str, str]) -> tuple[pl.DataFrame, list[Gap]]:
    """Where (nearly) every amount has a minus, sales are written so, and a plus gives money back."""
    if "amount" not in columns:
        return frame, []
    plain = ~(pl.col("type_back") | (pl.col("quantity") < 0).fill_null(value=False))
    signs = {"less": pl.col("amount") < 0, "more": pl.col("amount") > 0}
    less, more = frame.select((plain & is_so).sum().alias(n) for n, is_so in signs.items()).row(0)
    if not less or (more and (less < _ENOUGH or less < _MOSTLY * more)):
        return frame, []
    turned = ~pl.col("minus") & pl.col("amount").ne(0).fill_null(value=False)
    frame = frame.with_columns(minus=pl.when(plain).then(turned).otherwise("minus"))
    return frame, signs_gap(int(less), columns["amount"])


def _with_orders(frame: pl.DataFrame) -> pl.DataFrame:
    """A line that names neither order, customer nor day goes on the order of the line before."""
    blank = pl.all_horizontal(pl.col("order", "contact", "email", "date").is_null())
    if frame["order"].null_count() == frame.height or not frame.select(blank.any()).item():
        return frame
    follows = blank & (pl.col("order").forward_fill().is_not_null())
    rows = frame.select(follows.alias("follows"))["follows"]
    # A single one at the end is a sum of the lines above.
    if rows.sum() == 1 and rows[-1]:
        return frame
    return frame.with_columns(
        order=pl.when(follows).then(pl.col("order").forward_fill()).otherwise("order")
    )


def _undated(frame: pl.DataFrame) -> pl.Series:
    """Lines without a date, but for those whose order has one, and those that brought no money."""
    bare = frame["date"].is_null()
    if not bare.any():
        return bare
    dated = frame.filter(~bare)["order"].drop_nulls().unique()
    known = pl.col("order").is_in(dated.implode()) if dated.len() else pl.lit(value=False)
    has_one = frame.select(known.fill_null(value=False).alias("known"))["known"]
    return bare & ~has_one & frame["void"].is_null()


def _others(column: pl.Series) -> tuple[Other, ...]:
    """Words that aren't known; numbers and longer texts are none that anybody could map."""
    counted = column.value_counts(sort=True)
    found = zip(counted.to_series(0).to_list(), counted.to_series(1).to_list(), strict=True)
    return tuple(
        Other(word, count)
        for word, count in found
        if len(word) <= _LONGEST and "@" not in word and not any(sign.isdigit() for sign in word)
    )


def _read(column: pl.Series, state: Callable[[str], str | None]) -> pl.Series:
    """What each word of a column says, read once for each word there is."""
    told = {word: state(word) for word in column.drop_nulls().unique().to_list()}
    if not told:
        return pl.Series(column.name, [None], dtype=pl.String).new_from_index(0, column.len())
    return column.replace_strict(told, default=None, return_dtype=pl.String)
