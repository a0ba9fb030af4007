"""A CRM that takes values, in the test's hands: it counts, refuses, loses, and dies where it is told to."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from connector.errors import CrmInvalid
from connector.port.writing import ContactWrite, Pace, WriteOutcome


class Killed(BaseException):
    """A worker ends without a word."""


@dataclass
class FakeWriter:
    """A CRM that takes values, counts writes, and refuses batches that hold a poisoned contact."""

    batch_size: int = 100
    pace: Pace = field(default_factory=lambda: Pace(contacts_per_second=100.0))
    poisoned: frozenset[str] = frozenset()
    gone: frozenset[str] = frozenset()
    silent: frozenset[str] = frozenset()
    held: dict[str, dict[str, str]] = field(default_factory=dict)
    written: dict[str, int] = field(default_factory=dict)
    calls: int = 0
    die_at: int = 0
    die_after_writing: bool = True
    meanwhile: Callable[[Sequence[ContactWrite]], None] | None = None

    def write(self, writes: Sequence[ContactWrite]) -> Sequence[WriteOutcome]:
        self.calls += 1
        if self.meanwhile is not None:
            self.meanwhile(writes)
        dying = self.die_at and self.calls == self.die_at
        if dying and not self.die_after_writing:
            raise Killed
        if any(w.contact_id in self.poisoned for w in writes):
            raise CrmInvalid("the CRM refused: INVALID_OPTION for rekindle_track")
        outcomes = [self._one(w) for w in writes]
        if dying:
            raise Killed
        return outcomes

    def _one(self, write: ContactWrite) -> WriteOutcome:
        if write.contact_id in self.gone:
            return WriteOutcome(write.contact_id, succeeded=False, reason="OBJECT_NOT_FOUND")
        self.written[write.contact_id] = self.written.get(write.contact_id, 0) + 1
        if write.contact_id not in self.silent:
            self.held.setdefault(write.contact_id, {}).update(write.values)
        return WriteOutcome(write.contact_id, succeeded=True)

    def fetch_values(
        self, contact_ids: Sequence[str], names: Sequence[str]
    ) -> Mapping[str, Mapping[str, str]]:
        return {i: self.held[i] for i in contact_ids if i in self.held}
