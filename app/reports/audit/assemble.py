"""From files to an audit: read, map, join, score, sum up."""

from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

import polars as pl

from app.reports.audit.first_step import no_dates, with_first_step
from app.reports.reading.activities import Other, listed
from app.reports.reading.contact_mapping import Ask, map_contacts, sources_in
from app.reports.reading.contacts import CHANNELS, ContactData, read_contacts
from app.reports.reading.events import EventData, read_activities, read_purchases
from app.reports.reading.mapping import (
    FileMapping,
    check_columns,
    check_used,
    looks_like_purchases,
    map_activities,
    map_purchases,
    unused_by_reason,
)
from app.reports.reading.reader import BadRows, Layout, Table, inspect, read
from app.reports.reading.styles import check_styled
from core.errors import Invalid
from inputs.activity_kinds import Meaning
from inputs.values.style import Style
from scoring.features.input_frames import is_human
from scoring.score import ScoreSettings, score_contacts
from scoring.summary.audit import summarise
from scoring.summary.audit_summary import AuditSummary, Gap

Opener = Callable[[Path], AbstractContextManager[BinaryIO]]


@dataclass(frozen=True, slots=True)
class Files:
    """What is audited, and how the user wants its columns read."""

    contacts: Path
    activities: Path | None = None
    purchases: Path | None = None
    wishes: dict[str, str] | None = None
    kinds: Mapping[str, Meaning] | None = None
    styles: Mapping[str, Style] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Audit:
    """A finished audit: the summary, what each file was taken for, and what could not be read."""

    summary: AuditSummary
    mappings: dict[str, FileMapping]
    bad_rows: BadRows
    others: tuple[Other, ...] = ()

    @property
    def unused(self) -> dict[str, list[str]]:
        """Why columns were not used → which."""
        return unused_by_reason(self.mappings)

    def to_json(self) -> dict[str, object]:
        """The one object of `rekindle audit --json`."""
        return self.summary.to_json() | {
            "mapping": {
                kind: {"label": m.label, "columns": m.columns, "further": m.further}
                for kind, m in self.mappings.items()
            },
            "unused": [
                {"file": kind, "column": entry.column, "reason": entry.reason}
                for kind, m in self.mappings.items()
                for entry in m.unused
            ],
            "other_activities": listed(self.others),
            "bad_rows": [asdict(row) for row in self.bad_rows.kept],
            "bad_rows_total": self.bad_rows.total,
        }


def run_audit(
    files: Files,
    *,
    as_of: datetime,
    settings: ScoreSettings,
    opener: Opener,
    ask: Ask | None,
    currency: str | None = None,
) -> Audit:
    """Audit the files as of a moment; raises Invalid, saying what to do, if one can't be used.

    `opener` opens a file for reading bytes (and may show progress); `ask` asks a person about an unknown file's
    columns, if there is one to ask. Amounts are in `currency`, or else in the one that the files name.
    """
    bad, currencies = BadRows(), list[str]()
    layouts = _layouts(files)
    check_styled(files.styles, [name for layout in layouts.values() for name in layout.headers])
    mappings = _mappings(layouts, files.wishes or {}, ask, opener, as_of)

    def table(kind: str) -> Table:
        read_in = _read(layouts[kind], mappings[kind], opener, bad)
        return replace(read_in, as_of=as_of, styles=files.styles, currencies=currencies)

    # One file after the other, so that what was read of one is let go before the next.
    people = _contacts(table, layouts, mappings, bad, as_of)
    parts = _events(table, mappings, people, as_of=as_of, bad=bad, kinds=files.kinds)
    contacts = pl.concat(
        [people.contacts, *(part.added for part in parts)], how="diagonal_relaxed"
    ).unique("contact_id", keep="first", maintain_order=True)
    if not contacts.height:
        raise Invalid(f"{files.contacts} has a header but no contacts. Export it again.")
    events = pl.concat([people.events, *(part.events for part in parts)], how="diagonal")
    events, gaps = _with_loose(events, people.loose, activities="activities" in mappings)
    known = [*people.gaps, *(gap for part in parts for gap in part.gaps)]
    others = tuple(other for part in parts for other in part.others)
    gaps = [*known, *gaps, *_no_channels(contacts, mappings), *_unread(bad)]
    gaps += _other_currency(currencies, currency)
    settings = replace(settings, currency=currency or _usual(currencies) or settings.currency)
    del people, parts  # what was read is let go before it is summed up
    scored = score_contacts(contacts, events, as_of=as_of, settings=settings)
    del contacts, events
    summary = summarise(scored, gaps=gaps)
    summary = replace(summary, gaps=(*no_dates(mappings), *summary.gaps))
    summary = with_first_step(summary, mappings)
    return Audit(summary, mappings, bad, others)


def _layouts(files: Files) -> dict[str, Layout]:
    """How each file is written; a lone list of purchases may stand for the contacts."""
    layouts = {"contacts": inspect(files.contacts)}
    if files.activities:
        layouts["activities"] = inspect(files.activities)
    if files.purchases:
        layouts["purchases"] = inspect(files.purchases)
    elif not files.wishes and looks_like_purchases(layouts["contacts"].headers):
        layouts["purchases"] = layouts.pop("contacts")
    return layouts


def _mappings(
    layouts: dict[str, Layout],
    wishes: dict[str, str],
    ask: Ask | None,
    opener: Opener,
    as_of: datetime,
) -> dict[str, FileMapping]:
    check_columns(wishes, [header for layout in layouts.values() for header in layout.headers])
    mappings = {}
    if "contacts" in layouts:
        with opener(layouts["contacts"].path) as stream:
            sources = sources_in(layouts["contacts"], stream)
        mappings["contacts"] = map_contacts(sources, wishes, ask, as_of=as_of)
    if "activities" in layouts:
        mappings["activities"] = map_activities(layouts["activities"].headers, wishes)
    if "purchases" in layouts:
        mappings["purchases"] = map_purchases(layouts["purchases"].headers, wishes)
    check_used(wishes, list(mappings.values()))
    return mappings


def _read(layout: Layout, mapping: FileMapping, opener: Opener, bad: BadRows) -> Table:
    wanted = {column: name for name, column in mapping.every.items()}
    with opener(layout.path) as stream:
        return read(layout, stream, wanted, bad)


def _contacts(
    table: Callable[[str], Table],
    layouts: dict[str, Layout],
    mappings: dict[str, FileMapping],
    bad: BadRows,
    as_of: datetime,
) -> ContactData:
    if "contacts" in mappings:
        return read_contacts(table("contacts"), mappings["contacts"], bad, as_of=as_of)
    nobody = Table(
        layouts["purchases"],
        pl.DataFrame(schema={"contact_id": pl.String, "_line": pl.Int64}),
    )
    mapping = FileMapping("No contacts file", {"contact_id": "contact_id"})
    return read_contacts(nobody, mapping, bad, as_of=as_of)


def _events(
    table: Callable[[str], Table],
    mappings: dict[str, FileMapping],
    people: ContactData,
    *,
    as_of: datetime,
    bad: BadRows,
    kinds: Mapping[str, Meaning] | None,
) -> list[EventData]:
    parts = []
    if "activities" in mappings:
        parts.append(
            read_activities(
                table("activities"), mappings["activities"], people.keys, bad, kinds=kinds
            )
        )
    if "purchases" in mappings:
        columns = _naming_people(mappings)
        parts.append(
            read_purchases(
                table("purchases"),
                mappings["purchases"],
                people.keys,
                bad,
                as_of=as_of,
                reachable=not any(channel in columns for channel in CHANNELS),
                kinds=kinds,
            )
        )
    return parts


def _with_loose(
    events: pl.DataFrame, loose: pl.DataFrame, *, activities: bool
) -> tuple[pl.DataFrame, list[Gap]]:
    """Add the last activity of any kind where nothing better is known, and say so."""
    if activities or loose.is_empty():
        return events, []
    better = events.filter(is_human()).select("contact_id").unique()
    used = loose.join(better, on="contact_id", how="anti")
    if used.is_empty():
        return events, []
    gap = Gap(
        "last_activity_only",
        used.height,
        "Known only by their last activity of any kind, which may have been yours.",
        "They may have been quiet for longer than shown",
        "Add replies or an activities file",
    )
    return pl.concat([events, used], how="diagonal"), [gap]


def _naming_people(mappings: dict[str, FileMapping]) -> dict[str, str]:
    """The columns that may say how people are reached: the contacts', or those of a lone list of purchases."""
    return mappings["contacts" if "contacts" in mappings else "purchases"].columns


def _no_channels(contacts: pl.DataFrame, mappings: dict[str, FileMapping]) -> list[Gap]:
    columns = _naming_people(mappings)
    if any(channel in columns for channel in CHANNELS):
        return []
    return [
        Gap(
            "channels_unknown",
            contacts.height,
            "No email or phone column, so who can be reached is open.",
            "Everyone is counted as reachable: values are an upper limit",
            "Add addresses",
        )
    ]


def _usual(currencies: list[str]) -> str | None:
    return Counter(currencies).most_common(1)[0][0] if currencies else None


def _other_currency(currencies: list[str], said: str | None) -> list[Gap]:
    """The files name another currency than the one that was asked for."""
    named = _usual(currencies)
    # A dollar sign stands for the dollars of many countries.
    if said is None or named in (None, said, "USD"):
        return []
    return [
        Gap(
            "other_currency",
            None,
            f"Amounts are written in {named}, and shown as {said}, for you said so.",
            "Values are off by the rate",
            f"Leave --currency out, or say --currency {named}",
        )
    ]


def _unread(bad: BadRows) -> list[Gap]:
    if not bad.total:
        return []
    return [
        Gap(
            "bad_rows",
            bad.total,
            "Rows or cells that can't be read, listed by line.",
            "Left out, or counted without that value",
            "Fix the lines",
        )
    ]
