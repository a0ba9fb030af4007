"""From features and learnt models to one scored row per contact, as of a moment; pure and columnar."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import polars as pl

from contact_rules.channels import AUTOMATIC, CHANNELS, usable
from playbooks.fields import STAGES
from scoring.contributions import contributions
from scoring.dormancy import contacts_missed, dormancy_score, silence_probability
from scoring.explain import with_explanation
from scoring.features.pattern import pattern, pattern_confidence
from scoring.features.prepare import (
    AccountFacts,
    Events,
    Prepared,
    ScoreSettings,
    facts_of,
    prepare,
)
from scoring.features.recency import BOUNDARIES, DORMANT_BANDS, NEVER
from scoring.features.segment import Segment, segments_of
from scoring.features.segment_columns import (
    asks_for_chances,
    planned_amount,
    planned_likelihood,
    planned_sale,
    playbook_key,
    segment_key,
)
from scoring.features.signals import CAME_BACK
from scoring.learn.certainty import OWN_WEIGHS_MORE, Sureness
from scoring.learn.learnt import Learnt, learn_account
from scoring.learn.responding import Responding, Term, answering, planned_response, starting_model
from scoring.learn.traits import traits_text
from scoring.models.logistic import Floats
from scoring.parallel import spread
from scoring.plan_columns import PLAN, cost_of, default_plans, weight_of
from scoring.plans import PLAN_HOUR, PLANS
from scoring.sales import SaleBasis
from scoring.value import (
    expected_value,
    priority_cuts,
    sale_basis,
    sale_values,
    with_priority,
)

__all__ = [
    "AccountFacts", "ScoreSettings", "Scored", "Yardstick", "dormant_counts", "is_dormant",
    "rescore_contacts", "score_contacts",
]  # fmt: skip

COLUMNS = (
    "contact_id", "track", "band", "quiet_days", "age_days", "last_human_at", "last_human_kind",
    "human_events", "repeats", "span_days", "rhythm_days", "purchases", "revenue", "source",
    "lifecycle", "interest_level", "inquiry", "pattern", "pattern_confidence", "reason",
    "reason_source", "reason_confidence", "signal", "signal_at", "signal_until", "signal_gap",
    "signal_next", "has_email", "has_phone", *map(usable, CHANNELS), "channels", "reachable", "open_deal",
    "next_meeting_at", "do_not_contact", "email_opt_out", "email_bounced", "marketable", "sms_consent",
    "sms_consent_at", "unengaged_sends", "ever_engaged", "created_at",
    "dormancy_score", "contacts_missed", "segment", "playbook", "p_return", "return_low", "return_high", "likelihood",
    "likelihood_low", "likelihood_high", "own_share", "likelihood_source", "uplift", "plan",
    "speaks_for", "typical_sale", "expected_value", "priority", "explanation", "contributions", "traits",
)  # fmt: skip

# A term that adds less to the chance is not worth a place in the sentence.
_WORTH_SAYING = 0.015
_BLOCK = 1 << 15
_OF_AN_ANSWER = ("likelihood", "likelihood_low", "likelihood_high", "own_share", "speaks_for")


@dataclass(frozen=True, slots=True)
class Yardstick:
    """What scoring everybody showed of the account as a whole: who scores a few later measures them by it.

    `history_start` is None without any activity, `sales` has each segment's typical sale, and `cuts`
    the worth from which on a contact has priority A, B or C. `basis` says what the sales' worth was worked out from;
    nobody is measured by it.
    """

    history_start: datetime | None
    sales: Mapping[str, float]
    cuts: tuple[float, ...]
    basis: SaleBasis | None = None


@dataclass(frozen=True, slots=True)
class Scored:
    """One row per contact in `frame` (COLUMNS), in the order of the contacts given."""

    frame: pl.DataFrame
    account: AccountFacts
    learnt: Learnt
    yardstick: Yardstick
    segments: tuple[Segment, ...]


def score_contacts(
    contacts: pl.DataFrame,
    events: Events,
    *,
    as_of: datetime,
    settings: ScoreSettings,
    learnt: Learnt | None = None,
) -> Scored:
    """Score every contact as of a moment; what happened later is ignored.

    Frames as in `canon.CONTACT_COLUMNS` and `canon.EVENT_COLUMNS`: extra columns are ignored,
    absent optional ones count as empty, events of unknown contacts are left out. Without `learnt`
    models are fitted to what is given. Raises Invalid for an unusable frame and ValueError for an
    as_of without a zone.
    """
    prepared = prepare(contacts, events, as_of=as_of, settings=settings)
    account = facts_of(prepared, as_of=as_of, settings=settings)
    learnt = learnt or learn_account(prepared)
    frame, yardstick = valued(with_chances(prepared, learnt), prepared, account, settings)
    frame = with_playbook(frame, prepared)
    parts = spread(lambda part: _told(part, learnt, settings), frame.iter_slices(_BLOCK))
    whole = pl.concat(parts) if parts else _told(frame, learnt, settings)
    return Scored(whole, account, learnt, yardstick, segments_of(settings.vertical))


def rescore_contacts(
    contacts: pl.DataFrame,
    events: Events,
    *,
    as_of: datetime,
    settings: ScoreSettings,
    learnt: Learnt,
    yardstick: Yardstick,
) -> pl.DataFrame:
    """Score some of an account's contacts as scoring everybody with the same model would; COLUMNS."""
    prepared = prepare(
        contacts, events, as_of=as_of, settings=settings, history_start=yardstick.history_start
    )
    frame = with_value(with_chances(prepared, learnt), yardstick.sales, settings)
    return _told(with_playbook(_ranked(frame, yardstick.cuts), prepared), learnt, settings)


def _told(frame: pl.DataFrame, learnt: Learnt, settings: ScoreSettings) -> pl.DataFrame:
    """COLUMNS of a block of contacts: its numbers, with the sentence and what moves each chance."""
    moved = contributions(frame, learnt.responding)
    told = with_explanation(frame, settings.timezone)
    return told.with_columns(moved, traits=traits_text(frame)).select(COLUMNS)


def valued(
    frame: pl.DataFrame, prepared: Prepared, account: AccountFacts, settings: ScoreSettings
) -> tuple[pl.DataFrame, Yardstick]:
    """Add typical_sale, expected_value and priority; with what they were measured by."""
    basis = sale_basis(prepared.sales["amount"])
    sales = sale_values(prepared.sales, frame, basis, segments_of(settings.vertical))
    frame = with_value(frame, sales, settings)
    start = account.history_start if prepared.has_activity else None
    planned = planned_amount(settings.vertical.value, settings.currency)
    if basis is None and planned is not None:
        basis = SaleBasis(planned, 0)
    yardstick = Yardstick(start, sales, priority_cuts(frame), basis)
    return _ranked(frame, yardstick.cuts), yardstick


def _ranked(frame: pl.DataFrame, cuts: tuple[float, ...]) -> pl.DataFrame:
    ranked = with_priority(frame, cuts)
    return ranked.with_columns(expected_value=pl.col("expected_value").round(2))


def described(frame: pl.DataFrame, timezone: str = "UTC") -> Iterator[pl.DataFrame]:
    """The frame with its sentences, a part at a time: a million of them would fill the memory."""
    for part in frame.iter_slices(_BLOCK):
        yield with_explanation(part, timezone)


def dormant_counts(scored: Scored) -> dict[str, int | None]:
    """Contacts quiet for at least 90, 180 and 365 days (None: unmeasurable), and never engaged."""
    quiet, windows = scored.frame["quiet_days"], scored.account.measurable
    counts: dict[str, int | None] = {
        name: int((quiet >= days).sum()) if windows[name] else None
        for name, days in BOUNDARIES.items()
    }
    return counts | {"never": int((scored.frame["band"] == NEVER).sum())}


def is_dormant() -> pl.Expr:
    """True for the people a reactivation is about: quiet for 90 days or more, or never engaged."""
    return pl.col("band").is_in([*DORMANT_BANDS, NEVER])


def is_candidate() -> pl.Expr:
    """True for who is worth a look: the dormant, and who came back after a long silence just now."""
    return is_dormant() | pl.col("signal").eq_missing(pl.lit(CAME_BACK))


def with_chances(prepared: Prepared, learnt: Learnt) -> pl.DataFrame:
    """Add the dormancy score, pattern, segment, p_return, likelihood, uplift and plan."""
    frame = prepared.frame.with_columns(
        dormancy_score=dormancy_score(learnt.rates),
        contacts_missed=contacts_missed(learnt.rates),
        pattern=pattern(silence_probability(learnt.rates)),
        pattern_confidence=pattern_confidence(),
        p_return_raw=pl.Series(learnt.p_return(prepared), dtype=pl.Float64),
    )
    frame = _with_segment(frame, prepared, without_late=True).with_columns(
        planning=planned_likelihood(prepared.vertical, prepared.as_of)
    )
    frame = frame.with_columns(candidate=is_candidate())
    sure = Sureness(learnt.responding, starting_model(learnt.responding.traits))
    parts = spread(lambda part: _responses(part, learnt, sure), frame.iter_slices(_BLOCK))
    found = pl.concat(parts) if parts else _responses(frame, learnt, sure)
    own = pl.col("own_share") > OWN_WEIGHS_MORE
    words = pl.Enum(["prior", "model"])
    return frame.hstack(found).with_columns(
        likelihood_source=pl.when(own)
        .then(pl.lit("model", dtype=words))
        .when(~own)
        .then(pl.lit("prior", dtype=words))
    )


def _with_segment(
    frame: pl.DataFrame, prepared: Prepared, *, without_late: bool = False
) -> pl.DataFrame:
    """Add the segment, by everything that is known so far."""
    stage = pl.col("lifecycle").str.to_lowercase()
    known = frame.with_columns(
        stage=pl.when(stage.is_not_null()).then(
            pl.when(stage.is_in(STAGES)).then(stage).otherwise(pl.lit("other"))
        )
    )
    if "p_return" not in frame.columns:
        known = known.with_columns(p_return="p_return_raw")
    found = segment_key(
        prepared.vertical, known.columns, at=prepared.as_of, without_late=without_late
    )
    return frame.with_columns(known.select(segment=found)["segment"])


def with_playbook(frame: pl.DataFrame, prepared: Prepared) -> pl.DataFrame:
    """Add the playbook, and the final segment where one asks about chances."""
    if asks_for_chances(prepared.vertical):
        frame = _with_segment(frame, prepared)
    return frame.with_columns(playbook=playbook_key(prepared.vertical))


def _responses(frame: pl.DataFrame, learnt: Learnt, sure: Sureness) -> pl.DataFrame:
    """p_return of a block of contacts; of candidates also likelihood, uplift, plan and its cost.

    Outcomes of outreach teach about candidates only: for all others the raw p_return stands.
    """
    some = frame.filter(pl.col("candidate"))
    given = learnt.responding.terms(some, hour=PLAN_HOUR)
    open_to = {channel: some[usable(channel)].to_numpy() for channel in AUTOMATIC}
    planning = some["planning"].fill_null(0.0).to_numpy()
    weight, cost = np.zeros(some.height), np.zeros(some.height)
    plan = np.zeros(some.height, dtype=np.uint8)
    for choice, mine in default_plans(open_to):
        weight[mine] = weight_of(choice, open_to)[mine]
        cost[mine] = cost_of(choice, open_to)[mine]
        plan[mine] = list(PLANS).index(choice.key)
    planned = planned_response(planning, weight)
    p_return, p_respond = learnt.responding.chances(given, some["p_return_raw"].to_numpy(), planned)
    answer = answering(p_return, p_respond)
    certain = sure.of(given, p_return, p_respond, answer)
    # Of whom no plan reaches nobody knows how many would answer: no number is better than one of others.
    is_reached = pl.Series(planned > 0)
    found = pl.DataFrame(
        {
            "p_return": p_return,
            "likelihood": p_respond,
            "uplift": p_respond - p_return,
            "likelihood_low": certain.low.astype(np.float32),
            "likelihood_high": certain.high.astype(np.float32),
            "return_low": certain.return_low.astype(np.float32),
            "return_high": certain.return_high.astype(np.float32),
            "own_share": certain.own.astype(np.float32),
            "plan_cost": cost,
            "plan": pl.Series(plan).cat.to(PLAN),
            "speaks_for": _speaks_for(learnt.responding, given, p_return, p_respond),
        }
    ).with_columns(pl.when(is_reached).then(pl.col(name)).alias(name) for name in _OF_AN_ANSWER)
    who = frame["candidate"]
    place = pl.select(pl.when(who).then(who.cast(pl.UInt32).cum_sum() - 1)).to_series()
    measured = pl.when(frame["band"] != "unmeasurable").then(frame["p_return_raw"])
    raw = pl.select(measured).to_series()
    return found[place].with_columns(p_return=pl.coalesce("p_return", raw))


def _speaks_for(
    model: Responding, given: Sequence[Term], p_return: Floats, p_respond: Floats
) -> pl.Series:
    """The words of the term that adds most to the chance of an answer, where it adds something."""
    names = list(dict.fromkeys(_lower_first(term.label) for term in given))
    most = np.full(len(p_return), _WORTH_SAYING)
    code = np.full(len(most), len(names), dtype=np.uint8)
    # A point of log-odds of coming, and of answering, is worth so much of the whole chance.
    staying = 1.0 - p_respond
    worth = p_return * staying, answering(p_return, p_respond) * staying
    for term, *parts in model.contributions(given):
        added = sum(
            (part * each for part, each in zip(parts, worth, strict=True) if part is not None),
            start=np.zeros(len(most)),
        )
        more = added > most
        most[more] = added[more]
        code[more] = names.index(_lower_first(term.label))
    known = pl.Series(code < len(names))
    found = pl.select(pl.when(known).then(pl.Series(code))).to_series()
    return found.cat.to(pl.Enum(names))


def _lower_first(text: str) -> str:
    return text[:1].lower() + text[1:]


def with_value(
    frame: pl.DataFrame, sales: Mapping[str, float], settings: ScoreSettings
) -> pl.DataFrame:
    """Add the typical sale of the contact's segment and the value expected of a plan."""
    segments = segments_of(settings.vertical)
    sale = pl.col("segment").replace_strict(dict(sales), default=None, return_dtype=pl.Float64)
    own = pl.lit(settings.typical_sale, dtype=pl.Float64)
    filled = pl.coalesce(sale, own, planned_sale(segments, settings.currency)).round(2)
    return frame.with_columns(typical_sale=filled).with_columns(
        expected_value=expected_value(segments)
    )
