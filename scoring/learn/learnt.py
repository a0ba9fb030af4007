"""What has been learnt of one account: who comes back, who responds, how often people get in touch."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scoring.dormancy import Rates, fit_rates
from scoring.features.prepare import Prepared
from scoring.features.segment import CUSTOMER, LEAD
from scoring.features.timeline import Ints, Timeline, in_order_of_content
from scoring.learn.provoked import Provoked, fit_provoked, untouched
from scoring.learn.responding import Responding
from scoring.learn.responding import starting_model as responding_start
from scoring.learn.returning import ENOUGH_PEOPLE, Returning, fit_returning
from scoring.learn.returning import starting_model as returning_start
from scoring.learn.traits import find_traits
from scoring.models.logistic import Floats
from scoring.parallel import spread

# The horizon of every chance that is shown: most of what comes, comes within it (N8).
HORIZON_DAYS = 90
TRACKS = (LEAD, CUSTOMER)
_BLOCK = 1 << 15


@dataclass(frozen=True, slots=True)
class Learnt:
    """Everything a score needs besides the contact; `returning` has one model for each track.

    `provoked` says of each track what our own messages bring about.
    """

    returning: Mapping[str, Returning]
    provoked: Mapping[str, Provoked]
    responding: Responding
    rates: Rates

    def p_return(self, prepared: Prepared) -> Floats:
        """P(comes back by itself within 90 days) of every contact, by the model of its track."""
        lead = (prepared.frame["track"] == LEAD).to_numpy()
        visits = visits_of(prepared)
        parts, done = [], 0
        for line in prepared.line.blocks(_BLOCK):
            parts.append((line, lead[done : done + line.people], done))
            done += line.people

        def chance(part: tuple[Timeline, NDArray[np.bool_], int]) -> Floats:
            line, leads, first = part
            found = np.zeros(line.people)
            for track, mine in ((LEAD, np.flatnonzero(leads)), (CUSTOMER, np.flatnonzero(~leads))):
                if len(mine):
                    theirs = visits.only(mine + first) if visits and track == CUSTOMER else None
                    alone = untouched(
                        line.only(mine),
                        prepared.sent.only(mine + first),
                        prepared.today,
                        self.provoked[track],
                    )
                    found[mine] = self.returning[track].chance(alone, prepared.today, theirs)
            return found

        chances = spread(chance, parts)
        return np.concatenate(chances) if chances else np.zeros(0)

    def alone(self, prepared: Prepared) -> Timeline:
        """Everybody's days of contact without those that our own messages brought about."""
        lead, persons, days = (prepared.frame["track"] == LEAD).to_numpy(), [], []
        for track, theirs in ((LEAD, lead), (CUSTOMER, ~lead)):
            mine = np.flatnonzero(theirs)
            left = untouched(
                prepared.line.only(mine),
                prepared.sent.only(mine),
                prepared.today,
                self.provoked[track],
            )
            persons.append(mine[left.person])
            days.append(left.day)
        whole = Timeline(np.concatenate(persons), np.concatenate(days), prepared.line.birth)
        return _in_order(whole)


def _in_order(line: Timeline) -> Timeline:
    order = np.argsort(line.person, kind="stable")
    return Timeline(line.person[order], line.day[order], line.birth)


def learn_account(prepared: Prepared) -> Learnt:
    """Fit to an account's own record; without outcomes of outreach, responses start from the pool."""
    frame = prepared.frame
    measured = (frame["band"] != "unmeasurable").to_numpy()
    order, visits = in_order_of_content(prepared.line), visits_of(prepared)

    def fitted(track: str) -> tuple[Returning, Provoked]:
        mine = _first(order, (frame["track"] == track).to_numpy() & measured)
        line, sent = prepared.line.only(mine), prepared.sent.only(mine)
        provoked = fit_provoked(line, sent)
        if not len(mine):
            return returning_start(HORIZON_DAYS), provoked
        customers = track == CUSTOMER
        model = fit_returning(
            untouched(line, sent, prepared.today, provoked),
            horizon=HORIZON_DAYS,
            today=prepared.today,
            visits=visits.only(mine) if visits and customers else None,
            cycle=prepared.cycle if customers else None,
        )
        return model, provoked

    found = dict(zip(TRACKS, spread(fitted, TRACKS), strict=True))
    return Learnt(
        {track: model for track, (model, _) in found.items()},
        {track: provoked for track, (_, provoked) in found.items()},
        responding_start(find_traits(frame)),
        fit_rates(frame),
    )


def visits_of(prepared: Prepared) -> Timeline | None:
    """The purchases, where the account's customers come due by a cycle; None where all contact counts."""
    if prepared.cycle is None:
        return None
    bought = prepared.bought
    day = (bought.day - prepared.today).astype(np.float32)
    return Timeline(bought.person, day, prepared.line.birth)


def _first(order: Ints, wanted: NDArray[np.bool_]) -> Ints:
    return order[wanted[order]][:ENOUGH_PEOPLE]
