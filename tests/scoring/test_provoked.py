"""What our own messages bring about does not teach who comes back by themselves."""

import numpy as np
import pytest

from scoring.features.timeline import Timeline, timeline
from scoring.learn.provoked import Provoked, fit_provoked, untouched
from scoring.learn.returning import fit_returning

pytestmark = pytest.mark.integration

TODAY, REACH = 17_000.0, 900


def mailed(
    seed: int, *, alone: float, replies: float, every: int, people: int = 1_500
) -> tuple[Timeline, Timeline]:
    """People who come by themselves at such a rate a day, and answer a mail with such a chance; and the mails."""
    dice = np.random.default_rng(seed)
    begin = -dice.integers(200, REACH, people).astype(float)
    visits = dice.random((people, REACH)) < alone
    sends = np.arange(every, REACH, every)
    answer = dice.random((people, len(sends))) < replies
    who, turn = np.nonzero(answer)
    day = sends[turn] + np.floor(dice.lognormal(0.5, 1.0, len(who))) - REACH
    person, place = np.nonzero(visits)
    all_of = np.concatenate([np.arange(people), person, who])
    days = np.concatenate([begin, place - REACH + 0.0, day])
    kept = (days >= begin[all_of]) & (days <= 0)
    line = timeline(all_of[kept], days[kept], begin)
    to, turn = np.nonzero((sends[None, :] - REACH) > begin[:, None] + 15)
    return line, Timeline(to, sends[turn] - REACH + 0.0, line.birth)


@pytest.mark.parametrize(
    ("alone", "replies", "every"), [(0.0001, 0.12, 91), (0.001, 0.2, 60), (0.002, 0.04, 30)]
)
def test_the_chance_untouched_is_told_though_everybody_is_written_to(
    alone: float, replies: float, every: int
) -> None:
    line, sent = mailed(1, alone=alone, replies=replies, every=every)
    found = fit_provoked(line, sent)
    left = untouched(line, sent, TODAY, found)
    told = fit_returning(left, horizon=90.0, today=TODAY).p_return(left, TODAY).mean()
    truth = 1 - (1 - alone) ** 90
    assert told == pytest.approx(truth, abs=0.02)
    assert (
        fit_returning(line, horizon=90.0, today=TODAY).p_return(line, TODAY).mean() > truth + 0.05
    )


def test_messages_that_bring_nothing_about_take_next_to_nothing_away() -> None:
    line, sent = mailed(2, alone=0.004, replies=0.0, every=45)
    left = untouched(line, sent, TODAY, fit_provoked(line, sent))
    assert len(left.day) > 0.93 * len(line.day)


def test_nothing_is_taken_away_where_nobody_was_written_to() -> None:
    line, sent = mailed(3, alone=0.004, replies=0.1, every=45, people=50)
    nobody = Timeline(sent.person[:0], sent.day[:0], line.birth)
    assert not any(fit_provoked(line, nobody).more)
    assert untouched(line, nobody, TODAY, fit_provoked(line, sent)) is line


def test_what_followed_an_answer_goes_with_it_and_tomorrow_the_same_is_gone() -> None:
    sure = Provoked((0.0,) * 6, (1.0,) * 6)
    person, day = np.zeros(5, dtype=np.int64), np.array([-300.0, -100.0, -95.0, -85.0, -50.0])
    line = timeline(person, day)
    sent = Timeline(np.zeros(1, dtype=np.int64), np.array([-102.0]), line.birth)
    assert untouched(line, sent, TODAY, sure).day.tolist() == [-300.0, -50.0]
    half = Provoked((0.01,) * 6, (0.01,) * 6)
    many, mails = mailed(4, alone=0.0005, replies=0.2, every=60, people=400)
    today, tomorrow = (
        untouched(
            Timeline(many.person, many.day - by, many.birth - by),
            Timeline(mails.person, mails.day - by, mails.birth - by),
            TODAY + by,
            half,
        )
        for by in (0.0, 1.0)
    )
    assert (today.day - 1.0).tolist() == tomorrow.day.tolist()
    assert 0.3 < len(today.day) / len(many.day) < 0.95
