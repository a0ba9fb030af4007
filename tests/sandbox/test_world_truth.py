"""The sealed truth agrees with what the world does, and its file names nobody."""

import json
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from sandbox.world.events import REPLIES, Channel, Touch, to_ms
from sandbox.world.tenant import hearing_care
from sandbox.world.truth import PLANS, reveal, seal, write_sealed
from sandbox.world.world import World

AS_OF = datetime(2026, 11, 16, 15, tzinfo=UTC)  # ten in the morning in Portland


def make(*, contacts: int = 1500, null: bool = False) -> World:
    return World(hearing_care(seed=21, contacts=contacts, as_of=AS_OF, null=null))


def test_organic_outcomes_are_those_that_will_happen() -> None:
    world = make()
    truth = reveal(world)
    end = AS_OF + timedelta(days=90)
    came = [bool(world.organic_between(person, AS_OF, end)) for person in range(1500)]
    assert np.mean(np.array(came) == truth.returned) > 0.995  # a night's sleep moves a few
    assert float(truth.organic.mean()) == pytest.approx(float(truth.returned.mean()), abs=0.03)


def test_a_plans_outcomes_are_those_of_touching_everyone_once() -> None:
    world = make()
    truth = reveal(world)
    people = [
        person.number
        for person in world.people()
        if person.zone == "America/New_York" and not person.duplicate
    ]
    answered = np.array(
        [
            any(
                e.kind in REPLIES and e.sentiment is not None  # no refusal in words
                for e in world.react(p, Touch(AS_OF, Channel.EMAIL))
            )
            for p in people
        ]
    )
    assert answered.sum() > 50
    assert np.array_equal(answered | truth.returned[people], truth.answered["email"][people])


def test_chances_match_outcomes_on_average() -> None:
    truth = reveal(make(contacts=6000))
    for name in PLANS:
        gained = float(truth.treated[name].mean()) - float(truth.answered[name].mean())
        assert abs(gained) < 0.02, name
        assert (truth.treated[name] >= truth.organic - 1e-9).all()


def test_in_the_null_tenant_no_plan_has_an_effect() -> None:
    truth = reveal(make(null=True))
    for name in PLANS:
        assert np.array_equal(truth.answered[name], truth.returned)
        assert truth.treated[name] == pytest.approx(truth.organic)


def test_the_file_is_keyed_by_hmac_and_names_nobody() -> None:
    world = make(contacts=50)
    ids = {person: str(90_000 + person) for person in range(50)}
    text = write_sealed(reveal(world).rows(b"sealed", ids))
    rows = [json.loads(line) for line in text.splitlines()]
    names = [row["contact"] for row in rows]
    assert names == sorted(names)
    assert set(names) == {seal(b"sealed", contact_id) for contact_id in ids.values()}
    assert not any(contact_id in text for contact_id in ids.values())
    assert not any((p.email or "none@") in text for p in world.people())
    assert set(rows[0]["plans"]) == set(PLANS)


def test_after_as_of_the_truth_is_about_the_starting_day_only() -> None:
    """Reactions before the truth is revealed would change it; the world keeps count of them."""
    world = make(contacts=50)
    before = world.last_human_ms.copy()
    world.react(1, Touch(AS_OF, Channel.EMAIL))
    assert np.array_equal(before, world.last_human_ms)
    event = next(world.organic(int(np.argmax(world.weekly_rate))))
    world.happened(event)
    assert world.last_human_ms[event.person] >= to_ms(AS_OF)
