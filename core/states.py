"""States of a thing and the transitions between them: one table for each thing, everything else is impossible."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

from core.errors import AppError

S = TypeVar("S", bound=StrEnum)


class ImpossibleTransition(AppError):
    """A thing was to go from one state to another that does not follow it; nothing was changed.

    No Conflict: that is what a job expects when another worker was faster, and this is nothing to expect.
    """

    code = "impossible_transition"

    def __init__(self, thing: str, old: str, new: str) -> None:
        super().__init__(f"No {thing} goes from {old} to {new}.")
        self.thing, self.old, self.new = thing, str(old), str(new)


@dataclass(frozen=True, slots=True)
class Machine(Generic[S]):
    """What a `thing` may become: for each state those that may follow it.

    To be in a state already is no transition: asking for it again changes nothing and is no error, so that a
    job may run twice. A state that follows itself in the table may have its other values written again.
    """

    thing: str
    table: Mapping[S, frozenset[S]]

    def allows(self, old: S, new: S) -> bool:
        return new in self.table[old]

    def check(self, old: S, new: S) -> None:
        """Raises ImpossibleTransition where `new` neither follows `old` nor is the same."""
        if old != new and not self.allows(old, new):
            raise ImpossibleTransition(self.thing, old, new)

    def before(self, new: S) -> tuple[S, ...]:
        """The states that `new` may follow: what an UPDATE to it asks for."""
        return tuple(old for old in self.table if self.allows(old, new))
