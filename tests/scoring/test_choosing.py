"""What is learnt of channels, hours, touches and wordings from messages and their answers (S15, S16, S17)."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from scipy.special import expit, logit

from scoring.learn import choosing
from scoring.learn.choosing import Choosing, Options, Sent, choose, learn
from scoring.learn.delays import EDGES, USUAL_DELAYS, fit_delays
from scoring.learn.pooled import CHOICES
from scoring.learn.stored_choosing import from_json, to_json

BASE = float(logit(0.08))
USUAL = {
    "playbook": "p",
    "segment": "asked",
    "track": "lead",
    "interest": "low",
    "touch": "1",
    "channel": "email",
    "block": "9",
    "day": "0",
    "variant": "neutral",
    "planned": "no",
    "as_planned": "no",
}


def columns(rows: Sequence[dict[str, str]]) -> dict[str, list[str]]:
    assert set(USUAL) == set(CHOICES.columns)
    return {name: [{**USUAL, **row}[name] for row in rows] for name in CHOICES.columns}


def sent(rows: Sequence[dict[str, str]], answered: Any, *, age: float = 60.0) -> Sent:
    """Messages of so many days ago, one to each person; who answered did so after half a day."""
    count = len(rows)
    did = np.array(answered, np.bool_)
    return Sent(
        columns(rows),
        person=np.arange(count),
        base=np.full(count, BASE),
        age=np.full(count, age),
        watched=np.where(did, 0.4, age),
        answered=did,
        opted_out=np.zeros(count, np.bool_),
    )


def options(rows: Sequence[dict[str, str]], *, luck: float = 0.5, times: int = 1) -> Options:
    count = len(rows)
    return Options(
        columns(list(rows) * times),
        message=np.repeat(np.arange(times), count),
        less=np.zeros(count * times),
        luck=np.linspace(0.0005, 0.9995, times) if times > 1 else np.array([luck]),
    )


def adds(model: Choosing, *rows: dict[str, str]) -> Any:
    return choose(model, options(rows)).adds


def drawn(chances: Sequence[float], seed: int = 1) -> Any:
    return np.random.default_rng(seed).random(len(chances)) < np.array(chances)


@pytest.mark.parametrize(
    ("name", "low", "high"),
    [
        ("channel", "email", "sms"),
        ("block", "9", "15"),
        ("variant", "neutral", "short"),
        ("touch", "3", "1"),
    ],
    ids=["S16", "S15", "wording", "S17"],
)
def test_s15_s16_s17_what_is_answered_more_often_is_found_and_no_more_than_was_seen(
    name: str, low: str, high: str
) -> None:
    rows = [{name: value} for value in (low, high) * 3_000]
    chances = [0.05 if row[name] == low else 0.12 for row in rows]
    model = learn(sent(rows, drawn(chances)))
    found = adds(model, {name: low}, {name: high})
    true = logit(0.12) - logit(0.05)
    assert 0.5 * true < found[1] - found[0] < 1.2 * true
    few = learn(sent(rows[:40], drawn(chances)[:40]))
    shrunk = adds(few, {name: low}, {name: high})
    assert abs(shrunk[1] - shrunk[0]) < 0.5 * true


def test_s16_one_segment_answers_texts_another_e_mails() -> None:
    rows = [{"segment": s, "channel": c} for s in ("asked", "bought") for c in ("email", "sms")]
    rows *= 2_000
    chances = [0.14 if (r["segment"] == "asked") == (r["channel"] == "sms") else 0.05 for r in rows]
    model = learn(sent(rows, drawn(chances)))
    for segment, best in (("asked", 1), ("bought", 0)):
        found = adds(model, *({"segment": segment, "channel": c} for c in ("email", "sms")))
        assert int(found.argmax()) == best
    # Of a segment that nobody was written to in, what holds of all is believed.
    new = adds(model, *({"segment": "new", "channel": c} for c in ("email", "sms")))
    assert abs(new[1] - new[0]) < 0.3


def test_a_young_message_without_an_answer_is_no_refusal_yet() -> None:
    """Answers come days later: of the texts sent yesterday as many will answer as of the old e-mails."""
    old = [{"channel": "email"}] * 2_000
    young = [{"channel": "sms"}] * 2_000
    came = USUAL_DELAYS.come_by(np.array(["sms"]), np.array([1.0]))[0]
    assert 0.3 < came < 0.6
    parts = [
        sent(old, drawn([0.08] * 2_000)),
        sent(young, drawn([0.08 * came] * 2_000, 2), age=1.0),
    ]
    joined = Sent(
        columns([*old, *young]),
        person=np.arange(4_000),
        **{
            name: np.concatenate([getattr(part, name) for part in parts])
            for name in ("base", "age", "watched", "answered", "opted_out")
        },
    )
    found = adds(learn(joined), {"channel": "email"}, {"channel": "sms"})
    refused = replace(joined, watched=np.where(joined.answered, 0.4, 90.0))
    naive = adds(learn(refused), {"channel": "email"}, {"channel": "sms"})
    assert abs(found[1] - found[0]) < 0.25
    assert naive[1] - naive[0] < -0.3, "taken for refusals they look bad"


def test_an_answer_belongs_to_the_message_that_is_likely_to_have_brought_it() -> None:
    """An answer two hours after the second message is the second's, one just before it came is the first's."""
    pair = [{"channel": "email", "touch": "1"}, {"channel": "sms", "touch": "2"}]

    def taught(after_second: float) -> float:
        count = 600
        did = np.repeat(drawn([0.2] * count), 2)
        first = 5.0 + after_second
        return float(
            np.diff(
                adds(
                    learn(
                        Sent(
                            columns(pair * count),
                            person=np.repeat(np.arange(count), 2),
                            base=np.full(2 * count, BASE),
                            age=np.full(2 * count, 90.0),
                            watched=np.where(did, np.tile([first, after_second], count), 30.0),
                            answered=did,
                            opted_out=np.zeros(2 * count, np.bool_),
                        )
                    ),
                    *pair,
                )
            )[0]
        )

    assert taught(0.1) > taught(20.0) + 0.3


def test_delays_of_an_account_are_learnt_though_the_slow_answers_are_still_to_come() -> None:
    rng = np.random.default_rng(3)
    count = 40_000
    days, ages = rng.exponential(6.0, count), rng.uniform(0.0, 30.0, count)
    known = days < ages
    channel = np.full(int(known.sum()), "email")
    found = fit_delays(channel, days[known], ages[known], np.ones(int(known.sum())))
    month = found.come_by(np.array(["email"]), np.array([30.0]))[0]
    assert 0.85 < month < 1.0, "of what comes later than anything could yet, as much as is usual"
    for by in (1.0, 3.0, 7.0, 14.0):
        told = found.come_by(np.array(["email"]), np.array([by]))[0]
        assert told / month == pytest.approx(1 - np.exp(-by / 6.0), abs=0.05)
    naive = np.mean(days[known] < 7.0)
    assert naive > 1 - np.exp(-7.0 / 6.0) + 0.04, "what has come by now is the quick part of all"
    assert sum(found.shares["email"]) == pytest.approx(1.0)
    # A channel without answers of its own is as usual.
    usual = USUAL_DELAYS.come_by(np.array(["sms"] * len(EDGES)), np.array(EDGES))
    assert (found.come_by(np.array(["sms"] * len(EDGES)), np.array(EDGES)) == usual).all()


MENU = [
    {"channel": "email", "planned": "yes", "as_planned": "yes"},
    {"channel": "sms"},
    {"channel": "email", "block": "15", "as_planned": "yes"},
    {"channel": "sms", "block": "15"},
]


def test_choices_come_out_as_often_as_their_recorded_chance_says() -> None:
    rows = [{"channel": c} for c in ("email", "sms")] * 400
    model = learn(sent(rows, drawn([0.08] * 800)))
    found = choose(model, options(MENU, times=4_000))
    places = found.option % len(MENU)
    for place in range(len(MENU)):
        mine = places == place
        if mine.any():
            chance = found.propensity[mine][0]
            assert (found.propensity[mine] == chance).all()
            assert mine.mean() == pytest.approx(chance, abs=0.002)
    assert found.propensity.min() > 0


def test_few_people_get_nearly_always_the_plan_and_many_what_is_likely_to_be_best() -> None:
    nothing = choose(Choosing(), options(MENU, times=1_000))
    assert (nothing.option % len(MENU) == 0).mean() >= 1 - choosing.LEAST_DRAWN
    rows = [{"channel": c, "block": b} for c in ("email", "sms") for b in ("9", "15")] * 3_000
    chances = [0.14 if (r["channel"], r["block"]) == ("sms", "15") else 0.06 for r in rows]
    model = learn(sent(rows, drawn(chances)))
    many = choose(model, options(MENU, times=1_000))
    assert (many.option % len(MENU) == 3).mean() > 0.9
    # What costs more than it brings is not chosen however well it is answered.
    dear = options(MENU)
    dear.less[[1, 3]] = 2.0
    assert choose(model, dear).best[0] in (0, 2)


def test_what_was_learnt_is_the_same_after_it_was_stored() -> None:
    rows = [{"channel": c, "block": b} for c in ("email", "sms") for b in ("9", "15")] * 50
    model = learn(sent(rows, drawn([0.1] * 200)))
    again = from_json(to_json(model))
    assert again is not None
    assert (choose(again, options(MENU)).adds == choose(model, options(MENU)).adds).all()
    assert (again.people, again.messages, again.delays) == (200, 200, model.delays)
    assert again.opt_outs == model.opt_outs
    other = to_json(model) | {"families": ["other"]}
    assert from_json(other) is None
    assert from_json({}) is None


def test_opt_outs_of_a_channel_are_the_account_s_own_as_it_sends_more() -> None:
    rows = [{"channel": c} for c in ("email", "sms")] * 1_000
    did = sent(rows, drawn([0.08] * 2_000))
    did.opted_out[1:400:2] = True  # a fifth of the texts
    found = learn(did).opt_outs
    assert 0.1 < found["sms"] < 0.2
    assert found["email"] < choosing.OPT_OUTS["email"]


def test_chances_are_chances() -> None:
    """Whatever is believed, log-odds added to an expectation stay a chance."""
    model = learn(sent([{"channel": "sms"}] * 50, [True] * 50))
    chance = expit(BASE + adds(model, {"channel": "sms"}, {"channel": "email"}))
    assert ((chance > 0) & (chance < 1)).all()
    assert chance[0] > chance[1]
