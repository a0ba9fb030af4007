"""The jobs of scoring: read columns, score and learn, store; polars is loaded inside the jobs alone."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from datetime import datetime
from itertools import islice
from typing import TYPE_CHECKING, Any

from sqlalchemy.engine import Connection

from connector.errors import CrmError
from core import log
from core.context import Context, current
from core.db import reading, refresh_statistics
from core.facts import ChampionChanged, ContactsScored
from oauth.account_playbooks.holding import load_playbooks, note_wrong
from oauth.account_settings.changing import load_settings
from scoring import over_time, store
from scoring.features.terms import inputs_to_read
from scoring.learn import outcomes, versions
from scoring.learn.champion import CHAMPION, Verdict, decide, is_due
from scoring.tables import chances, scores
from sync.fields.mapping import MappedInput
from sync.frames import load_frames
from sync.live import load_active
from sync.mirror.money import count_foreign_sales
from sync.mirror.trials import answer_trial, find_trial
from sync.mirror.unscored import forget_unscored, load_unscored, mark_unscored
from sync.trying import TriedContact, try_on

if TYPE_CHECKING:
    from scoring.learn.champion import Contest
    from scoring.learn.learnt import Learnt
    from scoring.learning import History
    from scoring.loading import Model
    from scoring.score import Scored, Yardstick

AT_ONCE = 1_000
_FIRST = "The first that this account has."
_ANEW = "Fitted anew: no earlier version can be read by this Rekindle."


def score_account(account_id: str) -> None:
    """Score every contact of the account as of now, by its champion; the first time one is made."""
    # polars and the models are loaded by who scores, not with the process.
    from scoring.learning import learn_history  # noqa: PLC0415
    from scoring.loading import find_champion, load_history, settings_of  # noqa: PLC0415
    from scoring.score import score_contacts  # noqa: PLC0415
    from scoring.summary.audit import summarise  # noqa: PLC0415
    from scoring.summary.gaps import foreign_sales  # noqa: PLC0415

    here = current()
    own = load_settings(here, load_active(here, account_id))
    playbooks = load_playbooks(here, account_id, own.vertical)
    note_wrong(here, account_id, playbooks)
    settings = settings_of(own, playbooks)
    with reading(here.engine) as connection:
        model = find_champion(connection, account_id)
        before = store.find_scoring(connection, account_id)
        # Before anything is read: what changes from here on keeps its mark.
        marks = load_unscored(connection, account_id)
    as_of = here.clock.now()
    known = load_history(here, account_id, settings, as_of=as_of)
    learnt = model.learnt if model else learn_history(known, as_of=as_of)
    scored = score_contacts(
        known.contacts, known.events, as_of=as_of, settings=settings, learnt=learnt
    )
    with reading(here.engine) as connection:
        foreign = foreign_sales(count_foreign_sales(connection, account_id), settings.currency)
    summary = summarise(scored, gaps=foreign, holdout_share=settings.holdout_share)
    with here.engine.begin() as tx:
        version = model.version if model else _keep(tx, here, account_id, learnt, as_of=as_of)
    scoring = _save_all(here, account_id, scored, version, before)
    taken = iter(marks.items())
    while some := dict(islice(taken, store.ROWS)):
        with here.engine.begin() as tx:
            forget_unscored(tx, account_id, some)
    with here.begin() as tx:
        store.record_scoring(tx, account_id, scoring)
        store.record_audit(tx, account_id, summary)
        here.publish(tx, ContactsScored(account_id))
    log.get(__name__).info(
        "scoring.account.scored",
        account_id=account_id,
        contacts=scored.frame.height,
        model_version=version,
    )


def score_again(account_id: str) -> None:
    """Score everybody anew, as after a change of settings; who has not been scored waits for the reading."""
    with reading(current().engine) as connection:
        was_scored = store.find_scoring(connection, account_id) is not None
    if was_scored:
        score_account(account_id)


def _save_all(
    here: Context,
    account_id: str,
    scored: "Scored",
    version: int,
    before: Mapping[str, Any] | None,
) -> dict[str, Any]:
    """Store everybody's rows, some at a time, and answer the account's own; `before` is the one so far.

    Nobody waits long for the database meanwhile, and what a dead process left half stored is stored anew.
    """
    as_of, now = scored.account.as_of, here.wall.now()
    with here.engine.begin() as tx:
        pass_no = store.begin_pass(tx, account_id)
        store.mark_overtaken(tx, account_id, began=before["pass_no"] if before else 0)
    rows = _rows(scored.frame, model_version=version, as_of=as_of, scored_at=now)
    while some := list(islice(rows, store.ROWS)):
        with here.engine.begin() as tx:
            store.save_rows(tx, account_id, some, pass_no=pass_no, is_first=before is None)
    left = True
    while left:
        with here.engine.begin() as tx:
            left = store.delete_left(tx, account_id, pass_no=pass_no) > 0
    refresh_statistics(here.engine, scores, chances)
    _forget_outdated(here, account_id, as_of)
    return _summary(scored, version, now, pass_no)


def _forget_outdated(here: Context, account_id: str, at: datetime) -> None:
    """Looked for while everybody else may write, and deleted some at a time."""
    while True:
        with reading(here.engine) as connection:
            old = over_time.load_outdated(connection, account_id, at=at, limit=store.ROWS)
        if not old:
            return
        with here.engine.begin() as tx:
            over_time.forget_outdated(tx, account_id, old, at=at)


def score_changed(account_id: str) -> None:
    """Score again who is marked as changed, and whose signal has passed or begun; nobody else is touched."""
    from scoring.loading import find_learnt, yardstick_of  # noqa: PLC0415

    here = current()
    while True:
        with here.engine.begin() as tx:
            scoring = store.find_scoring(tx, account_id)
            if scoring is None:
                return  # the first scoring of everybody is still to come
            turning = store.load_turning(tx, account_id, at=here.clock.now(), limit=AT_ONCE)
            mark_unscored(tx, account_id, turning)
            marks = load_unscored(tx, account_id, limit=AT_ONCE)
            learnt = find_learnt(tx, account_id, scoring["model_version"])
        yardstick = yardstick_of(scoring)
        if not marks:
            return
        if learnt is None or yardstick is None:
            score_account(account_id)
            return
        _rescore(here, account_id, marks, scoring, learnt, yardstick)


def _rescore(
    here: Context,
    account_id: str,
    marks: Mapping[str, str],
    scoring: Mapping[str, Any],
    learnt: "Learnt",
    yardstick: "Yardstick",
) -> None:
    """Score these contacts by the last scoring's model and measures; nothing where another has come since."""
    from scoring.loading import load_score_settings  # noqa: PLC0415
    from scoring.score import rescore_contacts  # noqa: PLC0415

    as_of = here.clock.now()
    settings = load_score_settings(here, account_id)
    ids = list(marks)
    contacts, events = load_frames(
        here.engine,
        account_id,
        as_of=as_of,
        contact_ids=ids,
        inputs=inputs_to_read(settings.vertical.playbooks),
    )
    frame = rescore_contacts(
        contacts, events, as_of=as_of, settings=settings, learnt=learnt, yardstick=yardstick
    )
    version, now = scoring["model_version"], here.wall.now()
    rows = list(_rows(frame, model_version=version, as_of=as_of, scored_at=now))
    with here.begin() as tx:
        pass_no = store.begin_pass(tx, account_id)
        latest = store.find_scoring(tx, account_id)
        if latest is None or latest["scored_at"] != scoring["scored_at"]:
            return
        store.save_some(tx, account_id, ids, rows, pass_no=pass_no)
        forget_unscored(tx, account_id, marks)
        here.publish(tx, ContactsScored(account_id, tuple(ids)))
    log.get(__name__).info("scoring.changed.scored", account_id=account_id, contacts=len(rows))


def try_mapping(account_id: str, trial_id: str) -> None:
    """Say what a mapping that somebody tries would make of one contact; nothing of the account changes."""
    here = current()
    with reading(here.engine) as connection:
        trial = find_trial(connection, account_id, trial_id)
    if trial is None:
        return
    mapping = {name: MappedInput.from_json(stored) for name, stored in trial.mapping.items()}
    as_of = here.clock.now()
    try:
        own = load_settings(here, load_active(here, account_id))
        asked = inputs_to_read(load_playbooks(here, account_id, own.vertical).playbooks)
        found = try_on(here, account_id, trial.contact_id, mapping, as_of=as_of, inputs=asked)
    except CrmError as error:
        answer: dict[str, Any] = {"error": error.message}
    else:
        known = [asdict(one) for one in found.known]
        answer = {"known": known, "made": _made_of(here, account_id, found, as_of)}
    with here.engine.begin() as tx:
        answer_trial(tx, account_id, trial_id, answer)


_MADE = ("track", "band", "segment", "quiet_days", "last_human_kind", "channels", "explanation")


def _first_yardstick(scoring: Mapping[str, Any], found: TriedContact) -> "Yardstick":
    """Where the account has shown nothing to measure by, what is known of this one contact begins its record."""
    from scoring.score import Yardstick  # noqa: PLC0415
    from scoring.value import PRIORITY_SHARES  # noqa: PLC0415

    earliest: Any = found.events["occurred_at"].min() if found.events.height else None
    start = scoring["history_start"] or earliest
    return Yardstick(start, scoring["sales"], (float("inf"),) * len(PRIORITY_SHARES))


def _made_of(
    here: Context, account_id: str, found: TriedContact, as_of: datetime
) -> dict[str, Any] | None:
    """What scoring would make of a contact; None where the account has not been scored yet."""
    from scoring.loading import find_learnt, load_score_settings, yardstick_of  # noqa: PLC0415
    from scoring.score import rescore_contacts  # noqa: PLC0415

    with reading(here.engine) as connection:
        scoring = store.find_scoring(connection, account_id)
        version = scoring["model_version"] if scoring else None
        learnt = find_learnt(connection, account_id, version)
    if scoring is None or learnt is None or not found.contacts.height:
        return None
    yardstick = yardstick_of(scoring) or _first_yardstick(scoring, found)
    settings = load_score_settings(here, account_id)
    frame = rescore_contacts(
        found.contacts,
        found.events,
        as_of=as_of,
        settings=settings,
        learnt=learnt,
        yardstick=yardstick,
    )
    row = frame.row(0, named=True)
    seen = row["last_human_at"]
    return {name: row[name] for name in _MADE} | {
        "last_human_at": None if seen is None else seen.date().isoformat()
    }


def learn_account(account_id: str) -> None:
    """Fit a challenger to all that is known by now; it takes over where it foretells better out of time."""
    from scoring.learning import learn_history  # noqa: PLC0415
    from scoring.loading import find_champion, load_history, load_score_settings  # noqa: PLC0415

    here = current()
    if not _is_due(here, account_id):
        return
    as_of = here.clock.now()
    settings = load_score_settings(here, account_id)
    history = load_history(here, account_id, settings, as_of=as_of)
    challenger = learn_history(history, as_of=as_of)
    with reading(here.engine) as connection:
        champion = find_champion(connection, account_id)
    judged = _judge(history, champion, challenger, as_of) if champion else None
    state = judged[0].state if judged else CHAMPION
    with here.begin() as tx:
        version = _keep(tx, here, account_id, challenger, as_of=as_of, judged=judged)
        if state == CHAMPION:
            here.publish(tx, ChampionChanged(account_id))
    log.get(__name__).info(
        "scoring.account.learnt", account_id=account_id, version=version, state=state
    )


def _is_due(here: Context, account_id: str) -> bool:
    with reading(here.engine) as connection:
        last = versions.find_last_as_of(connection, account_id)
        new = outcomes.count_outcomes(connection, account_id, since=last) if last else 0
    return is_due(last, new_outcomes=new, at=here.clock.now())


def _judge(
    history: "History", champion: "Model", challenger: "Learnt", as_of: datetime
) -> tuple[Verdict, dict[str, Any]]:
    """What becomes of the challenger, and both models' figures."""
    from scoring.learning import (  # noqa: PLC0415
        RESPONSES,
        RETURNS,
        judge_responses,
        judge_returns,
    )

    since, model = champion.as_of, champion.learnt
    contests: dict[str, Contest | None] = {
        RETURNS: judge_returns(history, model, fitted_to=since, as_of=as_of),
        RESPONSES: judge_responses(history, model, fitted_to=since),
    }
    verdict = decide(
        contests,
        known_outcomes=model.responding.outcomes,
        new_outcomes=challenger.responding.outcomes,
    )
    told = {name: asdict(found) for name, found in contests.items() if found is not None}
    return verdict, {"against": champion.version, **told}


def _keep(
    tx: Connection,
    here: Context,
    account_id: str,
    learnt: "Learnt",
    *,
    as_of: datetime,
    judged: tuple[Verdict, dict[str, Any]] | None = None,
) -> int:
    """Store a version and answer its number; where there is no other to be judged against it is champion."""
    from scoring.learn.stored_models import to_json  # noqa: PLC0415

    is_first = versions.find_last_as_of(tx, account_id) is None
    verdict, metrics = judged or (Verdict(CHAMPION, _FIRST if is_first else _ANEW), {})
    return versions.record_model(
        tx,
        account_id,
        to_json(learnt),
        state=verdict.state,
        as_of=as_of,
        now=here.wall.now(),
        metrics=metrics,
        note=verdict.note,
    )


def _rows(frame: Any, **same: Any) -> Iterator[dict[str, Any]]:
    names = [c.name for c in scores.columns if c.name in frame.columns]
    for row in frame.select(names).iter_rows(named=True):
        yield row | same


def _summary(scored: "Scored", version: int, now: datetime, pass_no: int) -> dict[str, Any]:
    from scoring.score import dormant_counts  # noqa: PLC0415

    measured = scored.yardstick
    return {
        "as_of": scored.account.as_of,
        "model_version": version,
        "contacts": scored.frame.height,
        "dormant": dormant_counts(scored),
        "tracks": _counts(scored.frame["track"]),
        "segments": _counts(scored.frame["segment"]),
        "history_start": measured.history_start,
        "sales": dict(measured.sales),
        "cuts": list(measured.cuts),
        "scored_at": now,
        "pass_no": pass_no,
    }


def _counts(column: Any) -> dict[str, int]:
    return {str(value): int(n) for value, n in sorted(column.value_counts().iter_rows())}
