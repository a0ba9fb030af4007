"""`rekindle bench loop`: an account lives on by itself for months after its first approval; what came of everybody."""

import math
import re
from collections import Counter
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from app.lab.demo_job import Install, Job
from app.lab.demo_progress import Progress
from app.lab.deployment import Deployment, Pretended, opened_deployment
from app.lab.histories import Histories, as_line
from app.lab.loop_checks import count_answers
from app.pages.standing import load_standing
from connector.registry import DEFAULT_PROVIDER
from core.clock import stopwatch
from core.context import Context
from core.db import reading
from core.jobs import store as jobs
from scoring import store as scores
from sync.mirror.store import load_known
from sync.outbox import plan_rows, plans
from sync.outbox.states import PlanState
from workflows.decisions import store as decisions
from workflows.enrollment import store as ledger
from workflows.enrollment.states import BEGUN
from workflows.stops import store as stops

# A scoring is asked for after 26 hours, and everything is looked at every few hours here.
_SCORED_WITHIN = timedelta(hours=33)
# Sundays, warm-up and people who are asked at their own hours make for days without a start.
_IDLE_AT_MOST = 5
# A sum of draws is further from its odds than this once in 1,700 times.
_NEAR = 3.5
_GUIDE = {"answers": (0.10, 0.30), "bookings": (0.20, 0.45)}


@dataclass(frozen=True, slots=True)
class Trial:
    """`contacts` are those of the CRM's first account, of whom about seven in ten are dormant."""

    crm: str = DEFAULT_PROVIDER
    days: int = 120
    contacts: int = 710
    seed: int | None = None
    line: str = "general"
    histories: Path | None = None


@dataclass(slots=True)
class Diary:
    """What each day showed."""

    known: dict[str, dict[str, str]] = field(default_factory=dict)
    written: list[float] = field(default_factory=list)
    by_property: Counter[str] = field(default_factory=Counter)
    idle: int = 0
    longest_idle: int = 0
    begun: int = 0
    stalls: list[str] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)  # why, by contact


def live_on(trial: Trial) -> dict[str, Any]:
    """Approve the first plan and the first wave, let the days pass, and tell what became of everybody."""
    total = stopwatch()
    settings = {"REKINDLE_VERTICAL": trial.line}
    pretended = Pretended(trial.contacts, trial.crm, trial.seed, settings)
    with ExitStack() as stack:
        progress = stack.enter_context(Progress())
        deployed = stack.enter_context(opened_deployment(pretended, progress))
        account_id = _largest(deployed, Install(deployed.context, progress, provider=trial.crm))
        job = _job(deployed, progress, account_id)
        stack.callback(job.close)
        job.write()
        job.start()
        dormant, diary = _dormant(deployed.context, account_id), Diary()
        _note(deployed.context, account_id, diary, deployed.context.clock.now())
        progress.stage("days", f"Letting {trial.days} days pass")
        job.live(
            trial.days,
            daily=lambda at: _note(deployed.context, account_id, diary, at),
        )
        progress.stage("judge", "Reading what the CRM holds of everybody")
        histories = Histories(deployed, trial.crm, account_id, job.remote_id)
        found = _report(job, trial, diary, histories, deployed.context)
        if trial.histories is not None:
            trial.histories.write_bytes(b"\n".join(map(as_line, histories.each())))
    return {"crm": trial.crm, "dormant": dormant, **found, "seconds": round(total(), 1)}


def _job(deployed: Deployment, progress: Progress, account_id: str) -> Job:
    return Job(
        deployed.context,
        deployed.children,
        progress,
        sandbox=deployed.sandbox,
        account_id=account_id,
    )


def _largest(deployed: Deployment, install: Install) -> str:
    """Of the accounts that one install brings the largest; the others stay unapproved."""
    found = install.run()
    for account_id in found:
        job = _job(deployed, install.progress, account_id)
        job.read()
        job.close()
    return max(found, key=lambda one: load_standing(deployed.context, one).read_count)


def _dormant(here: Context, account_id: str) -> int:
    with reading(here.engine) as connection:
        scoring = scores.find_scoring(connection, account_id)
    return 0 if scoring is None else int(scoring["dormant"]["d90"] or 0)


def _note(here: Context, account_id: str, diary: Diary, at: datetime) -> None:
    """What differs from the day before, and what stands still."""
    with reading(here.engine) as connection:
        ids = decisions.load_ids(connection, account_id, after="", until=None)
        known = load_known(connection, account_id, ids)
        scoring = scores.find_scoring(connection, account_id)
        has_ready = decisions.has_ready(connection, account_id)
        begun = ledger.count_enrollments(connection, account_id)
        stopped = stops.load_stopped(connection, account_id)
        given_up = jobs.load_given_up(connection, account_id)
        refused = plan_rows.load_failed(connection, account_id, limit=len(ids))
    diary.refused |= {contact_id: why or "no reason is known" for contact_id, why in refused}
    day = f"{at:%Y-%m-%d}"
    if diary.known:
        changed = [_changed(diary.known.get(i, {}), values) for i, values in known.items()]
        diary.by_property.update(name for names in changed for name in names)
        diary.written.append(sum(map(bool, changed)) / max(1, len(known)))
    diary.known = known
    started = sum(begun.get(state, 0) for state in BEGUN)
    diary.idle = diary.idle + 1 if has_ready and started == diary.begun else 0
    diary.longest_idle, diary.begun = max(diary.longest_idle, diary.idle), started
    if scoring is None or at - scoring["as_of"] > _SCORED_WITHIN:
        diary.stalls.append(f"{day}: not scored")
    if load_standing(here, account_id).plan_state is PlanState.WAITING:
        diary.stalls.append(f"{day}: a plan waits for a person")
    diary.stalls += [f"{day}: {name or 'everything'} is stopped" for name in stopped]
    diary.stalls += [f"{day}: {one.job} was given up: {one.error}" for one in given_up]


def _changed(before: Mapping[str, str], now: Mapping[str, str]) -> set[str]:
    return {name for name in {*before, *now} if before.get(name, "") != now.get(name, "")}


def _report(
    job: Job, trial: Trial, diary: Diary, histories: Histories, here: Context
) -> dict[str, Any]:
    counted = histories.counters()
    brought, against = counted["brought"][job.remote_id], counted[f"{trial.crm}_against_wishes"]
    told = job.results(trial.days).horizons
    reported = {
        days: {name: told[days].started.did[name].count for name in _REPORTED} for days in told
    }
    odds = {name: beside_odds(brought, name) for name in ("answers", "bookings", "kept", "sales")}
    answers = count_answers(histories)
    days = len(diary.written)
    with reading(here.engine) as connection:
        writes = plans.tally(connection, job.account_id)
    wrong = [
        *(f"{n}: {o['count']} is far from {o['expected']}" for n, o in odds.items() if o["far"]),
        *_outside(brought),
        *answers.wrong,
        *diary.stalls,
        *_refused(diary.refused),
    ]
    if brought["after_an_answer"]:
        wrong.append(f"{brought['after_an_answer']} messages after an answer")
    if against:
        wrong.append(f"{against} messages to people who had asked for none")
    if diary.longest_idle > _IDLE_AT_MOST:
        wrong.append(f"nobody was started for {diary.longest_idle} days while somebody was ready")
    return {
        "days": trial.days,
        "people_touched": brought["people"],
        "people_answering": brought["answering"],
        "touches": brought["touches"],
        "odds": odds,
        "reported": reported,
        "answers": answers.json(),
        "writes": {"succeeded": writes.succeeded, "failed": writes.failed},
        "written_a_day": round(sum(diary.written) / max(1, days), 5),
        "most_on_a_day": round(max(diary.written, default=0.0), 5),
        "by_property": {
            name: round(count / len(diary.known) / max(1, days), 5)
            for name, count in diary.by_property.most_common()
        },
        "longest_idle_days": diary.longest_idle,
        "wrong": wrong,
    }


def _refused(why: Mapping[str, str]) -> list[str]:
    """What the CRM refused to take, by its reason."""
    reasons = Counter(_REQUEST.sub("", reason) for reason in why.values())
    return [f"values of {count} contacts were refused: {r}" for r, count in reasons.most_common()]


# The number of a request tells two refusals of one kind apart.
_REQUEST = re.compile(r"\s*\(request [^)]*\)")
_REPORTED = ("responded", "answered", "positive", "booked", "showed", "sold", "opted_out")


def beside_odds(brought: Mapping[str, Any], name: str) -> dict[str, Any]:
    """How many there were, beside the sum of the odds that were drawn against."""
    count, expected = brought[name], brought[f"{name}_expected"]
    spread = math.sqrt(max(brought[f"{name}_variance"], 1e-9))
    far = abs(count - expected) > _NEAR * spread + 0.5
    return {"count": count, "expected": expected, "spread": round(spread, 2), "far": far}


def _outside(brought: Mapping[str, Any]) -> list[str]:
    """Shares outside the ranges that the generator's people are made for."""
    people, answering = brought["people"], brought["answering"]
    shares = {
        "answers": (answering, people),
        "bookings": (brought["bookings"], answering),
    }
    found = []
    for name, (count, of) in shares.items():
        low, high = _GUIDE[name]
        slack = 2 * math.sqrt(low * (1 - low) / max(of, 1))
        if not low - slack <= count / max(of, 1) <= high + slack:
            found.append(f"{name}: {count} of {of} is outside {low:.0%} to {high:.0%}")
    return found
