"""The records of the people whom the gate is asked about: those of one person are looked at together."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.engine import Connection

from core.db import CHUNK
from scoring.store import load_scores
from sync.mirror.same import load_same
from workflows.gate.do_not_contact import code_of


@dataclass(frozen=True, slots=True)
class Records:
    """Contact → last sign of life, of those asked about and of whoever is the same person as one of them."""

    last_human: Mapping[str, datetime | None]
    same: Mapping[str, frozenset[str]]

    def parts(self) -> Iterator[list[str]]:
        """All of them, some hundred at a time, the records of one person never apart."""
        part: list[str] = []
        for group in self.groups(self.last_human):
            if part and len(part) + len(group) > CHUNK:
                yield part
                part = []
            part += group
        if part:
            yield part

    def groups(self, among: Collection[str]) -> Iterator[list[str]]:
        """The records of each person, as far as they are among these."""
        seen: set[str] = set()
        for contact_id in self.last_human:
            if contact_id in seen or contact_id not in among:
                continue
            group = [i for i in sorted(self.same.get(contact_id, {contact_id})) if i in among]
            seen.update(group)
            yield group


def load_records(
    connection: Connection,
    account_id: str,
    last_human: Mapping[str, datetime | None],
    *,
    tenant_zone: str | None,
) -> Records:
    """These contacts with the other records of the same people; `last_human` is contact → last sign of life."""
    same = load_same(connection, account_id, last_human, code=code_of(tenant_zone))
    others = sorted({i for group in same.values() for i in group} - {*last_human})
    seen: dict[str, datetime | None] = {**last_human, **dict.fromkeys(others)}
    names = ("contact_id", "last_human_at")
    for row in load_scores(connection, account_id, others, names=names) if others else ():
        seen[row["contact_id"]] = row["last_human_at"]
    return Records(seen, {**same, **_of_each(same.values())})


def _of_each(groups: Iterable[frozenset[str]]) -> dict[str, frozenset[str]]:
    return {contact_id: group for group in groups for contact_id in group}
