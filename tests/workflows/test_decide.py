"""What becomes of each scored contact, and that a draw of the holdout lasts."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contact_rules.person import Person, Policy
from workflows.decisions.decide import DORMANT, PLAYBOOKS, Decision, decide_all
from workflows.status import Status

NOON = datetime(2026, 11, 17, 17, tzinfo=UTC)
POLICY = Policy(tenant_zone="America/New_York")


def score(contact_id: str, band: str = "180_364", track: str = "lead") -> dict[str, Any]:
    return {"contact_id": contact_id, "band": band, "track": track}


def person(contact_id: str, **more: Any) -> Person:
    return Person(contact_id, has_email=True, **more)


def decide(
    scores: list[dict[str, Any]],
    people: Mapping[str, Person] | None = None,
    *,
    held: Mapping[str, bool] | None = None,
    left_alone: tuple[str, ...] = (),
    started: tuple[str, ...] = (),
    answered: tuple[str, ...] = (),
    at: datetime = NOON,
) -> list[Decision]:
    known = {s["contact_id"]: person(s["contact_id"]) for s in scores}
    return decide_all(
        scores,
        known if people is None else people,
        held={(i, p): drawn for i, drawn in (held or {}).items() for p in PLAYBOOKS.values()},
        left_alone=left_alone,
        started=dict.fromkeys(started),
        answered=answered,
        at=at,
        policy=POLICY,
    )


@pytest.mark.parametrize(
    ("band", "status"), [("active", "active"), ("unmeasurable", "unmeasurable")]
)
def test_who_is_not_dormant_is_left_in_peace_n1(band: str, status: str) -> None:
    assert decide([score("1", band)]) == [Decision("1", Status(status))]


@pytest.mark.parametrize("band", DORMANT)
@pytest.mark.parametrize(
    ("track", "playbook"), [("lead", "lead_reactivation"), ("customer", "customer_winback")]
)
def test_the_dormant_get_the_playbook_of_their_track_s2(
    band: str, track: str, playbook: str
) -> None:
    decided = decide([score("1", band, track)], held={"1": False})
    assert decided == [Decision("1", Status.READY, playbook=playbook, channel="email")]


def test_the_gate_speaks_with_its_rule_and_reason_d1() -> None:
    people = {"1": person("1", email_opt_out=True)}
    assert decide([score("1")], people, held={"1": True}) == [
        Decision("1", Status.SUPPRESSED, rule="D1", reason="Opted out of e-mail")
    ]


def test_s7_after_a_service_issue_a_person_comes_first_d8() -> None:
    people = {"1": person("1", reason="service_issue"), "2": person("2", reason="moved")}
    decided = decide([score("1"), score("2")], people, held={"1": False, "2": False})
    said = "Left over a service issue: a person should call first"
    assert decided[0] == Decision("1", Status.HUMAN_FIRST, rule="D8", reason=said)
    assert decided[1].status == "ready"


def test_s7_who_opted_out_is_not_to_be_called_either_d1() -> None:
    people = {"1": person("1", reason="service_issue", email_opt_out=True)}
    (decided,) = decide([score("1")], people)
    assert (decided.status, decided.rule) == ("suppressed", "D1")


@pytest.mark.parametrize("trouble", [{"open_ticket": True}, {"open_deal": True}])
def test_s7_what_a_person_has_in_hand_already_is_not_asked_for_again_d8(
    trouble: dict[str, bool],
) -> None:
    (decided,) = decide([score("1")], {"1": person("1", reason="service_issue", **trouble)})
    assert (decided.status, decided.rule) == ("suppressed", "D8")


def test_s7_nobody_is_drawn_from_those_who_need_a_person() -> None:
    scores = [score(str(i)) for i in range(60)]
    people = {s["contact_id"]: person(s["contact_id"], reason="service_issue") for s in scores}
    assert {d.status for d in decide(scores, people)} == {"human_first"}


def test_who_is_gone_from_the_crm_is_suppressed_d8() -> None:
    (decided,) = decide([score("1")], {})
    assert (decided.status, decided.rule) == ("suppressed", "D8")


def test_a_bad_hour_does_not_suppress_d4() -> None:
    (decided,) = decide([score("1")], held={"1": False}, at=datetime(2026, 11, 17, 7, tzinfo=UTC))
    assert decided.status == "ready"


def test_who_was_started_stays_started_even_when_active_again_s18() -> None:
    (decided,) = decide([score("1", "active", "customer")], started=("1",))
    assert decided == Decision("1", Status.STARTED, playbook="customer_winback")


@pytest.mark.parametrize(("held", "status"), [(True, "held_out"), (False, "ready")])
def test_an_earlier_draw_lasts_whatever_chance_says_now_s21(*, held: bool, status: str) -> None:
    scores = [score(str(i)) for i in range(200)]
    decided = decide(scores, held={s["contact_id"]: held for s in scores})
    assert {d.status for d in decided} == {status}
    assert all(d.held_out is held for d in decided)


def test_deciding_draws_nobody_a_batch_does_s21() -> None:
    decided = decide([score(str(i)) for i in range(300)])
    assert {d.status for d in decided} == {"ready"}


def test_who_is_left_alone_in_one_programme_is_not_started_in_another_meanwhile_s21() -> None:
    scores = [score("1"), score("2"), score("3", "active")]
    decided = decide(scores, left_alone=("1", "3"))
    assert [(d.status, d.channel) for d in decided] == [
        ("held_out", None),
        ("ready", "email"),
        ("active", None),
    ]


@given(seed=st.integers(0, 2**32))
def test_the_order_of_the_scores_changes_nothing(seed: int) -> None:
    scores = [score(str(i), track="lead" if i % 2 else "customer") for i in range(30)]
    shuffled = scores.copy()
    Random(seed).shuffle(shuffled)  # noqa: S311  an order, not a secret
    decided = decide(shuffled)
    assert [d.contact_id for d in decided] == [s["contact_id"] for s in shuffled]
    assert {d.contact_id: d for d in decided} == {d.contact_id: d for d in decide(scores)}


def test_nothing_scored_nothing_decided() -> None:
    assert decide([]) == []


@pytest.mark.parametrize("band", ["active", "180_364"])
def test_s19_who_answered_is_a_persons_turn_and_a_wish_goes_before(band: str) -> None:
    coming = person("1", next_meeting_at=NOON + timedelta(days=2))
    for someone in (person("1"), coming):
        decided = decide([score("1", band)], {"1": someone}, answered=("1",))
        assert decided == [Decision("1", Status.ANSWERED)]
    [refused] = decide([score("1")], {"1": person("1", email_opt_out=True)}, answered=("1",))
    assert refused.status is Status.SUPPRESSED
