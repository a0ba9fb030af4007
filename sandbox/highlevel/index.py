"""What contact search can see: documents that lag behind the contacts by a real time."""

import random
from collections.abc import Callable, Iterator

from sandbox.highlevel.config import HighLevelLimits
from sandbox.highlevel.contacts import Contact, Contacts
from sandbox.kit.answers import Json

Describe = Callable[[Contact], Json]


class SearchIndex:
    """Keeps what a contact looked like before its last writes, until the index has caught up."""

    def __init__(
        self,
        contacts: Contacts,
        describe: Describe,
        limits: HighLevelLimits,
        wall: Callable[[], float],
        seed: int,
    ) -> None:
        self._contacts, self._describe = contacts, describe
        self._limits, self._wall = limits, wall
        self._dice = random.Random(seed)
        self._stale: dict[str, tuple[float, Json | None]] = {}
        contacts.before_write(self._keep)

    def documents(self) -> Iterator[Json]:
        """One document for each contact that search can see, in the order they were made."""
        self._sweep()
        seen = set()
        for contact in self._contacts.each():
            seen.add(contact.id)
            kept = self._stale.get(contact.id)
            if kept is None:
                yield self._describe(contact)
            elif kept[1] is not None:
                yield kept[1]
        for contact_id, (_, before) in list(self._stale.items()):
            if contact_id not in seen and before is not None:
                yield before

    def catch_up(self) -> None:
        """Make everything searchable at once."""
        self._stale.clear()

    def _keep(self, contact_id: str) -> None:
        limits, now = self._limits, self._wall()
        low, high = limits.search_lag_min_seconds, limits.search_lag_max_seconds
        if high <= 0:
            return
        due = now + self._dice.uniform(min(low, high), high)
        known = self._stale.get(contact_id)
        if known is not None and known[0] > now:
            self._stale[contact_id] = (max(known[0], due), known[1])
            return
        contact = self._contacts.get(contact_id)
        self._stale[contact_id] = (due, None if contact is None else self._describe(contact))

    def _sweep(self) -> None:
        if self._limits.search_lag_max_seconds <= 0:
            self._stale.clear()  # a lag that was switched off leaves nothing behind
        now = self._wall()
        for key in [key for key, (due, _) in self._stale.items() if due <= now]:
            del self._stale[key]
