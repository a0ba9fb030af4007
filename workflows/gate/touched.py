"""What was sent to somebody lately and in which rounds, out of our own ledger and what the CRM records; pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

# The CRM's record of a message that we asked for is no second one.
_OURS_WITHIN = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Touched:
    """Of one contact; the moments as the rules about frequency ask for them (D7)."""

    last_started_at: datetime | None = None
    rounds_unanswered: int = 0
    last_touch_at: datetime | None = None
    last_marketing_at: datetime | None = None
    third_marketing_at: datetime | None = None


def touched(
    starts: Iterable[datetime],
    touches: Iterable[datetime],
    marketing: Iterable[datetime],
    *,
    known_starts: Iterable[datetime] = (),
    in_vain: Iterable[datetime] = (),
    last_human_at: datetime | None,
) -> Touched:
    """What rounds, touches and the CRM's record of marketing come to.

    `starts` are those of our ledger, one for each round; `known_starts` is what the CRM itself has of the last one,
    under each record of the person, which counts as a round where the ledger was lost; `in_vain` is when the CRM was
    asked for messages that it refused or shows no trace of: what it has from then on its record is no round.
    """
    rounds, none = sorted(starts), sorted(in_vain)
    ours = sorted({*touches, *rounds})
    # The CRM has the moment of the last message, which was the first of its round or a later one.
    for moment in known_starts:
        if not _is_near(moment, ours) and not _is_near(moment, none):
            rounds, ours = sorted([*rounds, moment]), sorted([*ours, moment])
    sent = sorted([*ours, *_of_others(marketing, ours)])
    return Touched(
        last_started_at=rounds[-1] if rounds else None,
        rounds_unanswered=sum(last_human_at is None or r > last_human_at for r in rounds),
        last_touch_at=ours[-1] if ours else None,
        last_marketing_at=sent[-1] if sent else None,
        third_marketing_at=sent[-3] if len(sent) > 2 else None,
    )


def _is_near(moment: datetime, others: Sequence[datetime]) -> bool:
    return any(abs(moment - other) < _OURS_WITHIN for other in others)


def _of_others(marketing: Iterable[datetime], ours: Sequence[datetime]) -> list[datetime]:
    """Messages that the CRM records and that are not the first after a touch of ours."""
    left = sorted(marketing)
    for asked in ours:
        own = next((m for m in left if asked <= m <= asked + _OURS_WITHIN), None)
        if own is not None:
            left.remove(own)
    return left


def of_others(
    acts: Iterable[tuple[str, datetime]], own: Iterable[tuple[str, datetime]]
) -> list[datetime]:
    """When somebody else wrote or called: of (channel, moment), each touch of ours takes one message of its channel."""
    left = sorted(acts, key=lambda act: act[1])
    for channel, asked in own:
        echo = next(
            (a for a in left if a[0] == channel and asked <= a[1] <= asked + _OURS_WITHIN), None
        )
        if echo is not None:
            left.remove(echo)
    return [moment for _, moment in left]
