"""The decision log of an account, some entries at a time: as JSON, as CSV and in words."""

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, TextIO

import orjson

from core.context import Context
from core.db import reading
from oauth.account_settings.changing import owner_of
from oauth.account_settings.history import Change, load_changes
from sync.mirror import aliases
from workflows.log import store

COLUMNS = (
    "at", "recorded_at", "what", "who", "by", "contact_id", "contact_hash", "standing", "programme",
    "channel", "rule", "reason", "evidence", "consent", "subject", "version",
)  # fmt: skip
Line = Mapping[str, Any]


def read(here: Context, account_id: str, contact_id: str | None) -> Iterator[list[Line]]:
    """The entries of an account, or of one of its contacts, the oldest first; raises NotFound for no account.

    A contact's entries are those under every id that merges have ended as well. Changes of settings have a history
    of their own; they come first.
    """
    with reading(here.engine) as connection:
        owner = owner_of(connection, account_id)
        ids = None
        if contact_id is not None:
            ids = aliases.load_same(connection, account_id, [contact_id])
        else:
            changes = load_changes(connection, owner)
    if contact_id is None and changes:
        yield [line for change in reversed(changes) for line in _settings(change)]
    after = 0
    while True:
        with reading(here.engine) as connection:
            rows = store.load_entries(connection, account_id, contact_ids=ids, after=after)
        if not rows:
            return
        yield [_line(row) for row in rows]
        after = rows[-1]["entry_id"]


def _line(row: Mapping[str, Any]) -> Line:
    moments = {name: row[name].isoformat() for name in ("at", "recorded_at")}
    return {name: row[name] for name in COLUMNS} | moments


def _settings(change: Change) -> Iterator[Line]:
    for step in change.steps:
        told = f"{step.name}: {step.before or 'not set'} -> {step.after or 'not set'}"
        at = change.at.isoformat()
        more = {"what": "setting", "who": "person", "by": change.by, "reason": told}
        yield dict.fromkeys(COLUMNS) | {"at": at, "recorded_at": at} | more


def write_csv(pages: Iterable[Sequence[Line]], file: TextIO) -> None:
    writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
    writer.writeheader()
    for page in pages:
        for line in page:
            consent = line["consent"]
            told = None if consent is None else orjson.dumps(consent).decode()
            writer.writerow({**line, "consent": told})


def lines(page: Sequence[Line]) -> Iterator[str]:
    """One line for each entry, for a person at a terminal."""
    for line in page:
        who = line["by"] or str(line["who"]).replace("_", " ")
        parts = [line["at"][:16].replace("T", " "), line["what"], line["contact_id"] or ""]
        parts += [line["standing"] or "", line["programme"] or "", line["channel"] or ""]
        why = " ".join(filter(None, (line["rule"], line["reason"])))
        evidence = f"({line['evidence']})" if line["evidence"] else ""
        yield "  ".join(filter(None, [*parts, why, evidence, f"by {who}"]))
