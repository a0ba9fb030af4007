"""Finds who is in the CRM and not in the mirror, or the other way round, by counting who was made when."""

from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence

from connector.patience import patiently
from connector.port.changes import ReadsChanges, Span

# Contacts (made at, id) in their order.
Known = Sequence[tuple[int, str]]

LISTED = 200  # so few are listed instead of being counted in ever smaller parts


def find_differences(
    crm: ReadsChanges, known: Known, *, until: int, pause: Callable[[float], None]
) -> Iterator[list[str]]:
    """Ids that are on one side only, among the contacts made before `until`, part by part.

    One that is gone is found among 200,000 by about 12 questions: a part in which both sides count alike
    is left alone, every other one is split in two until it is small enough to be listed.
    """

    def count(span: Span) -> int:
        return patiently(lambda: crm.count_contacts(span), pause=pause)

    whole = (0, until)
    waiting = [(whole, count(whole))]
    while waiting:
        span, theirs = waiting.pop()
        ours = _within(known, span)
        if theirs == len(ours):
            continue
        middle = _middle(ours, span)
        if max(theirs, len(ours)) <= LISTED or middle is None:
            yield _differing(crm, ours, span, pause)
            continue
        first, second = (span[0], middle), (middle, span[1])
        theirs_first = count(first)
        waiting += [(first, theirs_first), (second, theirs - theirs_first)]


def _differing(
    crm: ReadsChanges, ours: Known, span: Span, pause: Callable[[float], None]
) -> list[str]:
    theirs = patiently(lambda: crm.list_contacts(span), pause=pause)
    return sorted({contact_id for _, contact_id in ours} ^ set(theirs))


def _within(known: Known, span: Span) -> Known:
    since, until = span
    return known[bisect_left(known, (since, "")) : bisect_left(known, (until, ""))]


def _middle(ours: Known, span: Span) -> int | None:
    """A moment that splits the known ones in two; None where the span cannot be split."""
    since, until = span
    if until - since <= 1:
        return None
    middle = ours[len(ours) // 2][0] if ours else (since + until) // 2
    return min(max(middle, since + 1), until - 1)
