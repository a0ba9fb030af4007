"""What a CRM's own searches tell of changes, without any delivery."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

from connector.port.records import ActivityRow

# Contacts that were made from the first moment on and before the second (ms, by the CRM's clock).
Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Changes:
    """What the CRM's own searches tell of changes: mostly ids, to be read again.

    A search lags behind the records, so its values are not taken. `moved` is contact → when it was last
    changed, None where only a reading by id can tell what is new. `busy` are contacts whose deals or
    tickets changed without them, or with whom something was logged, `replaced` ids in whose place others
    have come. Activities are complete.
    """

    moved: Mapping[str, int | None] = field(default_factory=dict)
    busy: Sequence[str] = ()
    replaced: Sequence[str] = ()
    activities: Sequence[ActivityRow] = ()
    watermark: str = ""  # from where to ask on
    more: bool = False  # there is more to be asked for at once
    # Until when (ms, by the CRM's clock) its searches have everything; None where it does not say.
    settled_at: int | None = None


@runtime_checkable
class ReadsChanges(Protocol):
    """Tells without any notice what has changed, and counts who is there."""

    def fetch_changes(self, watermark: str | None) -> Changes:
        """A page of what changed since the watermark; with None no changes, but a watermark of now.

        Asked again until there is no more, every change is told at least once, whatever the clocks here say.
        """
        ...

    def count_contacts(self, created: Span | None = None) -> int:
        """How many contacts there are, or were made in that span and are still there."""
        ...

    def list_contacts(self, created: Span) -> Sequence[str]:
        """Ids of the contacts that were made in that span and are still there."""
        ...
