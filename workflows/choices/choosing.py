"""Choosing what touches go out with, of what the rule book allows now or soon; pure, and loads numpy."""

import hashlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import numpy as np
from scipy.special import expit, logit

from contact_rules.channels import Channel
from contact_rules.person import Person, Policy
from scoring.learn import choosing as learnt
from scoring.learn.choosing import Choosing, Options
from scoring.models.logistic import Floats
from scoring.plans import COMPLAINT_COST, COMPLAINT_RATE, TOUCH_DECAY
from workflows.choices import telling
from workflows.choices.choice import Choice, LeftOut
from workflows.choices.moments import find_options, find_zone

# What is counted with where nobody has scored how likely an answer is (N5).
_USUAL_ANSWERS = 0.15
# What somebody does within so many days is put down to a message, also what they would have done by themselves.
_CREDITED_DAYS = 7.0
# With each further message people are so much likelier to opt out.
_MORE_OPT_OUTS = 0.5
# However much an option costs, so much of its worth is left to compare by.
_LEAST_LEFT = 0.05


@dataclass(frozen=True, slots=True)
class Ask:
    """A touch that may go out now, as its playbook plans it, and what may be chosen instead.

    `variants` are the wordings that there are by each channel, beside the planned `variant`; `until` ends the time
    that it may wait. `answer_worth` is what an answer
    of theirs brings, None where nobody knows. `fixed` says why nothing else is to be chosen, if so.
    """

    contact_id: str
    playbook: str
    round_no: int
    touch_no: int
    channel: Channel
    variant: str
    variants: Mapping[Channel, Sequence[str]]
    until: datetime
    person: Person
    score: Mapping[str, Any]
    answer_worth: float | None = None
    fixed: str | None = None

    @property
    def base(self) -> float:
        """The log-odds of an answer that are expected of this touch: three together bring the likelihood."""
        share = self.score.get("likelihood") or _USUAL_ANSWERS
        weight = TOUCH_DECAY[min(self.touch_no, len(TOUCH_DECAY)) - 1] / sum(TOUCH_DECAY[:3])
        return float(logit(-math.expm1(weight * math.log1p(-min(share, 0.99)))))

    def luck(self, purpose: str) -> float:
        """A number between 0 and 1, always the same for the same touch."""
        key = f"{purpose}/{self.contact_id}/{self.playbook}/{self.round_no}/{self.touch_no}"
        digest = hashlib.blake2b(key.encode(), digest_size=8).digest()
        return int.from_bytes(digest) / 2**64


@dataclass(frozen=True, slots=True)
class Terms:
    """What all touches of an account are chosen by at one moment; `costs` are of a touch, by channel."""

    at: datetime
    policy: Policy
    costs: Mapping[Channel, float]
    model: Choosing = field(default_factory=Choosing)
    version: int | None = None


@dataclass(frozen=True, slots=True)
class _Option:
    """What a touch may go out with."""

    channel: Channel
    at: datetime
    variant: str


@dataclass(frozen=True, slots=True)
class _Picked:
    """What a touch goes out with, with which chance, why, and what that adds to the log-odds of an answer."""

    option: _Option
    propensity: float
    why: str
    adds: float = 0.0


def choose_all(asks: Sequence[Ask], terms: Terms) -> dict[str, Choice | LeftOut]:
    """Contact → what their touch goes out with; a further one that brings less than it costs is left out."""
    menus = [_menu(ask, terms) for ask in asks]
    picked = [_planned(ask, menu[0], terms) for ask, menu in zip(asks, menus, strict=True)]
    free = [place for place, menu in enumerate(menus) if len(menu) > 1]
    if free:
        drawn = _pick([asks[place] for place in free], [menus[place] for place in free], terms)
        for place, mine in zip(free, drawn, strict=True):
            picked[place] = mine
    return {
        ask.contact_id: _left_out(ask, mine, terms)
        or _choice(ask, mine.option, menu[0], terms, propensity=mine.propensity, why=mine.why)
        for ask, menu, mine in zip(asks, menus, picked, strict=True)
    }


def _menu(ask: Ask, terms: Terms) -> list[_Option]:
    """What the touch may go out with, the plan first."""
    plan = _Option(ask.channel, terms.at, ask.variant)
    if ask.fixed or terms.version is None:
        return [plan]
    usable = find_options(
        ask.person,
        list(ask.variants),
        at=terms.at,
        until=ask.until,
        luck=ask.luck("minute"),
        policy=terms.policy,
    )
    every = [_Option(channel, at, v) for channel, at in usable for v in ask.variants[channel]]
    return [plan, *(option for option in every if option != plan)]


def _planned(ask: Ask, plan: _Option, terms: Terms) -> _Picked:
    why = ask.fixed or (telling.NOTHING_LEARNT if terms.version is None else telling.ONLY_ONE)
    return _Picked(plan, 1.0, why)


def _pick(
    asks: Sequence[Ask], menus: Sequence[Sequence[_Option]], terms: Terms
) -> Sequence[_Picked]:
    """One option of each, drawn by what is believed of all."""
    sizes = [len(menu) for menu in menus]
    told: list[dict[str, str]] = []
    less: list[float] = []
    for ask, menu in zip(asks, menus, strict=True):
        base = ask.base
        for option in menu:
            choice = _choice(ask, option, menu[0], terms)
            told.append(
                choice.columns(
                    playbook=ask.playbook,
                    touch_no=ask.touch_no,
                    channel=option.channel,
                    variant=option.variant,
                    at=option.at,
                )
            )
            less.append(_less(ask, option.channel, base, terms))
    options = Options(
        {name: [row[name] for row in told] for name in told[0]},
        message=np.repeat(np.arange(len(asks)), sizes),
        less=np.array(less),
        luck=np.array([ask.luck("choice") for ask in asks]),
    )
    chosen = learnt.choose(terms.model, options)
    found: list[_Picked] = []
    begin = 0
    for place, (ask, menu) in enumerate(zip(asks, menus, strict=True)):
        adds = chosen.adds[begin : begin + len(menu)]
        own, best = int(chosen.option[place]) - begin, int(chosen.best[place]) - begin
        why = _why(ask, menu, adds, own, best, terms)
        propensity = float(chosen.propensity[place])
        found.append(_Picked(menu[own], propensity, why, float(adds[own])))
        begin += len(menu)
    return found


def _why(ask: Ask, menu: Sequence[_Option], adds: Floats, own: int, best: int, terms: Terms) -> str:
    zone, plain = find_zone(ask.person, terms.policy), ask.variant

    def what(place: int) -> str:
        option = menu[place]
        return telling.what(option.channel, option.variant, option.at, zone, plain=plain)

    def chance(place: int) -> float:
        return float(expit(ask.base + adds[place]))

    messages = terms.model.messages
    if own != best:
        return telling.a_try(what(own), chance(own), what(best), chance(best), messages)
    if own == 0:
        return telling.best_is_plan(what(0), chance(0), messages)
    return telling.better(what(own), chance(own), what(0), chance(0), messages)


def _choice(
    ask: Ask,
    option: _Option,
    plan: _Option,
    terms: Terms,
    *,
    propensity: float = 1.0,
    why: str = "",
) -> Choice:
    score = ask.score
    return Choice(
        channel=option.channel.value,
        variant=option.variant,
        at=option.at,
        propensity=propensity,
        why=why,
        base=ask.base,
        zone=find_zone(ask.person, terms.policy),
        segment=str(score["segment"]),
        track=str(score["track"]),
        interest=str(score.get("interest_level") or "unknown"),
        planned_channel=plan.channel.value,
        is_plan=option == plan,
        version=terms.version,
    )


def _cost(ask: Ask, channel: Channel, terms: Terms) -> float:
    """What a touch costs: the message, complaints, and what the account loses with those who opt out."""
    opt_out = terms.model.opt_outs.get(channel, 0.0) * (1 + _MORE_OPT_OUTS * (ask.touch_no - 1))
    lost = max(ask.score.get("expected_value") or 0.0, 0.0)
    return terms.costs[channel] + COMPLAINT_RATE * COMPLAINT_COST + opt_out * lost


def _less(ask: Ask, channel: Channel, base: float, terms: Terms) -> float:
    """What its cost takes from an option's log-odds: as much as would make an answer so much less worth."""
    if not ask.answer_worth:
        return 0.0
    share = _cost(ask, channel, terms) / (ask.answer_worth * float(expit(base)))
    return -math.log(max(1.0 - share, _LEAST_LEFT))


def _left_out(ask: Ask, mine: _Picked, terms: Terms) -> LeftOut | None:
    """Whether one more message is not worth it: what answers it adds to those that come by themselves."""
    if ask.touch_no == 1 or not ask.answer_worth or ask.fixed:
        return None
    alone = -math.expm1(
        _CREDITED_DAYS / 90 * math.log1p(-min(ask.score.get("p_return") or 0.0, 0.99))
    )
    gain = float(expit(ask.base + mine.adds)) - alone
    worth, cost = gain * ask.answer_worth, _cost(ask, mine.option.channel, terms)
    if worth >= cost:
        return None
    return LeftOut(telling.left_out(ask.touch_no, mine.option.channel, gain, max(worth, 0.0), cost))
