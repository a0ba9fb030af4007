"""No field that was filled in after the outcome is used, whatever its name, and nothing is guessed (S31, C7)."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.port.fields import FieldDefinition, FieldValue, Option
from sync.fields import verdicts as fields
from sync.fields.verdicts import (
    AT_FIRST_MS,
    INQUIRY,
    LEAVE,
    USE,
    Evidence,
    FieldVerdict,
    Reason,
    Sample,
    choose_candidates,
    decide_in_use,
    judge_field,
)

DAY = 86_400_000
HOUR = 3_600_000
START = 1_700_000_000_000
NAME = "inquiry_level"
LEVELS = ("high", "medium", "low")


def options(*values: str) -> tuple[Option, ...]:
    return tuple(Option(v, v.capitalize()) for v in values)


FIELD = FieldDefinition(NAME, "Inquiry level", options(*LEVELS, "unknown"), feeds=INQUIRY)


def sample(people: int = 100, decided: int = 40) -> Sample:
    """Contacts made a day apart; the first of them had a deal decided ten days later."""
    created = {str(n): START + n * DAY for n in range(people)}
    outcomes = {str(n): START + (n + 10) * DAY for n in range(decided)}
    return Sample(created, outcomes, decided, people - decided)


def value(contact: int, at: int, said: str | None = None, name: str = NAME) -> FieldValue:
    return FieldValue(str(contact), name, said if said is not None else LEVELS[contact % 3], at)


def at_first(people: int = 100, delay: int = 0) -> list[FieldValue]:
    return [value(n, START + n * DAY + delay) for n in range(people)]


def judged(values: list[FieldValue] | None, field: FieldDefinition = FIELD) -> FieldVerdict:
    return judge_field(field, values, sample())


def test_s31_what_was_noted_at_first_is_accepted_with_its_evidence() -> None:
    verdict = judged(at_first())
    assert verdict.accepted
    assert verdict.evidence == Evidence(
        sampled=100,
        sampled_decided=40,
        filled=100,
        decided=40,
        after=0,
        later=0,
        readable=100,
        fill=1.0,
        examples=("high", "low", "medium"),  # 34, 33 and 33 of them
    )
    assert verdict.levels == {"high": "high", "medium": "medium", "low": "low"}


def test_c7_the_canary_filled_an_hour_after_the_sale_is_refused_with_evidence() -> None:
    people = sample()
    rated = [value(int(c), at + HOUR, "won", "lead_quality") for c, at in people.decided.items()]
    field = FieldDefinition("lead_quality", "Lead quality", options("won", "hot", "warm", "cold"))
    verdict = judged(rated, field)
    assert verdict.reason is Reason.AFTER_OUTCOME
    assert (verdict.evidence.after, verdict.evidence.decided) == (40, 40)


@pytest.mark.parametrize("name", ["warm_note", "first_question", "x"])
def test_c7_a_leak_is_seen_by_its_times_whatever_its_name_and_values(name: str) -> None:
    late = [value(n, START + (n + 10) * DAY, name=name) for n in range(40)]
    assert judged(late, FieldDefinition(name, name)).reason is Reason.AFTER_OUTCOME


def test_c7_a_value_of_the_very_moment_of_the_outcome_is_not_before_it() -> None:
    same = [value(n, START + (n + 10) * DAY) for n in range(40)]
    before = [value(n, START + (n + 10) * DAY - 1) for n in range(40)]
    assert judged(same).reason is Reason.AFTER_OUTCOME
    assert judged(before).accepted


@pytest.mark.parametrize("to", ["high", "", "unknown"])
def test_c7_a_value_that_is_changed_or_emptied_after_the_sale_knows_of_it_too(to: str) -> None:
    changed = [value(n, START + (n + 11) * DAY, to) for n in range(10)]
    verdict = judged([*at_first(), *changed])
    assert verdict.reason is Reason.AFTER_OUTCOME
    assert verdict.evidence.after == 10


def test_c7_a_few_corrections_are_no_pattern() -> None:
    for count, accepted in ((2, True), (3, False)):  # 5% of 40
        corrected = [value(n, START + (n + 11) * DAY) for n in range(count)]
        assert judged([*at_first(), *corrected]).accepted is accepted


def test_c7_a_field_that_follows_the_sale_on_its_way_is_refused() -> None:
    """Set the day before the sale, weeks after the first question: earlier it was not there."""
    people = sample()
    far = replace(people, decided={c: at + 60 * DAY for c, at in people.decided.items()})
    warmed = [value(int(c), at - DAY, "hot") for c, at in far.decided.items()]
    verdict = judge_field(FIELD, [*warmed, *at_first()[40:]], far)
    assert verdict.reason is Reason.SET_LATER
    assert verdict.evidence.later == 40


def test_s31_where_nobody_knows_when_nothing_is_used() -> None:
    verdict = judged(None)
    assert verdict.reason is Reason.NO_TIMES
    assert verdict.evidence == Evidence()


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("lifecyclestage", "Lifecycle stage"),
        ("hs_lead_status", "Lead status"),
        ("leadStatus", "Status"),
        ("deal_stage", "Deal stage"),
        ("hubspotscore", "HubSpot score"),
        ("lead_score", "Lead score"),
        ("custom_12", "AI Score"),
        ("custom_13", "Predicted interest"),
        ("interest_status", "Interest"),
        ("contact.lost_interest", "Lost interest"),
        ("likelihood_to_close", "Likelihood"),
    ],
)
@pytest.mark.parametrize("told", [True, False])
def test_c7_fields_named_for_the_outcome_are_refused_however_good_they_look(
    name: str, label: str, *, told: bool
) -> None:
    values = [replace(v, name=name) for v in at_first()] if told else None
    verdict = judged(values, FieldDefinition(name, label))
    assert verdict.reason is Reason.OUTCOME_NAME


@pytest.mark.parametrize("name", ["inquiry_level", "lead_interest", "underscored_interest", "heat"])
def test_c7_other_names_are_not(name: str) -> None:
    values = [replace(v, name=name) for v in at_first()]
    assert judged(values, FieldDefinition(name, name)).accepted


def test_s31_too_few_values_prove_nothing() -> None:
    assert judged([]).reason is Reason.TOO_FEW
    assert judged(at_first(29)).reason is Reason.TOO_FEW
    assert judged(at_first(30)).accepted
    unproven = judge_field(FIELD, at_first(), sample(decided=19))
    assert unproven.reason is Reason.TOO_FEW, "19 decided deals don't tell what comes first"


def test_s31_a_field_that_hardly_anybody_fills_in_is_not_used() -> None:
    """Contacts with a deal are sampled more often than others, and count for their own share."""
    rare = replace(sample(), all_decided=40, all_others=9_960)
    values = at_first(40)
    verdict = judge_field(FIELD, values, rare)
    assert verdict.evidence.fill == pytest.approx(0.004)
    assert verdict.reason is Reason.TOO_FEW


def test_s31_values_that_are_no_levels_are_not_guessed() -> None:
    concerns = [value(n, START + n * DAY, "tinnitus") for n in range(100)]
    assert judged(concerns).reason is Reason.NOT_A_LEVEL
    mixed = [value(n, START + n * DAY, "maybe" if n < 11 else "low") for n in range(100)]
    verdict = judged(mixed)
    assert verdict.reason is Reason.NOT_A_LEVEL
    assert verdict.evidence.readable == 89


def test_s31_people_who_were_not_asked_have_no_value() -> None:
    """An import brings "unknown" long after old sales: that is no value, so it is not a late one."""
    asked = at_first()[5:]
    imported = [value(n, START + 400 * DAY, "Unknown") for n in range(5)]
    verdict = judged([*asked, *imported])
    assert verdict.accepted
    assert verdict.evidence.filled == 95
    assert "Unknown" not in verdict.levels


def test_s31_a_choice_that_people_see_as_unknown_is_no_value() -> None:
    """What a choice is called when it is stored says less than its label."""
    labels = (Option("o1", "High"), Option("o2", "Low"), Option("o3", "Not asked"))
    field = FieldDefinition(NAME, "Interest", labels, feeds=INQUIRY)
    noted = [value(n, START + n * DAY, f"o{1 + n % 2}") for n in range(60)]
    imported = [value(n, START + 400 * DAY, "o3") for n in range(60, 100)]
    verdict = judged([*noted, *imported], field)
    assert verdict.accepted
    assert verdict.evidence.filled == 60
    assert verdict.levels == {"o1": "high", "o2": "low"}


def test_an_example_names_nobody() -> None:
    own = [value(n, START + n * DAY, f"only {n}") for n in range(50)]
    few = [value(n, START + n * DAY, "shared") for n in range(50, 53)]
    verdict = judged([*own, *few], FieldDefinition(NAME, "Interest"))
    assert verdict.evidence.examples == ("shared",)


contacts = st.integers(0, 99)
changes = st.builds(
    value,
    contacts,
    st.integers(START - 30 * DAY, START + 300 * DAY),
    st.sampled_from([*LEVELS, "won", "", "unknown", "tinnitus"]),
)


@given(st.lists(changes, max_size=150), st.randoms())
def test_the_order_and_the_repetition_of_the_history_do_not_matter(
    history: list[FieldValue], dice: Any
) -> None:
    shuffled = [*history, *history[:5]]
    dice.shuffle(shuffled)
    assert judged(shuffled) == judged(history)


@given(st.lists(changes, max_size=200))
def test_c7_whatever_is_accepted_was_there_before_the_outcome(history: list[FieldValue]) -> None:
    verdict = judged([*at_first(), *history])
    found = verdict.evidence
    assert 0 <= found.after <= found.decided <= found.filled <= found.sampled
    assert 0 <= found.readable <= found.filled
    if verdict.accepted:
        assert found.after <= max(1, 0.05 * found.decided)
        assert found.decided >= fields.LEAST_DECIDED
        assert {*verdict.levels.values()} <= {*LEVELS}


@given(st.sets(st.integers(0, 39), min_size=3), st.integers(0, 100 * DAY))
def test_c7_writing_after_the_outcome_never_makes_a_field_better(
    contacts: set[int], delay: int
) -> None:
    later = [value(n, START + (n + 10) * DAY + delay) for n in contacts]
    assert judged([*at_first(), *later]).reason is Reason.AFTER_OUTCOME


def test_values_of_others_and_of_other_fields_do_not_count() -> None:
    strangers = [value(n, START, "won") for n in range(1_000, 1_100)]
    other = [value(n, START + 200 * DAY, "won", "lead_quality") for n in range(40)]
    assert judged([*at_first(), *strangers, *other]) == judged(at_first())


def test_contacts_of_unknown_age_are_not_late() -> None:
    ageless = replace(sample(), created=dict.fromkeys(sample().created))
    before = [value(n, START + (n + 10) * DAY - AT_FIRST_MS) for n in range(100)]
    assert judge_field(FIELD, before, ageless).accepted


def test_s31_candidates_are_found_by_name_or_by_their_choices() -> None:
    listed = [
        FIELD,
        FieldDefinition("lead_quality", "Lead quality"),
        FieldDefinition("q7", "How hot is it?", options("hot", "warm", "cold")),
        FieldDefinition("grade_of_urgency", "Urgency"),
        FieldDefinition("hearing_concern", "Hearing concern", options("tinnitus", "television")),
        FieldDefinition("customer_id", "Customer ID"),
        FieldDefinition("newsletter", "Newsletter", options("yes", "no")),
    ]
    found = [f.name for f in choose_candidates(listed)]
    assert found == ["inquiry_level", "lead_quality", "q7", "grade_of_urgency"]


def verdict(name: str, *, accepted: bool = True, usual: bool = True) -> FieldVerdict:
    reason = None if accepted else Reason.AFTER_OUTCOME
    return FieldVerdict(name, name, usual, reason, Evidence(), {})


def test_s31_a_usual_field_is_used_by_itself_and_any_other_when_chosen() -> None:
    bad, custom, usual = (
        verdict("a", accepted=False),
        verdict("b", usual=False),
        verdict("c"),
    )
    every = [bad, custom, usual]
    assert decide_in_use(every, {}) == "c"
    assert decide_in_use([custom], {}) is None
    assert decide_in_use(every, {"a": LEAVE, "b": USE, "c": LEAVE}) == "b"
    assert decide_in_use(every, {"a": LEAVE, "b": LEAVE, "c": LEAVE}) is None
    assert decide_in_use([], {}) is None


def test_c7_nothing_stands_in_for_a_choice_that_is_refused() -> None:
    every = [verdict("a", accepted=False), verdict("c")]
    assert decide_in_use(every, {"a": USE, "c": LEAVE}) is None
    assert decide_in_use(every, {"a": USE}) is None
