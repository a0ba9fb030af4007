"""What we last knew of an account: stored against incoming, decided in bulk."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import orjson

from connector.port.records import REFUSALS, ContactRow

# Moves with our own writes and says nothing about the person.
_NOT_CONTENT = {"known", "updated_at", "reason_at"}


@dataclass(frozen=True, slots=True)
class Stored:
    """What is compared of a mirrored contact."""

    content_hash: str
    known: str
    archived: bool
    updated_at: int | None = None
    read_at: int | None = None
    # A reason that stays the same is as old as when it was first seen.
    reason: str | None = None
    reason_at: int | None = None
    # Of REFUSALS; a reading that does not tell leaves a refusal as it was.
    told: Mapping[str, bool | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Difference:
    """`to_store` differ in anything; `changed` are those among them whose content differs."""

    to_store: list[tuple[ContactRow, str]]  # with its content hash
    changed: list[str]
    unchanged: list[str]


def content_hash(row: ContactRow) -> str:
    """32 hex digits over everything but our own properties and the time of change."""
    content = {k: v for k, v in row.items() if k not in _NOT_CONTENT}
    return hashlib.blake2b(
        orjson.dumps(content, option=orjson.OPT_SORT_KEYS), digest_size=16
    ).hexdigest()


def remember(stored: Mapping[str, Stored], incoming: Sequence[ContactRow]) -> list[ContactRow]:
    """The incoming contacts, with what this reading does not tell kept as it was.

    Some CRMs tell opt-outs only of a contact that is read by itself: a list must not unsay a refusal. A consent that
    is not told any more is none. No list tells how old a lost reason is, but one seen before is as old as then.
    """
    kept = []
    for row in incoming:
        old = stored.get(row["contact_id"])
        if old is None:
            kept.append(row)
            continue
        known: dict[str, bool | int | None] = {
            name: refusal
            for name, refusal in REFUSALS.items()
            if row.get(name) is None and old.told.get(name) is refusal
        }
        if old.reason_at is not None and old.reason == row["reason"]:
            known["reason_at"] = old.reason_at
        kept.append({**row, **known})  # type: ignore[typeddict-item]
    return kept


def completed(old: Stored, row: ContactRow) -> ContactRow:
    """The row of an answer to our own write: what it leaves out of what the contact allows has not changed by it."""
    left_out = {name: old.told.get(name) for name in REFUSALS if row.get(name) is None}
    return {**row, **left_out}  # type: ignore[typeddict-item]


def drop_outdated(
    stored: Mapping[str, Stored], incoming: Sequence[ContactRow], *, asked_at: int
) -> list[ContactRow]:
    """The incoming contacts without those of whom the mirror knows something newer.

    A page of a long reading may be stored after a change that a notice told of: the CRM's own times of
    change say which is newer. Somebody who was found gone since the page was asked for stays gone.
    """
    return [
        row
        for row in incoming
        if (old := stored.get(row["contact_id"])) is None or not _is_outdated(old, row, asked_at)
    ]


def _is_outdated(old: Stored, row: ContactRow, asked_at: int) -> bool:
    if old.archived and old.read_at is not None and asked_at < old.read_at:
        return True
    known = old.updated_at is not None and row["updated_at"] is not None
    return known and row["updated_at"] < old.updated_at  # type: ignore[operator]


def compare(stored: Mapping[str, Stored], incoming: Sequence[ContactRow]) -> Difference:
    """Which incoming contacts to store, and which of them are to be scored again.

    Our own writes coming back differ in `known` and the time of change alone: stored, but no reason to score again.
    """
    to_store: list[tuple[ContactRow, str]] = []
    changed: list[str] = []
    unchanged: list[str] = []
    for row in {r["contact_id"]: r for r in incoming}.values():
        new_hash = content_hash(row)
        old = stored.get(row["contact_id"])
        if old is None or old.content_hash != new_hash:
            to_store.append((row, new_hash))
            changed.append(row["contact_id"])
        elif (old.known, old.updated_at) != (row["known"], row["updated_at"]):
            to_store.append((row, new_hash))
        else:
            unchanged.append(row["contact_id"])
    return Difference(to_store, changed, unchanged)
