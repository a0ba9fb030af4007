"""The files of a backtest made into one list of dated events, in the order they are written."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time
from pathlib import Path

import polars as pl

from app.reports.audit.assemble import Opener
from app.reports.backtest.people import keys_of, nameless
from app.reports.reading.activities import Other
from app.reports.reading.columns import report
from app.reports.reading.events import EventData, read_activities, read_purchases
from app.reports.reading.mapping import (
    FileMapping,
    check_columns,
    check_used,
    map_activities,
    map_purchases,
)
from app.reports.reading.reader import BadRows, Layout, Table, inspect, read
from app.reports.reading.styles import check_styled
from core.errors import Invalid
from inputs.activity_kinds import Meaning
from inputs.values.style import Style
from scoring.features.input_frames import is_human, is_mailing, is_outreach
from scoring.summary.audit_summary import Gap

PURCHASES, ACTIVITIES = "purchases", "activities"
# Later than any date that can be read.
_NEVER = datetime(2200, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Files:
    """What is tested on, and how the user wants its columns read."""

    purchases: Path | None = None
    activities: Path | None = None
    wishes: Mapping[str, str] | None = None
    kinds: Mapping[str, Meaning] | None = None
    styles: Mapping[str, Style] = field(default_factory=dict)

    @property
    def named(self) -> dict[str, Path]:
        """Kind → path of those that were given."""
        given = {PURCHASES: self.purchases, ACTIVITIES: self.activities}
        return {kind: path for kind, path in given.items() if path is not None}


@dataclass(frozen=True, slots=True)
class History:
    """Events (`contact_id`, `date`, `amount`, `file`, `human`, `sent`), and what to say of the reading.

    `file` is purchases or activities; what is not `human` only shows that the person was known, and, where it
    was `sent`, that we wrote to them or called.
    """

    events: pl.DataFrame
    files: dict[str, Path]
    mappings: dict[str, FileMapping]
    warnings: tuple[str, ...]
    bad_rows: BadRows
    others: tuple[Other, ...] = ()


def read_history(files: Files, opener: Opener, *, end: date) -> History:
    """Read and join the files, until `end` as they were known then.

    Raises Invalid, saying what to do, if one can't be used.
    """
    if not files.named:
        raise Invalid(
            "There is nothing to test on. Give a file of purchases, one of activities "
            "(--activities FILE), or both."
        )
    bad = BadRows()
    layouts = {kind: inspect(path) for kind, path in files.named.items()}
    check_styled(files.styles, [name for layout in layouts.values() for name in layout.headers])
    mappings = _mappings(layouts, files.wishes or {})
    tables = {
        kind: replace(_read(layouts[kind], mappings[kind], opener, bad), styles=files.styles)
        for kind in layouts
    }
    keys = keys_of(list(tables.values()))
    parts = [
        _events(kind, table, mappings[kind], keys, bad, files.kinds, end)
        for kind, table in tables.items()
    ]
    for kind, (events, *_) in zip(tables, parts, strict=True):
        if events.is_empty():
            raise Invalid(
                f"{files.named[kind]} has no {kind} that can be used. Check the columns "
                f'(--map "Column=field") or export it again.'
            )
    warnings = tuple(
        _say(gap) for _, data in parts for gap in data.gaps if gap.key != "unknown_contacts"
    )
    others = tuple(other for _, data in parts for other in data.others)
    events = pl.concat(part for part, _ in parts)
    return History(events, files.named, mappings, warnings, bad, others)


def _mappings(layouts: Mapping[str, Layout], wishes: Mapping[str, str]) -> dict[str, FileMapping]:
    check_columns(wishes, [header for layout in layouts.values() for header in layout.headers])
    readers = {PURCHASES: map_purchases, ACTIVITIES: map_activities}
    mappings = {kind: readers[kind](layout.headers, wishes) for kind, layout in layouts.items()}
    check_used(wishes, list(mappings.values()))
    return mappings


def _read(layout: Layout, mapping: FileMapping, opener: Opener, bad: BadRows) -> Table:
    wanted = {column: field for field, column in mapping.columns.items()}
    with opener(layout.path) as stream:
        table = read(layout, stream, wanted, bad)
    return Table(layout, table.frame.with_columns(date=_with_hyphens("date")))


def _with_hyphens(column: str) -> pl.Expr:
    """ISO dates written in one (19970101) as the audit's reader knows them (1997-01-01)."""
    return pl.col(column).str.replace(r"^((?:19|20)\d\d)([01]\d)([0-3]\d)$", "${1}-${2}-${3}")


def _events(
    kind: str,
    table: Table,
    mapping: FileMapping,
    keys: pl.DataFrame,
    bad: BadRows,
    kinds: Mapping[str, Meaning] | None,
    end: date,
) -> tuple[pl.DataFrame, EventData]:
    if kind == PURCHASES:
        data = read_purchases(
            table,
            mapping,
            keys,
            bad,
            as_of=_NEVER,
            reachable=True,
            kinds=kinds,
            known_until=datetime.combine(end, time.max, UTC),
        )
    else:
        data = read_activities(table, mapping, keys, bad, kinds=kinds)
        report(table, nameless(table), "", "the activity names nobody", bad)
    events = data.events.select(
        "contact_id",
        date=pl.col("occurred_at").dt.date(),
        amount=pl.col("amount").fill_null(0.0),
        file=pl.lit(kind),
        human=is_human(),
        sent=is_outreach() | is_mailing(),
    )
    return events, data


def _say(gap: Gap) -> str:
    text = gap.text.rstrip(".")
    counted = (
        text if gap.key.startswith("date_order") or text.endswith(")") else f"{text}: {gap.count:,}"
    )
    return f"{counted}. {gap.consequence}. {gap.fix}."
