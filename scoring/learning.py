"""Learning anew from all that an account has shown, and judging what was learnt out of time; pure.

A challenger is fitted to everything. It is judged by stand-ins that were fitted to the record as it stood
earlier, on what came after that: the future is never shuffled into the past.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl

from contact_rules.columns import split_channels
from scoring.features.input_frames import UTC_MS, is_human
from scoring.features.prepare import Prepared, ScoreSettings, prepare
from scoring.learn.backtest import ENOUGH
from scoring.learn.champion import Contest
from scoring.learn.cohort import COHORT_COLUMNS, foretell, learn_outcomes
from scoring.learn.learnt import HORIZON_DAYS, Learnt, learn_account
from scoring.learn.metrics import Bools, Floats, log_loss, log_loss_gap
from scoring.learn.traits import as_it_was
from scoring.plans import PLAN_HOUR
from scoring.score import with_chances

HORIZON = timedelta(days=HORIZON_DAYS)
RETURNS, RESPONSES = "returns", "responses"

#: Cohorts with their outcomes: when each was decided and matured, and what could be used and was known at the decision.
OUTCOME_COLUMNS: dict[str, pl.DataType | type[pl.DataType]] = {
    **COHORT_COLUMNS,
    "decided_at": UTC_MS,
    "matured_at": UTC_MS,
    "channels": pl.String,
    "traits": pl.String,
}


@dataclass(frozen=True, slots=True)
class History:
    """An account's contacts and events up to now, looked at as of earlier moments.

    `cohorts` has OUTCOME_COLUMNS of matured outcomes.
    """

    contacts: pl.DataFrame
    events: pl.DataFrame
    cohorts: pl.DataFrame
    settings: ScoreSettings

    def at(self, moment: datetime) -> Prepared:
        """Everybody who was known at a moment, by what had happened until then."""
        known = self.contacts.filter(_is_known(moment))
        return prepare(known, self.events, as_of=moment, settings=self.settings)

    def came(self, before: Prepared, learnt: Learnt, moment: datetime) -> Bools:
        """Whether each of the contacts of `before` came between then and `moment`, by what nobody asked them to."""
        later = self.at(moment)
        days = later.today - before.today
        who = np.arange(later.frame.height)
        after = pl.Series(learnt.alone(later).counts_after(-float(days), 0.0, who) > 0)
        then = later.frame.select("contact_id", came=after)
        found = before.frame.select("contact_id").join(
            then, on="contact_id", how="left", maintain_order="left"
        )
        return found["came"].fill_null(value=False).to_numpy()

    def decisions(self) -> "Iterator[_Decided]":
        """The cohorts a day at a time, each with its contacts as they were when the day's first was decided.

        What may be used to reach them and what mapped properties said was stored then; everything else is computed
        from the record.
        """
        members = self.cohorts["contact_id"].unique()
        theirs = self.events.filter(pl.col("contact_id").is_in(members.implode()))
        start = self._start()
        days = self.cohorts.sort("decided_at").group_by_dynamic("decided_at", every="1d")
        for _, cohort in days:
            yield self._decided(cohort.unique("contact_id", keep="first"), theirs, start)

    def _decided(
        self, cohort: pl.DataFrame, theirs: pl.DataFrame, start: datetime | None
    ) -> "_Decided":
        moment = _first(cohort["decided_at"])
        members = cohort["contact_id"].implode()
        prepared = prepare(
            self.contacts.filter(_is_known(moment) & pl.col("contact_id").is_in(members)),
            theirs.filter(pl.col("contact_id").is_in(members)),
            as_of=moment,
            settings=self.settings,
            history_start=start if start is not None and start <= moment else None,
        )
        then = split_channels(pl.col("channels"))
        kept = cohort.select("contact_id", "channels", "traits").with_columns(**then)
        frame = prepared.frame.drop("channels", *then).join(
            kept, on="contact_id", how="left", maintain_order="left"
        )
        frame = as_it_was(frame.drop("traits"), frame["traits"])
        return _Decided(cohort, replace(prepared, frame=frame))

    def _start(self) -> datetime | None:
        """When the record of what people did begins."""
        known = pl.col("contact_id").is_in(self.contacts["contact_id"].implode())
        human = self.events.filter(is_human() & known)
        return _first(human["occurred_at"]) if human.height else None


@dataclass(frozen=True, slots=True)
class _Decided:
    """One day's cohort, and its contacts as of then."""

    cohort: pl.DataFrame
    prepared: Prepared

    @property
    def matured_at(self) -> datetime:
        """When the last of its outcomes was known."""
        return _last(self.cohort["matured_at"])


def learn_history(history: History, *, as_of: datetime) -> Learnt:
    """Fit to the whole record, then learn from every cohort in the order of the decisions."""
    learnt = learn_account(history.at(as_of))
    for decided in history.decisions():
        frame = with_chances(decided.prepared, learnt)
        learnt = learn_outcomes(frame, learnt, decided.cohort, hour=PLAN_HOUR)
    return learnt


def judge_returns(
    history: History, champion: Learnt, *, fitted_to: datetime, as_of: datetime
) -> Contest | None:
    """Who foretold better who would come back within the last 90 days.

    The stand-in knows the record up to 90 days ago. None where the champion, fitted to the record up to
    `fitted_to`, knows some of what it would be asked to foretell.
    """
    cut = as_of - HORIZON
    if fitted_to > cut:
        return None
    prepared = history.at(cut)
    measured = (prepared.frame["band"] != "unmeasurable").to_numpy()
    if not measured.any():
        return None
    stand_in = learn_account(prepared)
    came = history.came(prepared, stand_in, as_of)
    return _contest(
        came[measured],
        champion.p_return(prepared)[measured],
        stand_in.p_return(prepared)[measured],
    )


def judge_responses(history: History, champion: Learnt, *, fitted_to: datetime) -> Contest | None:
    """Who foretold better who would respond, of the cohorts that matured since the champion was fitted.

    The stand-in knows the record up to the first of their decisions. Each day's cohort is foretold by what had
    matured when it was decided, or when the champion was fitted, who knows that as well.
    """
    fresh = history.cohorts.filter(pl.col("matured_at") > fitted_to)
    if not fresh.height:
        return None
    cut = _first(fresh["decided_at"])
    past = history.at(cut)
    if not past.frame.height:
        return None
    stand_in = learn_account(past)
    said: list[tuple[np.ndarray, ...]] = []
    maturing: list[_Decided] = []
    for decided in history.decisions():
        known_to = max(fitted_to, _first(decided.cohort["decided_at"]))
        matured = [one for one in maturing if one.matured_at <= known_to]
        maturing = [one for one in maturing if one.matured_at > known_to]
        for one in matured:
            frame = with_chances(one.prepared, stand_in)
            stand_in = learn_outcomes(frame, stand_in, one.cohort, hour=PLAN_HOUR)
        new = decided.cohort.filter(pl.col("matured_at") > fitted_to)
        if new.height:
            by_champion = with_chances(decided.prepared, champion)
            theirs, responded = foretell(by_champion, champion, new, hour=PLAN_HOUR)
            frame = with_chances(decided.prepared, stand_in)
            ours, _ = foretell(frame, stand_in, new, hour=PLAN_HOUR)
            said.append((responded, theirs, ours))
        maturing.append(decided)
    responded, theirs, ours = (np.concatenate(parts) for parts in zip(*said, strict=True))
    return _contest(responded, theirs, ours)


def _contest(outcome: Bools, champion: Floats, challenger: Floats) -> Contest | None:
    """Both models' chances of the same people against what happened; None where too few tell."""
    positive = int(outcome.sum())
    if not ENOUGH <= positive <= len(outcome) - ENOUGH:
        return None
    gap, error = log_loss_gap(outcome, challenger, champion)
    losses = log_loss(outcome, champion), log_loss(outcome, challenger)
    return Contest(len(outcome), positive, *losses, gap, error)


def _is_known(moment: datetime) -> pl.Expr:
    return pl.col("created_at").is_null() | (pl.col("created_at") <= moment)


def _first(moments: pl.Series) -> datetime:
    return _moment(moments.min())


def _last(moments: pl.Series) -> datetime:
    return _moment(moments.max())


def _moment(found: object) -> datetime:
    if not isinstance(found, datetime):
        raise TypeError("there are no moments to choose from")
    return found.astimezone(UTC)
