"""One sentence on whether the score was better than simpler methods, said plainly either way."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.reports.backtest.words import Words
from scoring.learn.backtest import ENOUGH, Backtest, Method

BETTER, EQUAL, WORSE, UNMEASURABLE = "better", "equal", "worse", "unmeasurable"

NAMES = {"recency": "recency", "rfm": "RFM", "bg_nbd": "BG/NBD"}
# A difference of fewer standard errors than this is what chance does.
_SURE = 2.0


@dataclass(frozen=True, slots=True)
class Verdict:
    """Which of the four it is, a short headline, and the sentence."""

    kind: str
    headline: str
    sentence: str


def judge(result: Backtest, words: Words, days: int, *, complete: bool = True) -> Verdict:
    """Compare the score's log-loss with that of the best rival, as far as chance allows.

    Where the record does not reach to the end of the holdout (not `complete`), nothing can be said.
    """
    if not result.measurable:
        return Verdict(UNMEASURABLE, "Not yet measurable", _too_few(result, words, days))
    if not complete:
        return Verdict(
            UNMEASURABLE,
            "Not yet measurable",
            f"Not yet measurable: the record ends before the {days:,} days that were foretold do, so nobody knows "
            f"who {words.came} in the rest of them. Choose an earlier --calibration-end or fewer --holdout-days.",
        )
    score, *rivals = result.methods
    rivals = sorted(rivals, key=_log_loss)
    best = rivals[0]
    own, other = f"{_log_loss(score):.3f}", f"{_log_loss(best):.3f}"
    unbeaten = [method for method in rivals if method.gap[0] <= _SURE * method.gap[1]]
    ahead = best.gap[0] < -_SURE * best.gap[1]
    if ahead:
        return Verdict(
            WORSE,
            "A simpler method did better than the score",
            f"On your own data {NAMES[best.key]} tells who {words.comes} better than the score: "
            f"log-loss {other} against {own}.",
        )
    if unbeaten:
        of_the_best = "" if len(unbeaten) == 1 else " for the best of them"
        return Verdict(
            EQUAL,
            "A simpler method did as well as the score",
            f"On your own data {_listed(unbeaten)} did as well as the score at telling who "
            f"{words.comes}: log-loss {other}{of_the_best} against {own}, a difference that chance "
            "alone can make.",
        )
    return Verdict(
        BETTER,
        "The score did better than three simpler methods",
        f"On your own data the score tells who {words.comes} better than recency, RFM and BG/NBD: "
        f"log-loss {own} against {other} for the best of them; {_lift(score, words)}.",
    )


def _too_few(result: Backtest, words: Words, days: int) -> str:
    came, people = int(result.came.sum()), len(result.came)
    noun = words.one if people == 1 else words.many
    return (
        f"Not yet measurable: {came:,} of {people:,} {noun} {words.came} within {days:,} "
        f"{'day' if days == 1 else 'days'}, and it takes {ENOUGH} who did and {ENOUGH} who did not "
        "to tell the score from chance."
    )


def _lift(score: Method, words: Words) -> str:
    return (
        f"of those it called most likely (top tenth), {score.all.top_decile_lift or 0:.1f} times "
        f"as many {words.came} as on average"
    )


def _log_loss(method: Method) -> float:
    return method.all.log_loss or 0.0


def _listed(methods: Sequence[Method]) -> str:
    names = [NAMES[method.key] for method in methods]
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
