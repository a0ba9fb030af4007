"""Associations between the records of one portal, kept in both directions."""

from dataclasses import dataclass, field

Ends = tuple[str, str, str]  # kind and id on one side, kind on the other


@dataclass(slots=True)
class Links:
    """Which records belong together, oldest first."""

    _rows: dict[Ends, dict[str, None]] = field(default_factory=dict)

    def of(self, kind: str, record_id: str, to_kind: str) -> list[str]:
        """Ids on the other side."""
        return list(self._rows.get((kind, record_id, to_kind), ()))

    def add(self, kind: str, record_id: str, to_kind: str, to_id: str) -> bool:
        """Link two records; False when they are linked already."""
        row = self._rows.setdefault((kind, record_id, to_kind), {})
        if to_id in row:
            return False
        row[to_id] = None
        self._rows.setdefault((to_kind, to_id, kind), {})[record_id] = None
        return True

    def remove(self, kind: str, record_id: str, to_kind: str, to_id: str) -> bool:
        """Unlink two records; False when they are not linked."""
        row = self._rows.get((kind, record_id, to_kind), {})
        if to_id not in row:
            return False
        del row[to_id]
        del self._rows[to_kind, to_id, kind][record_id]
        return True

    def drop(self, kind: str, record_id: str, to_kind: str) -> list[str]:
        """Unlink a record from every record of a kind and return their ids."""
        others = list(self._rows.pop((kind, record_id, to_kind), ()))
        for other in others:
            self._rows[to_kind, other, kind].pop(record_id, None)
        return others


def singular(kind: str) -> str:
    """The kind of one record: contact, company, deal."""
    return "company" if kind == "companies" else kind.removesuffix("s")
