"""The verdict is as plain when the score lost as when it won."""

import numpy as np
import pytest

from app.reports.backtest.verdict import judge
from app.reports.backtest.words import WORDS
from scoring.learn.backtest import Backtest, Method
from scoring.learn.metrics import Quality, log_loss, log_loss_gap
from scoring.learn.pace import Pace
from scoring.learn.returning import Returning
from scoring.learn.rhythm import Rhythm
from scoring.models.mbg_nbd import MbgNbd

MODEL = Returning(30.0, Pace(), Rhythm(1.0, MbgNbd(1, 1, 1, 1)))
KEYS = ("recency", "rfm", "bg_nbd")


def result(gaps: dict[str, tuple[float, float]], *, came: int = 300) -> Backtest:
    """A backtest of 1,000 people in which the score's log-loss is .5 and its rivals' differ by a gap."""

    def quality(loss: float) -> Quality:
        return Quality(1_000, came, 0.7, loss, 0.1, 0.01, 2.7)

    methods = (
        Method("rekindle", "Rekindle", quality(0.5), quality(0.5)),
        *(
            Method(key, key, quality(0.5 + gaps[key][0]), quality(0.5), gap=gaps[key])
            for key in KEYS
        ),
    )
    nobody = np.zeros(1_000)
    return Backtest(
        30.0, nobody, nobody, np.arange(1_000) < came, nobody.astype(np.int64), methods, (), MODEL
    )


def gaps(recency: float, rfm: float, bg_nbd: float) -> dict[str, tuple[float, float]]:
    return dict(zip(KEYS, ((recency, 0.004), (rfm, 0.004), (bg_nbd, 0.004)), strict=True))


@pytest.mark.parametrize(
    ("found", "kind", "sentence"),
    [
        (
            gaps(0.02, 0.03, 0.01),
            "better",
            (
                "On your own data the score tells who comes back better than recency, RFM and BG/NBD: "
                "log-loss 0.500 against 0.510 for the best of them; of those it called most likely "
                "(top tenth), 2.7 times as many came back as on average."
            ),
        ),
        (
            gaps(0.02, 0.007, 0.03),
            "equal",
            (
                "On your own data RFM did as well as the score at telling who comes back: log-loss "
                "0.507 against 0.500, a difference that chance alone can make."
            ),
        ),
        (
            gaps(0.001, -0.007, 0.0),
            "equal",
            (
                "On your own data RFM, BG/NBD and recency did as well as the score at telling who "
                "comes back: log-loss 0.493 for the best of them against 0.500, a difference that "
                "chance alone can make."
            ),
        ),
        (
            gaps(-0.02, 0.0, 0.03),
            "worse",
            (
                "On your own data recency tells who comes back better than the score: log-loss 0.480 "
                "against 0.500."
            ),
        ),
    ],
)
def test_the_verdict_follows_the_log_losses(
    found: dict[str, tuple[float, float]], kind: str, sentence: str
) -> None:
    verdict = judge(result(found), WORDS["customer"], 30)
    assert (verdict.kind, verdict.sentence) == (kind, sentence)


@pytest.mark.parametrize("came", [0, 29, 971, 1_000])
def test_few_on_either_side_can_not_be_measured(came: int) -> None:
    verdict = judge(result(gaps(0.02, 0.03, 0.01), came=came), WORDS["lead"], 1)
    assert verdict.kind == "unmeasurable"
    assert verdict.sentence.startswith(
        f"Not yet measurable: {came:,} of 1,000 leads got in touch within 1 day,"
    )


def test_a_gap_is_the_difference_of_two_log_losses() -> None:
    came = np.array([True, False, True, False])
    ours, theirs = np.array([0.9, 0.2, 0.6, 0.4]), np.array([0.5, 0.0, 1.0, 0.5])
    gap, error = log_loss_gap(came, ours, theirs)
    assert gap == pytest.approx(log_loss(came, theirs) - log_loss(came, ours))
    assert error > 0
