"""Ledger rows and watched outcomes of several contacts that are one person by now."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from scoring.learn import merged as outcomes
from scoring.learn.control import CONTACTED, CONTROL
from sync.outbox.states import WriteState
from workflows.enrollment.merged import ONE_START, joined

AT = datetime(2026, 6, 1, tzinfo=UTC)
DAY = timedelta(days=1)


def enrolled(contact_id: str, state: str, *, days: int = 0, **more: Any) -> dict[str, Any]:
    row = {
        "account_id": "a",
        "contact_id": contact_id,
        "playbook": "lead_reactivation",
        "round_no": 1,
        "state": state,
        "created_at": AT + days * DAY,
        "plan_id": None,
        "asked_at": None,
        "started_at": None,
        "rule": None,
        "reason": None,
    }
    return {**row, **more}


def states(
    *rows: dict[str, Any], writes: Mapping[tuple[str, str], WriteState] | None = None
) -> list[str]:
    """What becomes of each row, in the order given."""
    found = joined(rows, "9", writes=writes or {}, at=AT)
    assert {row["contact_id"] for row in found} == {"9"}
    return [row["state"] for row in found]


def test_rounds_are_counted_anew_in_the_order_they_were_proposed() -> None:
    rows = [
        enrolled("1", "started", days=5),
        enrolled("1", "refused", days=9, round_no=2),
        enrolled("2", "failed", days=1),
        enrolled("2", "started", days=7, round_no=2),
        enrolled("2", "started", days=6, playbook="customer_winback"),
    ]
    found = joined(rows, "9", writes={}, at=AT)
    assert [row["round_no"] for row in found] == [2, 4, 1, 3, 1]
    assert [row["state"] for row in found] == [row["state"] for row in rows]


@pytest.mark.parametrize(
    ("given", "become"),
    [
        (("proposed", "proposed"), ["proposed", "refused"]),
        (("proposed", "approved"), ["refused", "approved"]),
        (("approved", "approved"), ["approved", "refused"]),
        (("started", "approved"), ["started", "approved"]),  # the cooldown is the gate's to ask
    ],
)
def test_of_several_that_wait_one_may_start(given: tuple[str, ...], become: list[str]) -> None:
    rows = [enrolled(str(n), state, days=n) for n, state in enumerate(given, 1)]
    assert states(*rows) == become
    reasons = {row["reason"] for row in joined(rows, "9", writes={}, at=AT)}
    assert (ONE_START in reasons) is ("refused" in become)


def test_none_that_waits_may_start_beside_one_that_is_being_started() -> None:
    under_way = enrolled("9", "starting", plan_id="p")
    waiting = enrolled("1", "approved"), enrolled("2", "proposed", playbook="customer_winback")
    assert states(under_way, *waiting) == ["starting", "refused", "refused"]


@pytest.mark.parametrize(
    ("write", "become"),
    [
        (WriteState.PLANNED, "approved"),  # nothing was sent
        (WriteState.FAILED, "failed"),
        (WriteState.SUCCEEDED, "started"),
        (WriteState.SENT, "started"),  # nobody can tell, and twice is worse than never
        (None, "started"),
    ],
)
def test_a_start_under_an_id_that_is_no_more_is_settled(
    write: WriteState | None, become: str
) -> None:
    row = enrolled("1", "starting", plan_id="p")
    writes = {("p", "1"): write} if write else {}
    (found,) = joined([row], "9", writes=writes, at=AT)
    assert found["state"] == become
    assert found["started_at"] == (AT if become == "started" else None)


def test_a_start_that_was_never_sent_does_not_wait_beside_another() -> None:
    half_done = enrolled("1", "starting", plan_id="p", days=3)
    writes = {("p", "1"): WriteState.PLANNED}
    assert states(half_done, enrolled("2", "approved"), writes=writes) == ["refused", "approved"]


def watched(contact_id: str, arm: str, days: float, responded: bool | None = None) -> Any:
    return {
        "account_id": "a",
        "contact_id": contact_id,
        "decided_at": AT + days * DAY,
        "arm": arm,
        "channels": "email",
        "responded": responded,
        "matured_at": None,
    }


def arms(*rows: Any) -> list[tuple[str, float, bool | None]]:
    found = outcomes.joined(rows, "9")
    assert {row["contact_id"] for row in found} == {"9"}
    return [(r["arm"], (r["decided_at"] - AT) / DAY, r["responded"]) for r in found]


@pytest.mark.parametrize("days", [-90, -1, 0, 89, 90])
def test_who_was_started_under_another_id_was_not_left_alone(days: int) -> None:
    found = arms(watched("1", CONTROL, 100, responded=True), watched("2", "plan", 100 + days))
    assert {arm for arm, _, _ in found} == {CONTACTED, "plan"}
    assert len(found) == 2


@pytest.mark.parametrize("days", [-91, 91])
def test_a_start_before_or_after_those_90_days_spoils_nothing(days: int) -> None:
    found = arms(watched("1", CONTROL, 100), watched("2", "plan", 100 + days))
    assert {arm for arm, _, _ in found} == {CONTROL, "plan"}


def test_two_rows_of_one_moment_and_arm_are_one_person_and_the_known_answer_stands() -> None:
    assert arms(watched("1", "plan", 3), watched("2", "plan", 3, responded=False)) == [
        ("plan", 3, False)
    ]
    assert arms(
        watched("1", "plan", 3, responded=True), watched("2", "plan", 3, responded=False)
    ) == [("plan", 3, True)]


def test_rows_of_one_moment_and_two_arms_are_both_kept() -> None:
    found = arms(watched("1", "one plan", 3), watched("2", "other plan", 3))
    assert [arm for arm, _, _ in found] == ["one plan", "other plan"]
    assert len({at for _, at, _ in found}) == 2
