"""Who is on one side only is found by few questions, however large the account is."""

import random
from collections.abc import Sequence

import pytest

from connector.port.changes import Changes, Span
from sync.backfill.presence import LISTED, find_differences

DAY = 86_400_000


class Counting:
    """A CRM that counts and lists its contacts by when they were made."""

    def __init__(self, made: dict[str, int]) -> None:
        self.made = made
        self.asked = 0

    def fetch_changes(self, watermark: str | None) -> Changes:
        raise NotImplementedError

    def _within(self, span: Span) -> list[str]:
        self.asked += 1
        return [i for i, at in self.made.items() if span[0] <= at < span[1]]

    def count_contacts(self, created: Span | None = None) -> int:
        return len(self._within(created or (0, 1 << 60)))

    def list_contacts(self, created: Span) -> Sequence[str]:
        return self._within(created)


def differences(crm: Counting, ours: dict[str, int], until: int = 1 << 50) -> set[str]:
    known = sorted((at, i) for i, at in ours.items())
    parts = find_differences(crm, known, until=until, pause=lambda _s: None)
    return {contact_id for part in parts for contact_id in part}


def people(number: int, *, at_once: int = 1) -> dict[str, int]:
    """`at_once` of them are made at the same moment, as an import makes them."""
    return {str(n): (n // at_once) * 1_000 + DAY for n in range(number)}


@pytest.mark.parametrize("at_once", [1, 7, 500, 5_000])
@pytest.mark.parametrize("side", ["theirs", "ours"])
def test_those_on_one_side_only_are_found_exactly(at_once: int, side: str) -> None:
    dice = random.Random(at_once)  # noqa: S311  pretend people
    everybody = people(5_000, at_once=at_once)
    missing = set(dice.sample(sorted(everybody), 15))
    rest = {i: at for i, at in everybody.items() if i not in missing}
    theirs, ours = (rest, everybody) if side == "theirs" else (everybody, rest)
    assert differences(Counting(theirs), ours) == missing


def test_nobody_is_looked_for_where_both_sides_count_alike() -> None:
    crm = Counting(people(5_000))
    assert differences(crm, people(5_000)) == set()
    assert crm.asked == 1


def test_one_who_is_gone_is_found_by_few_questions() -> None:
    crm = Counting(people(60_000))
    del crm.made["41234"]
    assert differences(crm, people(60_000)) == {"41234"}
    assert crm.asked <= 12


def test_an_emptied_account_is_found_empty() -> None:
    ours = people(3 * LISTED)
    assert differences(Counting({}), ours) == set(ours)


def test_those_made_a_moment_ago_are_left_to_the_next_time() -> None:
    """A search may not have them yet."""
    ours = {**people(10), "new": 50 * DAY}
    assert differences(Counting(people(10)), ours, until=49 * DAY) == set()
