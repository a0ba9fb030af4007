"""What a touch goes out with: only what the rules allow, why, and when one more is not worth it (S15, S16, S17)."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contact_rules.channels import CHANNELS, Channel
from contact_rules.person import Person, Policy
from contact_rules.verdict import Allow, may_contact
from scoring.learn.choosing import Choosing, learn
from workflows.choices import telling
from workflows.choices.choice import Choice, LeftOut
from workflows.choices.choosing import Ask, Terms, choose_all
from workflows.choices.moments import LONGEST_GAP, WAITS, find_options
from workflows.choices.taught import sent_of
from workflows.enrollment.states import End

ZONE = ZoneInfo("America/New_York")
AT = datetime(2026, 6, 2, 10, tzinfo=ZONE).astimezone(UTC)  # a Tuesday
BOTH = (Channel.EMAIL, Channel.SMS)
COSTS = {channel: facts.cost for channel, facts in CHANNELS.items()}


def person(**more: Any) -> Person:
    known: dict[str, Any] = {
        "contact_id": "c",
        "has_email": True,
        "has_phone": True,
        "sms_consent": True,
        "sms_consent_at": AT - timedelta(days=30),
        "ever_engaged": True,
        "timezone": str(ZONE),
        "country": "US",
    }
    return Person(**{**known, **more})


def score(**more: Any) -> dict[str, Any]:
    known = {"segment": "asked", "track": "lead", "interest_level": "low", "p_return": 0.02}
    return {**known, "likelihood": 0.2, "expected_value": 5.0, **more}


def ask(**more: Any) -> Ask:
    known: dict[str, Any] = {
        "contact_id": "c",
        "playbook": "p",
        "round_no": 1,
        "touch_no": 1,
        "channel": Channel.EMAIL,
        "variant": "neutral",
        "variants": dict.fromkeys(BOTH, ("neutral",)),
        "until": AT + WAITS,
        "person": person(),
        "score": score(),
    }
    return Ask(**{**known, **more})


def touch(
    number: int, channel: str, at: datetime, *, answered: bool, **more: Any
) -> dict[str, Any]:
    choice = Choice(
        channel=channel,
        variant="neutral",
        at=at,
        propensity=1.0,
        why="",
        base=-2.5,
        zone=str(ZONE),
        segment="asked",
        track="lead",
        interest="low",
        planned_channel="email",
        is_plan=channel == "email",
        version=1,
    )
    known = {
        "contact_id": f"t{number}",
        "playbook": "p",
        "round_no": 1,
        "touch_no": 1,
        "channel": channel,
        "variant": "neutral",
        "asked_at": at,
        "choice": choice.to_json(),
        "ended_at": at + timedelta(hours=6) if answered else at + timedelta(days=14),
        "ended_by": End.ANSWERED if answered else End.FINISHED,
    }
    return {**known, **more}


def history(count: int = 4_000, *, email: float = 0.05, sms: float = 0.14) -> list[dict[str, Any]]:
    """So many touches of the last year, by turns and at all hours, of which these shares were answered."""
    luck = np.random.default_rng(5).random(count)
    hours = (9, 13, 16, 19)
    rows = []
    for number in range(count):
        channel, share = (("email", email), ("sms", sms))[number % 2]
        day = datetime(2025, 9, 1, hours[number // 2 % 4], tzinfo=ZONE) + timedelta(
            days=number % 90
        )
        at = day.astimezone(UTC)
        rows.append(touch(number, channel, at, answered=bool(luck[number] < share)))
    return rows


@pytest.fixture(scope="module")
def taught() -> Choosing:
    return learn(sent_of(history(), at=AT))


def terms(model: Choosing, **more: Any) -> Terms:
    known: dict[str, Any] = {"policy": Policy(), "costs": COSTS, "model": model, "version": 7}
    return Terms(AT, **{**known, **more})


def choices(asks: Sequence[Ask], model: Choosing, **more: Any) -> list[Choice]:
    found = choose_all(asks, terms(model, **more)).values()
    assert all(isinstance(one, Choice) for one in found)
    return [one for one in found if isinstance(one, Choice)]


def many(count: int, **more: Any) -> list[Ask]:
    return [ask(contact_id=f"c{n}", **more) for n in range(count)]


def test_s16_the_channel_that_was_answered_goes_out_and_is_told(taught: Choosing) -> None:
    found = choices(many(200), taught)
    texts = [one for one in found if one.channel == "sms"]
    assert len(texts) > 190
    tries = [one.why.startswith("A try, to learn from: a text on ") for one in texts]
    assert 0 < sum(tries) < len(texts)
    one = texts[tries.index(False)]
    assert one.why.startswith("A text on ")
    assert "4,000 messages" in one.why
    assert "as planned" in one.why
    assert (one.version, one.planned_channel, one.is_plan) == (7, "email", False)
    assert all(0 < choice.propensity <= 1 for choice in found)
    assert choices(many(200), taught) == found, "the same touch is chosen the same again"


def test_s15_an_hour_that_was_answered_is_waited_for() -> None:
    late = [
        row if row["asked_at"].astimezone(ZONE).hour != 19 else {**row, "ended_by": End.ANSWERED}
        for row in history(email=0.05, sms=0.05)
    ]
    late = [
        {**row, "ended_at": row["asked_at"] + timedelta(hours=6)}
        if row["ended_by"] == End.ANSWERED and number % 3 == 0
        else {**row, "ended_by": End.FINISHED}
        for number, row in enumerate(late)
    ]
    model = learn(sent_of(late, at=AT))
    found = choices(many(100), model)
    hours = [one.at.astimezone(ZONE).hour for one in found]
    assert sum(hour >= 18 for hour in hours) > 90
    assert max(hours) < 20, "the rules end at eight"
    assert len({one.at for one in found}) > 20, "not everybody's at one minute"


@given(
    has_phone=st.booleans(),
    consented=st.booleans(),
    hour=st.integers(9, 19),
    weekday=st.integers(0, 6),
    state=st.sampled_from([None, "TX", "FL", "RI", "KY"]),
    last=st.none() | st.integers(1, 6),
)
def test_nothing_is_chosen_that_the_rule_book_does_not_allow_then(
    taught: Choosing,
    has_phone: bool,
    consented: bool,
    hour: int,
    weekday: int,
    state: str | None,
    last: int | None,
) -> None:
    at = datetime(2026, 6, 1 + weekday, hour, 30, tzinfo=ZONE).astimezone(UTC)
    touched = at - timedelta(days=last) if last else None
    somebody = person(
        has_phone=has_phone, sms_consent=consented, region=state, last_touch_at=touched
    )
    policy = Policy()
    if not isinstance(may_contact(somebody, Channel.EMAIL, at, policy), Allow):
        return
    wordings = {Channel.EMAIL: ("neutral", "short"), Channel.SMS: ("neutral",)}
    asked = [
        ask(contact_id=f"c{n}", person=somebody, until=at + WAITS, variants=wordings)
        for n in range(5)
    ]
    moment = Terms(at, policy, COSTS, taught, 7)
    for one in choose_all(asked, moment).values():
        assert isinstance(one, Choice)
        assert isinstance(may_contact(somebody, Channel(one.channel), one.at, policy), Allow)
        assert at <= one.at < at + WAITS
        assert one.variant in wordings[Channel(one.channel)]


def test_what_a_playbook_does_not_use_or_an_admin_has_fixed_is_not_chosen(taught: Choosing) -> None:
    only = choices(many(50, variants={Channel.EMAIL: ("neutral",)}), taught)
    assert {one.channel for one in only} == {"email"}
    for said in (telling.FIXED, telling.TURNED_OFF):
        fixed = choices(many(20, fixed=said), taught)
        assert {(one.channel, one.at, one.why, one.propensity) for one in fixed} == {
            ("email", AT, said, 1.0)
        }
    first = choices(many(5), Choosing(), version=None)
    assert {(one.channel, one.at, one.why) for one in first} == {
        ("email", AT, telling.NOTHING_LEARNT)
    }


def test_a_touch_that_has_waited_goes_now(taught: Choosing) -> None:
    assert {one.at for one in choices(many(50, until=AT), taught)} == {AT}


def test_s17_one_more_message_is_left_out_where_it_costs_more_than_it_brings(
    taught: Choosing,
) -> None:
    def third(**more: Any) -> Choice | LeftOut:
        return choose_all([ask(touch_no=3, **more)], terms(taught))["c"]

    assert isinstance(third(answer_worth=200.0), Choice)
    poor = third(answer_worth=0.2)
    assert isinstance(poor, LeftOut)
    assert poor.why.startswith("Left out: message 3, by ")
    assert "in 100 more answers" in poor.why
    assert isinstance(third(answer_worth=None), Choice), "nobody knows what an answer brings"
    assert isinstance(choose_all([ask(answer_worth=0.2)], terms(taught))["c"], Choice)
    # Whoever comes back by himself anyway is worth no message.
    likely = third(answer_worth=200.0, score=score(p_return=0.95))
    assert isinstance(likely, LeftOut)
    # A channel that is dear is left for one that is not, where answers are worth little.
    dear = terms(taught, costs={**COSTS, Channel.SMS: 1.0})
    found = choose_all(many(50, answer_worth=10.0), dear).values()
    assert sum(isinstance(one, Choice) and one.channel == "email" for one in found) > 40


def test_s14_a_further_touch_waits_no_longer_than_seven_days() -> None:
    before = AT - timedelta(days=7)
    options = find_options(
        person(last_touch_at=before),
        BOTH,
        at=AT,
        until=min(AT + WAITS, before + LONGEST_GAP),
        luck=0.9,
        policy=Policy(),
    )
    assert len({at for _, at in options}) > 2
    assert all((at - before).days <= 7 for _, at in options)


def test_a_choice_is_the_same_after_it_was_stored(taught: Choosing) -> None:
    one = choices([ask()], taught)[0]
    assert Choice.from_json(one.to_json()) == one
    assert Choice.from_json(None) is None


def test_what_is_learnt_from_is_what_went_out_and_how_long_it_was_watched() -> None:
    at = AT - timedelta(days=3)
    rows = [
        touch(1, "email", at, answered=True),
        touch(2, "sms", at, answered=False, ended_at=None, ended_by=None),
        touch(
            3, "email", at - timedelta(days=5), answered=False, ended_by=End.OPTED_OUT, ended_at=at
        ),
        touch(3, "sms", at - timedelta(days=1), answered=False, ended_by=End.OPTED_OUT, ended_at=at)
        | {"touch_no": 2},
    ]
    found = sent_of(rows, at=AT)
    assert list(found.columns["channel"]) == ["email", "sms", "email", "sms"]
    assert list(found.columns["touch"]) == ["1", "1", "1", "2"]
    assert list(found.columns["block"]) == ["9", "9", "9", "9"]
    assert list(found.person) == [0, 1, 2, 2]
    assert list(found.answered) == [True, False, False, False]
    assert list(found.opted_out) == [False, False, False, True]
    assert list(found.watched) == [0.25, 3.0, 5.0, 1.0]
