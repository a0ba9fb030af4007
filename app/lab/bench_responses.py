"""How well the scores tell who responds: pretend people behind a CRM, a randomised pilot, a sealed truth.

The sandbox writes its truth to a sealed file that only its own evaluator opens. We read the CRM as in
production, learn from a pilot whose outcomes the evaluator hands out, predict everybody else, and are
judged by the evaluator: share of what an oracle could tell, incremental responses found, calibration.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx2
import numpy as np
import polars as pl

from app.lab.bench_account import Place, context_of, environment_of
from app.migrate import migrate
from app.processes import Children, free_port
from connector.budget import Unlimited
from connector.port.provider import AccountAccess, Describes
from connector.registry import DEFAULT_PROVIDER, find_provider
from contact_rules.channels import AUTOMATIC, usable
from core.clock import pause, stopwatch
from core.errors import AppError
from scoring.features.prepare import Prepared, ScoreSettings, prepare
from scoring.features.terms import inputs_to_read
from scoring.learn.cohort import CONTROL, learn_outcomes
from scoring.learn.learnt import Learnt, learn_account
from scoring.plans import PLAN_HOUR
from scoring.score import is_dormant, with_chances
from scoring.verticals import GENERAL
from sync.backfill.reading import Backfill, ReadsAll
from sync.fields.judging import judge
from sync.fields.mapping import CHOSEN, MappedInput, Proposal
from sync.fields.mapping_store import record_version
from sync.frames import load_frames
from sync.live import capability
from sync.texts import TextReader

ACCOUNT = "people"
# What an admin has said that people's concern stands in.
_CONCERN = "hearing_concern"
# After so many outcomes an account's own figures have to hold.
_FEW = 2_000
# Nobody is promised more than this lightly.
_MUCH = 0.4
# The arm that is left alone in the pilot, of all in it.
_CONTROL = 0.3
_OPENS_WITHIN = 300.0


@dataclass(frozen=True, slots=True)
class Question:
    """Which people, how many, and what share of the dormant ones the pilot may learn from."""

    seed: int
    contacts: int = 40_000
    family: str = "standard"
    null: bool = False
    pilot: float = 0.5


def judge_people(question: Question, *, tell: Callable[[str], None]) -> dict[str, Any]:
    """Run it all and answer the evaluator's figures; raises AppError when a process fails."""
    elapsed = stopwatch()
    with tempfile.TemporaryDirectory(prefix="rekindle-people-") as name:
        folder = Path(name)
        children = Children(folder / "logs")
        try:
            tell("Opening the pretend CRM")
            url, grant, now = _open_sandbox(question, folder, children)
            tell("Reading contacts and activities")
            contacts, events, settings = _read(url, grant, folder, now)
        finally:
            children.stop()
        tell("Scoring")
        prepared = prepare(contacts, events, as_of=now, settings=settings)
        result = _judge(question, prepared, folder)
    return result | {"seconds": round(elapsed(), 1)}


def sum_up(result: dict[str, Any]) -> str:
    """The figures that matter, for a person."""
    pilot = result["pilot"]
    lines = [
        f"Seed {result['seed']}: {result['contacts']:,} contacts, {result['events']:,} events.",
        f"A pilot of {pilot['contacts']:,}, of whom {pilot['left_alone']:,} were left alone.",
    ]
    for name, judged in result["judged"].items():
        respond, uplift = judged["respond"], judged["uplift"]
        lines.append(
            f"{name.replace('_', ' ')} ({judged['n']:,}): "
            f"AUC {respond['auc']:.3f} of an oracle's {respond['auc_oracle']:.3f} "
            f"({_share(respond['auc_share'])} of its gain), "
            f"calibration error {respond['ece']:.3f} ({respond['ece_true']:.3f} to the true chances), "
            f"{_share(uplift['top_half'])} of incremental responses in the top half "
            f"(oracle {_share(uplift['top_half_oracle'])}); {respond['mean_predicted']:.1%} foretold, "
            f"{respond['base_rate']:.1%} came, {judged['above_40']:.1%} above 40 in 100; a gain of "
            f"{uplift['mean_predicted']:.1%} foretold, {uplift['mean_true']:.1%} true"
        )
    return "\n".join(lines)


def _share(value: float | None) -> str:
    return "not measurable" if value is None else f"{100 * value:.0f}%"


def _open_sandbox(
    question: Question, folder: Path, children: Children
) -> tuple[str, dict[str, Any], datetime]:
    port = free_port()
    # The order in which people are judged follows from the key: with the same seed it is the same one.
    (folder / "key").write_text(f"people of seed {question.seed:032}\n", encoding="ascii")
    command = [
        *(sys.executable, "-m", "sandbox", "--port", str(port), "--seed", str(question.seed)),
        *("--contacts", str(question.contacts)),
        *("--family", question.family, *(["--null"] if question.null else [])),
        *("--truth", str(folder / "truth"), "--truth-key-file", str(folder / "key")),
    ]
    children.start("sandbox", command, dict(os.environ))
    url, waited = f"http://127.0.0.1:{port}", 0.0
    with httpx2.Client(base_url=url, timeout=60) as http:
        while True:
            if children.ended():
                raise AppError(f"The pretend CRM ended: {children.last_words('sandbox', 3)}")
            try:
                now = datetime.fromisoformat(http.get("/control/clock").json()["now"])
                break
            except httpx2.TransportError:
                pause(0.2)
                waited += 0.2
                if waited > _OPENS_WITHIN:
                    raise AppError("The pretend CRM did not open in time.") from None
        limits = {"requests": 1_000_000, "searches_per_second": 1_000_000}
        http.post("/control/limits", json=limits).raise_for_status()
        grant = http.post("/control/token", json={}).raise_for_status().json()
    return url, grant, now


def _read(
    url: str, grant: dict[str, Any], folder: Path, now: datetime
) -> tuple[pl.DataFrame, pl.DataFrame, ScoreSettings]:
    """The whole account into a mirror of its own, its columns, and what the account says of itself."""
    token, scopes = str(grant["access_token"]), grant["scopes"]
    name = DEFAULT_PROVIDER.upper()
    theirs = {
        f"REKINDLE_{name}_API_URL": url,
        f"REKINDLE_{name}_CLIENT_ID": "people",
        f"REKINDLE_{name}_CLIENT_SECRET": "people",
    }
    place = Place(f"sqlite:///{folder / 'mirror.db'}", folder)
    environment = environment_of(place, public_url="http://localhost", **theirs)
    here = context_of(environment)
    engine = here.engine
    migrate(engine)
    provider = find_provider(DEFAULT_PROVIDER, environment)
    crm = provider.open(
        AccountAccess(
            account_id=ACCOUNT,
            remote_account_id=ACCOUNT,
            token=lambda: token,
            renew=lambda _refused: token,
            budget=Unlimited(),
            scopes=frozenset(scopes),
            sources={"concern": (_CONCERN,)},
            read_text=TextReader(),
        )
    )
    with engine.begin() as tx:
        chosen = {"concern": MappedInput((Proposal(_CONCERN, CHOSEN),), chosen_by=ACCOUNT)}
        record_version(tx, ACCOUNT, chosen, after=0, by=ACCOUNT, before={}, now=now)
    Backfill(here, capability(crm, ReadsAll), ACCOUNT).run(as_of=now)
    judge(engine, crm, ACCOUNT, as_of=now, now=now, pause=pause)
    details = capability(crm, Describes).fetch_account()
    crm.close()
    inputs = inputs_to_read(GENERAL.playbooks)
    contacts, events = load_frames(engine, ACCOUNT, as_of=now, inputs=inputs)
    engine.dispose()
    return contacts, events, ScoreSettings(currency=details.currency, timezone=details.timezone)


def _judge(question: Question, prepared: Prepared, folder: Path) -> dict[str, Any]:
    learnt = learn_account(prepared)
    frame = with_chances(prepared, learnt).filter(is_dormant())
    rng = np.random.default_rng(question.seed)
    in_pilot = pl.Series(rng.random(frame.height) < question.pilot)
    control = pl.Series(rng.random(frame.height) < _CONTROL)
    arm = pl.when(control).then(pl.lit(CONTROL)).otherwise(pl.col("plan").cast(pl.String))
    pilot = (
        frame.filter(in_pilot).select("contact_id").hstack(frame.select(arm=arm).filter(in_pilot))
    )
    cohort = _outcomes(pilot, folder)
    taught = learn_outcomes(frame, learnt, cohort, hour=PLAN_HOUR)
    few = learn_outcomes(frame, learnt, cohort.head(_FEW), hour=PLAN_HOUR)
    rest = frame.filter(~in_pilot).select("contact_id")
    return {
        "seed": question.seed,
        "contacts": prepared.frame.height,
        "events": prepared.events,
        "family": question.family,
        "null": question.null,
        "pilot": {
            "contacts": cohort.height,
            "left_alone": cohort.filter(pl.col("arm") == CONTROL).height,
        },
        "judged": {
            "dormant": _verdict(prepared, taught, rest, folder),
            "reachable": _verdict(prepared, taught, rest, folder, reachable=True),
            "before_any_outcome": _verdict(prepared, learnt, rest, folder),
            "reachable_before_any_outcome": _verdict(
                prepared, learnt, rest, folder, reachable=True
            ),
            f"after_{_FEW}_outcomes": _verdict(prepared, few, rest, folder),
            f"reachable_after_{_FEW}_outcomes": _verdict(
                prepared, few, rest, folder, reachable=True
            ),
        },
    }


def _verdict(
    prepared: Prepared,
    learnt: Learnt,
    people: pl.DataFrame,
    folder: Path,
    *,
    reachable: bool = False,
) -> dict[str, Any]:
    """The evaluator's figures about the predictions for these people."""
    frame = with_chances(prepared, learnt).join(people, on="contact_id", how="semi")
    if reachable:
        frame = frame.filter(pl.any_horizontal([usable(c) for c in AUTOMATIC]))
    file = folder / "predictions.csv"
    frame.select(
        "contact_id",
        "plan",
        "p_return",
        "uplift",
        # Whom no message reaches a plan leaves alone.
        p_respond=pl.coalesce("likelihood", "p_return"),
    ).write_csv(file)
    answer: dict[str, Any] = json.loads(_evaluate(folder, "judge", "--predictions", str(file)))
    promised = float((frame["likelihood"] > _MUCH).fill_null(value=False).mean() or 0.0)  # type: ignore[arg-type]
    return answer | {"above_40": promised}


def _outcomes(pilot: pl.DataFrame, folder: Path) -> pl.DataFrame:
    """What the CRM would have shown of the pilot 90 days later."""
    asked, told = folder / "assignments.csv", folder / "outcomes.csv"
    pilot.write_csv(asked)
    _evaluate(folder, "outcomes", "--assignments", str(asked), "--out", str(told))
    return pl.read_csv(told, schema_overrides={"contact_id": pl.String}).with_columns(
        responded=pl.col("responded") == 1
    )


def _evaluate(folder: Path, verb: str, *arguments: str) -> str:
    """Ask the evaluator, the only one who opens the truth."""
    command = [
        *(sys.executable, "-m", "sandbox.evaluate", verb, "--truth", str(folder / "truth")),
        *("--key-file", str(folder / "key"), *arguments, "--json"),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603  ours
    if done.returncode:
        raise AppError(f"The evaluator refused: {done.stderr.strip()}")
    return done.stdout
