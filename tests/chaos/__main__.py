"""`./run chaos`: the main job, over and over, while processes are killed and the CRM stumbles."""

import getpass
import json
import signal
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from typing import Annotated

import sqlalchemy as sa
import typer
from sqlalchemy.exc import SQLAlchemyError

from core.db import open_engine
from core.errors import AppError
from tests.chaos.crm_side import STREETS
from tests.chaos.kills import play_kills, told
from tests.chaos.report import Report
from tests.chaos.trial import Plan, References, Verdict, play_round, play_silently


def main(
    *,
    rounds: Annotated[int, typer.Option(min=1, help="How many rounds.")] = 4,
    seed: Annotated[int, typer.Option(help="Draws the people and the faults.")] = 1,
    only: Annotated[int | None, typer.Option("--round", help="Play just this round.")] = None,
    database: Annotated[
        str | None,
        typer.Option(
            envvar="REKINDLE_TEST_DATABASE_URL",
            help="A PostgreSQL server for every other pair of rounds; one on this machine is found.",
        ),
    ] = None,
    patience: Annotated[
        float, typer.Option(help="Seconds an account may stand still before the round fails.")
    ] = 120.0,
    kills: Annotated[
        int | None,
        typer.Option(
            min=1,
            help="Instead of rounds: kill the worker so often on each CRM while it asks for messages of whole rounds.",
        ),
    ] = None,
    at_once: Annotated[
        int,
        typer.Option(
            min=1,
            help="Rounds that are played at once: they mostly wait, for leases and for restarts.",
        ),
    ] = 1,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """Play rounds that differ in CRM, database and faults; exit code 0 only when all of them held."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    if kills is not None:
        sys.exit(0 if _kill(kills, seed, as_json=as_json) else 1)
    servers = [None, database or _find_server()]
    if servers[1] is None:
        typer.echo("No PostgreSQL here: every round is played on SQLite.", err=True)
        servers.pop()
    numbers = [only] if only is not None else list(range(rounds))
    verdicts: list[Verdict] = []
    references = References()
    with Report(len(numbers), as_json=as_json) as report:
        plans = [_plan(number, seed, servers, patience) for number in numbers]
        for verdict in _play(plans, references, report, at_once):
            verdicts.append(verdict)
            report.add(verdict)
        report.end(verdicts)
    sys.exit(0 if all(v.held for v in verdicts) else 1)


def _play(
    plans: list[Plan], references: References, report: Report, at_once: int
) -> Iterator[Verdict]:
    """Each round's verdict as soon as it is over. Where several are played at once, those under way end first."""
    if at_once == 1:
        for plan in plans:
            yield play_round(plan, references.of(plan, report.doing), report.doing)
        return
    known = [references.of(plan, report.doing) for plan in plans]
    # Processes, for migrations are made by one thread of a process at a time.
    pool = ProcessPoolExecutor(at_once, mp_context=get_context("spawn"))
    try:
        flying = [
            pool.submit(play_silently, plan, reference)
            for plan, reference in zip(plans, known, strict=True)
        ]
        for done in as_completed(flying):
            yield done.result()
    finally:
        pool.shutdown(cancel_futures=True)


def _kill(kills: int, seed: int, *, as_json: bool) -> bool:
    """Kill between decision and call; whether each message was asked for once."""
    held = True
    for crm in STREETS:
        outcome = play_kills(crm, kills, seed=seed, tell=lambda what: typer.echo(what, err=True))
        held = held and not outcome.wrong
        typer.echo(json.dumps(outcome.to_json()) if as_json else told(outcome))
    return held


def _plan(number: int, seed: int, servers: list[str | None], patience: float) -> Plan:
    """Round by round the other CRM, and after each pair the other database."""
    crms = list(STREETS)
    server = servers[number // len(crms) % len(servers)]
    return Plan(number, seed, crms[number % len(crms)], server, patience)


def _find_server() -> str | None:
    url = f"postgresql://{getpass.getuser()}@127.0.0.1:5432/test"
    engine = open_engine(url)
    try:
        with engine.connect() as connection:
            connection.execute(sa.text("select 1"))
    except SQLAlchemyError:
        return None
    finally:
        engine.dispose()
    return url


if __name__ == "__main__":
    try:
        typer.run(main)
    except AppError as error:
        sys.exit(f"chaos: {error.message}")
