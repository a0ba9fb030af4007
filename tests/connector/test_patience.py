"""Who waits how long after which error, and who gives up."""

import pytest

from connector import errors
from connector.errors import CrmError, CrmInvalid, CrmRateLimited, CrmUnavailable
from connector.patience import RULES, decide_pause, patiently


def failures(kind: type[CrmError], retry_after: float | None = None) -> list[float | None]:
    """What is decided after each of 40 failures in a row."""
    return [decide_pause(kind("x", retry_after=retry_after), tries) for tries in range(1, 41)]


def test_a_crm_that_is_down_is_tried_again_with_growing_pauses() -> None:
    pauses = failures(CrmUnavailable)
    waits = [p for p in pauses if p is not None]
    assert waits == sorted(waits)
    assert len(waits) == 7
    assert pauses[7:] == [None] * 33


def test_a_used_up_limit_is_waited_for_longer() -> None:
    assert failures(CrmRateLimited) == [10.0] * 30 + [None] * 10


@pytest.mark.parametrize("kind", [CrmUnavailable, CrmRateLimited])
@pytest.mark.parametrize("said", [0.0, 1.0, 2.0, 300.0])
def test_the_crms_own_word_counts_but_not_for_ever(kind: type[CrmError], said: float) -> None:
    tries = len(RULES[kind].pauses)
    assert failures(kind, said) == [said] * tries + [None] * (40 - tries)


@pytest.mark.parametrize("kind", [CrmUnavailable, CrmRateLimited])
def test_nobody_sleeps_for_a_day(kind: type[CrmError]) -> None:
    """477 may name 24 hours: the job ends and is taken up again later."""
    assert failures(kind, 86_400.0) == [None] * 40


@pytest.mark.parametrize(
    "kind",
    [
        errors.CrmAuthInvalid,
        errors.CrmForbidden,
        errors.CrmNotFound,
        errors.CrmConflict,
        errors.CrmInvalid,
        errors.CrmMisconfigured,
        errors.CrmUnexpected,
        CrmError,
    ],
)
def test_nothing_else_is_tried_again(kind: type[CrmError]) -> None:
    assert decide_pause(kind("x"), 1) is None


def test_patience_ends_with_success() -> None:
    waits: list[float] = []
    answers = iter([CrmUnavailable("x"), CrmRateLimited("x", retry_after=1.5), "done"])

    def call() -> str:
        answer = next(answers)
        if isinstance(answer, CrmError):
            raise answer
        return str(answer)

    assert patiently(call, pause=waits.append) == "done"
    assert waits == [0.5, 1.5]


def test_patience_ends_with_the_last_error() -> None:
    waits: list[float] = []

    def call() -> None:
        raise CrmUnavailable(f"failure {len(waits) + 1}")

    with pytest.raises(CrmUnavailable, match="failure 8"):
        patiently(call, pause=waits.append)
    assert waits == list(RULES[CrmUnavailable].pauses)


def test_what_cannot_be_mended_by_waiting_is_raised_at_once() -> None:
    waits: list[float] = []

    def call() -> None:
        raise CrmInvalid("refused")

    with pytest.raises(CrmInvalid):
        patiently(call, pause=waits.append)
    assert waits == []


def test_the_crms_request_id_is_shown_for_its_support() -> None:
    assert str(CrmInvalid("Refused.", request_id="abc")) == "Refused. (request abc)"
    assert CrmInvalid("Refused.").message == "Refused."
