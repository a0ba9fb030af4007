"""The sealed truth: who would have come back anyway, who would have answered which plan, and why.

Only an evaluator opens the file; nothing in it enters a CRM record.
"""

import hmac
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sandbox.world.events import Channel, to_ms
from sandbox.world.history import WEEK_MS
from sandbox.world.latents import HOUR_BLOCKS, PATTERNS, REASONS
from sandbox.world.response import (
    HORIZON_DAYS,
    ORGANIC_SHARE,
    Situation,
    answer_chance,
    answer_delay_days,
    organic_chance,
)
from sandbox.world.world import World

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Plan = tuple[tuple[int, Channel], ...]
Row = dict[str, object]

#: Plans by name: days after the decision and channels.
PLANS: dict[str, Plan] = {
    "email": ((0, Channel.EMAIL),),
    "sms": ((0, Channel.SMS),),
    "email_sms_email": ((0, Channel.EMAIL), (3, Channel.SMS), (10, Channel.EMAIL)),
    "sms_email_sms": ((0, Channel.SMS), (3, Channel.EMAIL), (10, Channel.SMS)),
    "email_email_email": ((0, Channel.EMAIL), (5, Channel.EMAIL), (10, Channel.EMAIL)),
}
PLAN_HOUR = 10.0


@dataclass(frozen=True, slots=True)
class Truth:
    """Chances and outcomes over the 90 days after `as_of`, one element per person."""

    world: World
    organic: Floats
    returned: Bools
    treated: dict[str, Floats]
    answered: dict[str, Bools]

    def rows(self, key: bytes, ids: Mapping[int, str]) -> list[Row]:
        """One row per person who has a CRM id, named by HMAC-SHA-256 of that id."""
        return [
            {"contact": seal(key, contact_id)} | self._row(person)
            for person, contact_id in ids.items()
        ]

    def _row(self, person: int) -> Row:
        latents = self.world.latents
        hours = HOUR_BLOCKS[int(np.argmax(latents.hours[person]))]
        return {
            "organic": round(float(self.organic[person]), 6),
            "returned": bool(self.returned[person]),
            "plans": {
                name: {
                    "chance": round(float(self.treated[name][person]), 6),
                    "outcome": bool(self.answered[name][person]),
                }
                for name in self.treated
            },
            "pattern": PATTERNS[latents.pattern[person]],
            "reason": REASONS[latents.reason[person]],
            "best_channel": (Channel.SMS if latents.channel[person] > 0 else Channel.EMAIL).value,
            "best_hours": list(hours),
        }


def seal(key: bytes, contact_id: str) -> str:
    """The name under which a contact's truth is filed."""
    return hmac.digest(key, contact_id.encode(), "sha256").hex()


def write_sealed(rows: Iterable[Row]) -> str:
    """The rows as lines of JSON, sorted by the sealed name, so that their order says nothing."""
    ordered = sorted(rows, key=lambda row: str(row["contact"]))
    return "".join(json.dumps(row) + "\n" for row in ordered)


def reveal(world: World) -> Truth:
    """Work out both potential outcomes of everyone; call it before time moves."""
    people = np.arange(world.tenant.contacts)
    organic = organic_chance(world.weekly_rate)
    gap = world.dice.exponential("organic.gap", people, 0)
    with np.errstate(divide="ignore"):
        weeks = gap / (world.weekly_rate * ORGANIC_SHARE)
    returned = weeks <= HORIZON_DAYS / 7.0
    treated, answered = {}, {}
    for name, plan in PLANS.items():
        chance, outcome = _under_plan(world, plan)
        treated[name] = 1.0 - (1.0 - organic) * (1.0 - chance)
        answered[name] = returned | outcome
    return Truth(world, organic, np.asarray(returned), treated, answered)


def _under_plan(world: World, plan: Plan) -> tuple[Floats, Bools]:
    """Chance and outcome of an answer to at least one touch of the plan."""
    latents, people = world.latents, world.people()
    human, n = latents.human, world.tenant.contacts
    now = to_ms(world.tenant.as_of)
    created = np.array([to_ms(someone.created_at) for someone in people])
    last = np.maximum(world.last_human_ms, created)[human]
    reached = {
        Channel.EMAIL: np.array([p.email is not None for p in people])
        & (world.email_lost_ms > now),
        Channel.SMS: np.array([p.sms_consent for p in people]) & (world.sms_lost_ms > now),
    }
    silence, outcome = np.ones(n), np.zeros(n, dtype=np.bool_)
    turn, previous = np.zeros(n, dtype=np.int64), np.full(n, np.nan)
    for day, channel in plan:
        turn = turn + reached[channel]
        visit = world.last_visit_ms[human]
        situation = Situation(
            person=human,
            ordinal=np.maximum(turn, 1),
            customer=world.customer[human],
            gap_weeks=(now - last) / WEEK_MS + day / 7.0,
            spacing_days=day - previous,
            hour=np.full(n, PLAN_HOUR),
            signal=(visit >= 0) & (now + day * WEEK_MS / 7 - visit <= WEEK_MS),
        )
        noise = world.dice.normal("answer.noise", human, turn)
        chance = answer_chance(
            latents, world.tenant.response, situation, channel=channel, addresses=None, noise=noise
        )
        chance = np.where(reached[channel], chance, 0.0) * (not world.tenant.null)
        delay = answer_delay_days(
            world.dice.uniform("answer.mixture", human, turn),
            world.dice.normal("answer.delay", human, turn),
            world.dice.uniform("answer.tail", human, turn),
        )
        in_time = day + delay <= HORIZON_DAYS
        outcome |= (world.dice.uniform("answer", human, turn) < chance) & in_time
        silence *= 1.0 - chance
        previous = np.where(reached[channel], float(day), previous)
    return 1.0 - silence, outcome
