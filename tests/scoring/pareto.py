"""Made-up customers whose true chances are known: a Pareto/NBD, and one whose purchases are regular."""

from dataclasses import dataclass

import numpy as np

from scoring.features.timeline import Ints, Timeline, state_now, timeline
from scoring.learn.metrics import Bools, Floats
from scoring.models import pareto_nbd
from scoring.models.pareto_nbd import ParetoNbd

#: A purchase every two months or so while they stay, a year and a half on average.
TRUTH = ParetoNbd(0.9, 55.0, 1.2, 350.0)


@dataclass(frozen=True, slots=True)
class Shop:
    """Days with purchases of customers who began between `-reach` and 0; days above 0 came later."""

    person: Ints
    day: Floats
    people: int

    def past(self) -> Timeline:
        known = self.day <= 0
        return timeline(self.person[known], self.day[known])

    def came(self, horizon: float) -> Bools:
        after = (self.day > 0) & (self.day <= horizon)
        return np.bincount(self.person[after], minlength=self.people) > 0


def made_up_shop(
    seed: int,
    people: int,
    *,
    truth: ParetoNbd = TRUTH,
    reach: int = 720,
    ahead: int = 180,
    stages: int = 1,
) -> Shop:
    """Customers of such a process; with `stages` above 1 they buy regularly (Erlang), at the same rate."""
    dice = np.random.default_rng(seed)
    rate = dice.gamma(truth.r, 1 / truth.alpha, people)
    leaves = dice.exponential(1 / dice.gamma(truth.s, 1 / truth.beta, people))
    first = np.sort(-dice.uniform(0, reach, people))
    persons, days = [np.arange(people)], [first]
    at, since = first, np.zeros(people)
    going = np.arange(people)
    while len(going):
        since = since + dice.gamma(stages, 1 / (stages * rate[going]))
        at = first[going] + since
        still = (since <= leaves[going]) & (at <= ahead)
        going, since = going[still], since[still]
        persons.append(going)
        days.append(at[still])
    # Days are whole and the first is told apart from what follows on it.
    return Shop(np.concatenate(persons), np.floor(np.concatenate(days)), people)


def true_chances(past: Timeline, horizon: float, truth: ParetoNbd = TRUTH) -> Floats:
    """P(return) of everybody by the process that made them, where `stages` was 1."""
    state = state_now(past)
    return pareto_nbd.p_return(truth, state.x, state.t_x, state.age, horizon)
