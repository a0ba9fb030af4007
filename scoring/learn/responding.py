"""P(return | left alone) and P(respond | plan): either somebody comes anyway, or answers the plan.

Left alone, the log-odds of coming are those of p_return and what the account's control groups taught. A plan adds a
chance of answering: its log-odds are those of the planning value of segment and plan, and what the contact's own
features and the account's outcomes add. Everything that is added is shrunk: towards the pooled values of other
accounts, and from there towards what this account shows. So the uplift p_respond - p_return can be told from the
first contact on and is believed as far as it is known.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import polars as pl
from scipy.special import expit

from contact_rules.channels import AUTOMATIC, Channel, usable
from contact_rules.reasons import BUDGET_OR_TIMING
from core.errors import Invalid
from scoring.features.hours import HOUR_BLOCKS
from scoring.features.segment import CUSTOMER
from scoring.features.signals import LIFT
from scoring.features.terms import LABELS, WORDS
from scoring.learn.pooled import POOLED
from scoring.learn.traits import Trait, trait_values
from scoring.models.either import either, update
from scoring.models.logistic import Belief, Floats

# Half a year on, budgets are new ones.
_NEW_BUDGET_DAYS = 182
# No record makes surer than this that somebody stays away: else one who came all the same would teach of everybody.
_LEAST_CHANCE = 0.005
# One prior event in each quarter of the waking day and a half: a few events tell little of an hour.
_HOUR_PRIOR = 1.5
# Columns that the terms are made of as numbers.
_NUMBERS = (
    *("gap_days", "span_days", "age_days", "human_events", "p_return_raw", "reason_confidence"),
    *("forms", "written", "visits", "deep", "missed", "touched"),
    *("purchases", "outreach", "answered"),
)
_ALL_WORDS = tuple((column, word) for column, words in WORDS.items() for word in words)


@dataclass(frozen=True, slots=True)
class Term:
    """One feature of a contact: its key, its words for a person, and its value for everybody."""

    key: str
    label: str
    value: Floats


def terms(frame: pl.DataFrame, *, hour: int, traits: Sequence[Trait] = ()) -> list[Term]:
    """The features of contacts for a plan whose messages go out in the block of `hour` (local).

    `frame` as scoring/score.py makes it; `traits` are those of the account.
    Numbers are centred at what is usual, so that nothing is added for a usual contact.
    """
    col = _numbers(frame)
    open_to = {channel: col[usable(channel)] for channel in AUTOMATIC}
    gap, sure = col["gap_days"], col["reason_confidence"]
    returning = _coming(col["p_return_raw"]) + 3.5
    rate = np.log((col["human_events"] + 0.5) / (col["span_days"] / 7 + 6)) + 1.0
    budget = col[_says("reason", BUDGET_OR_TIMING)]
    values = {
        "customer": col[_says("track", CUSTOMER)],
        "gap": np.log1p(gap / 30) - 2.3,
        "rate": rate,
        "rate_squared": rate**2,
        "span": np.log1p(col["span_days"] / 7) - 2.0,
        "age": np.log1p(np.maximum(col["age_days"], 0) / 7) - 4.0,
        "returning": returning,
        "returning_squared": returning**2 / 4,
        "rate_returning": rate * returning / 2,
        "forms": np.log1p(col["forms"]) - 0.7,
        "written": np.log1p(col["written"]) - 0.7,
        "visits": np.log1p(col["visits"]) - 1.0,
        "deep": col["deep"],
        "missed": col["missed"],
        "never": 1.0 - col["touched"],
        "repeat": (col["purchases"] >= 2).astype(np.float64),
        **{f"{channel}_only": _alone(channel, open_to) for channel in AUTOMATIC},
        "tried": np.log1p(col["outreach"]),
        "answered": (col["answered"] > 0).astype(np.float64),
        "hour": _hour_term(frame, hour),
        "reason_new_budget": sure * budget * (gap > _NEW_BUDGET_DAYS),
    }
    for column, words in WORDS.items():
        for word in words:
            holds = col[_says(column, word)]
            values[f"{column}_{word}"] = sure * holds if column == "reason" else holds
    told = [Term(key, label, values[key]) for key, label in LABELS.items()]
    own = zip(traits, trait_values(frame, traits), strict=True)
    return told + [Term(trait.key, trait.label, value) for trait, value in own]


def _numbers(frame: pl.DataFrame) -> dict[str, Floats]:
    """Every column that the terms are made of as numbers, nothing as 0, and whether a column says a word.

    In one pass: for one contact each pass of its own would cost as much.
    """
    says = (("reason", BUDGET_OR_TIMING), ("track", CUSTOMER), *_ALL_WORDS)
    found = frame.select(
        *(
            pl.col(name).cast(pl.Float64).fill_null(0.0)
            for name in (*_NUMBERS, *map(usable, AUTOMATIC))
        ),
        *(
            pl.col(column).eq_missing(pl.lit(word)).cast(pl.Float64).alias(_says(column, word))
            for column, word in dict.fromkeys(says)
        ),
    )
    return {column.name: column.to_numpy() for column in found}


def _says(column: str, word: str) -> str:
    return f"{column} is {word}"


def _alone(channel: Channel, open_to: Mapping[Channel, Floats]) -> Floats:
    """1 where this channel may be used and no other."""
    others = [1.0 - value for other, value in open_to.items() if other != channel]
    return np.asarray(open_to[channel] * np.prod(others, axis=0))


def _hour_term(frame: pl.DataFrame, hour: int) -> Floats:
    """Half the log of how much more than a quarter of somebody's events fall into the hour's block."""
    counts = np.column_stack([frame[f"hours_{i}"].to_numpy() for i in range(len(HOUR_BLOCKS))])
    block = next(i for i, (first, end) in enumerate(HOUR_BLOCKS) if first <= hour < end)
    share = (counts[:, block] + _HOUR_PRIOR) / (counts.sum(axis=1) + 4 * _HOUR_PRIOR)
    return np.asarray(0.5 * np.log(4 * share))


@dataclass(frozen=True, slots=True)
class Responding:
    """What is believed of both arms: coefficients of the terms left alone, then of the plan's effect.

    `keys` are the terms in order; each half has a constant in front. `outcomes` counts the contacts
    whose matured outcomes it has learnt from: 0 means planning values and pooled priors alone. `traits` are
    those of the account. `works` are the
    log-odds that plans do anything at all, and `idle` is what is believed of coming if they do not: without both, a
    plan that does nothing could only be told from one that does little by very many outcomes.
    """

    keys: tuple[str, ...]
    belief: Belief
    outcomes: int = 0
    traits: tuple[Trait, ...] = ()
    works: float = POOLED.works
    idle: Belief | None = None

    @property
    def works_share(self) -> float:
        """How likely it is that plans do anything at all."""
        return float(expit(self.works))

    def terms(self, frame: pl.DataFrame, *, hour: int) -> list[Term]:
        """The features of contacts that it knows, as `terms`."""
        return terms(frame, hour=hour, traits=self.traits)

    def chances(
        self, given: Sequence[Term], p_return: Floats, planned: Floats
    ) -> tuple[Floats, Floats]:
        """(P(return | left alone), P(respond | plan)) of each contact.

        `planned` is the planning value of answering the plan, 0 where it reaches nobody: there both
        chances are the same.
        """
        alone, effect = self._odds(given)
        come = expit(_coming(p_return) + alone)
        answer = self.works_share * np.where(planned > 0, expit(_logit(planned) + effect), 0.0)
        return come, either(come, answer)

    def contributions(
        self, given: Sequence[Term]
    ) -> list[tuple[Term, Floats | None, Floats | None]]:
        """What each term adds to the log-odds of coming and of answering; no term that adds to neither."""
        size = len(self.keys) + 1
        means = self.means()
        return [
            (term, alone * term.value if alone else None, added * term.value if added else None)
            for term, alone, added in zip(given, means[1:size], means[size + 1 :], strict=True)
            if alone or added
        ]

    def means(self) -> Floats:
        """The coefficients that predict: of coming, those of either belief as far as it is the likelier one."""
        if self.idle is None:
            return self.belief.mean
        return self.works_share * self.belief.mean + (1.0 - self.works_share) * self.idle.mean

    def _odds(self, given: Sequence[Term]) -> tuple[Floats, Floats]:
        if tuple(term.key for term in given) != self.keys:
            raise Invalid("the features are not those the response model was learnt from")
        size = len(self.keys) + 1
        own, effect = np.split(self.means(), [size])
        alone, added = np.full(len(given[0].value), own[0]), np.full(len(given[0].value), effect[0])
        for i, term in enumerate(given, start=1):
            if own[i]:
                alone += own[i] * term.value
            if effect[i]:
                added += effect[i] * term.value
        return alone, added


def planned_response(likelihood: Floats, weight: Floats) -> Floats:
    """The segment's planning value carried to a plan of another weight: 1 - (1 - p) ** weight."""
    return np.asarray(-np.expm1(weight * np.log1p(-likelihood)))


def starting_model(traits: Sequence[Trait] = ()) -> Responding:
    """What is believed before an account has outcomes of its own."""
    keys = (*LABELS, *(trait.key for trait in traits))
    mean = np.zeros(2 * len(keys) + 2)
    spread = np.full(len(mean), POOLED.unknown)
    size = len(keys) + 1
    spread[0], spread[size] = POOLED.constant_alone, POOLED.constant_effect
    mean[size] = POOLED.level
    for i, key in enumerate(keys, start=1):
        unknown = POOLED.unknown if key in LABELS else POOLED.trait
        mean[i], spread[i] = POOLED.alone.get(key, (0.0, unknown))
        mean[size + i], spread[size + i] = POOLED.effect.get(key, (0.0, unknown))
        if key.startswith("signal_"):
            mean[size + i] = LIFT[key.removeprefix("signal_")]
    return Responding(keys, Belief.independent(mean, spread**-2.0), traits=tuple(traits))


def learn(
    model: Responding,
    given: Sequence[Term],
    *,
    p_return: Floats,
    planned: Floats,
    treated: np.ndarray,
    responded: np.ndarray,
) -> Responding:
    """What is believed after matured outcomes of contacts, treated or left alone at random.

    Arrays have one element for each contact; `treated` and `responded` are true or false, `planned`
    is 0 for who could not be reached.
    """
    rows = len(p_return)
    values = np.column_stack([np.ones(rows), *(term.value for term in given)])
    learnt = partial(
        update,
        values=values,
        outcome=responded.astype(np.float64),
        coming=_coming(p_return),
        answering=_logit(planned),
    )
    approached = treated & (planned > 0)
    belief, evidence = learnt(model.belief, approached=approached)
    idle, idle_evidence = learnt(model.idle or model.belief, approached=np.zeros_like(approached))
    return replace(
        model,
        belief=belief,
        idle=idle,
        works=model.works + evidence - idle_evidence,
        outcomes=model.outcomes + rows,
    )


def answering(p_return: Floats, p_respond: Floats) -> Floats:
    """The chance that the plan is answered, out of the chances of coming alone and of either."""
    return np.asarray((p_respond - p_return) / np.maximum(1.0 - p_return, 1e-9))


def _coming(p_return: Floats) -> Floats:
    """The log-odds of coming back, no surer than a record can be."""
    return _logit(np.clip(p_return, _LEAST_CHANCE, 1.0 - _LEAST_CHANCE))


def _logit(chance: Floats) -> Floats:
    inside = np.clip(chance, 1e-6, 1 - 1e-6)
    return np.asarray(np.log(inside / (1.0 - inside)))
