"""Commands: rekindle demo, audit, backtest, serve, worker, schedule, sandbox, migrate, models, doctor, bench."""

import json
import os
import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from redis.exceptions import RedisError
from sqlalchemy.exc import ArgumentError, OperationalError

from app.reports.audit.command import audit
from app.reports.backtest.command import backtest
from connector.registry import DEFAULT_PROVIDER, PROVIDERS
from core import log
from core.errors import AppError

app = typer.Typer(
    name="rekindle",
    help="Finds the dormant contacts in a CRM and starts the CRM's own workflows for them.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
app.command()(audit)
app.command()(backtest)
bench = typer.Typer(help="Measures how fast the bulk paths are.", no_args_is_help=True)
app.add_typer(bench, name="bench")


def main() -> None:
    """Run a command; what we raise on purpose is one line on stderr and exit code 1."""
    # Linear algebra here is small: its threads cost more than they save wherever cores are shared,
    # and a process that forks must not have any.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    # What a frame has used goes back to the system soon: many workers share a machine.
    os.environ.setdefault("_RJEM_MALLOC_CONF", "dirty_decay_ms:100,muzzy_decay_ms:0")
    log.guard()
    try:
        app()
    except AppError as error:
        say(f"rekindle: {error.message}")
    except ArgumentError:
        say("rekindle: REKINDLE_DATABASE_URL is not the address of a database.")
    except OperationalError as error:
        say(
            f"rekindle: the database does not answer ({type(error.orig).__name__}): check REKINDLE_DATABASE_URL."
        )
    except RedisError as error:
        say(
            f"rekindle: the queue server does not answer ({type(error).__name__}): check REKINDLE_REDIS_URL."
        )
    except Exception as error:  # noqa: BLE001  whatever it is, its values stay off the screen
        say(f"rekindle stopped. Please report this:\n{log.describe(error)}")
    else:
        return
    sys.exit(1)


def say(text: str) -> None:
    """A line for the person at the terminal; stdout belongs to results."""
    sys.stderr.write(text + "\n")


def put(result: Any) -> None:
    """A result on stdout, as one line of JSON."""
    sys.stdout.write(json.dumps(result) + "\n")
    sys.stdout.flush()


@app.command()
def demo(
    once: Annotated[bool, typer.Option("--once", help="Stop when the main job is done.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    crm: Annotated[
        str, typer.Option(help=f"Which pretend CRM: {', '.join(PROVIDERS)} or both.")
    ] = DEFAULT_PROVIDER,
    purchases: Annotated[
        Path | None,
        typer.Option(help="Real history instead: CSV of customer_id,date,quantity,amount."),
    ] = None,
    contacts: Annotated[
        Path | None, typer.Option(help="Real contacts instead: a CSV export of a CRM.")
    ] = None,
    as_of: Annotated[
        str | None, typer.Option(help="The virtual present, e.g. 1997-10-01 (00:00 UTC).")
    ] = None,
    sandbox: Annotated[
        str | None, typer.Option(help="Address of a sandbox that is running already.")
    ] = None,
    data: Annotated[
        Path | None, typer.Option(help="Folder for the database, kept afterwards.")
    ] = None,
    port: Annotated[int | None, typer.Option(help="Port of Rekindle's own pages.")] = None,
) -> None:
    """The main job, end to end: install by OAuth, read, score, write back, start the workflow, read it back."""
    from app.lab.demo import DemoOptions, run_demo  # noqa: PLC0415  loads the whole house

    options = DemoOptions(
        once=once,
        crm=crm,
        as_json=as_json,
        purchases=purchases,
        contacts=contacts,
        as_of=as_of,
        sandbox=sandbox,
        data=data,
        port=port,
    )
    sys.exit(run_demo(options, put=put, say=say))


@app.command()
def serve(
    host: Annotated[str, typer.Option()] = "127.0.0.1",
    port: Annotated[int, typer.Option()] = 8321,
    processes: Annotated[
        int, typer.Option(min=1, help="Web processes that share the port: as many as cores.")
    ] = 1,
) -> None:
    """The web process: install pages, webhooks, cards, admin pages."""
    from app.serve import serve as run  # noqa: PLC0415

    run(host, port, processes=processes)


@app.command()
def worker(
    burst: Annotated[bool, typer.Option("--burst", help="Stop when the queues are empty.")] = False,
    lanes: Annotated[
        str,
        typer.Option(help="Serve these lanes alone, separated by commas: urgent, changes, bulk."),
    ] = "",
) -> None:
    """A worker: runs the jobs. Start as many as you like; each keeps one process free for what is urgent."""
    from app.compose import environment  # noqa: PLC0415
    from app.worker import lanes_of, work  # noqa: PLC0415

    work(environment(), burst=burst, lanes=lanes_of(lanes))


@app.command()
def schedule() -> None:
    """The clockwork: asks for what is due. Two of them do no more than one."""
    from app.compose import compose, environment  # noqa: PLC0415
    from app.schedule import keep_time  # noqa: PLC0415

    keep_time(compose(environment()))


@app.command()
def migrate() -> None:
    """Bring the database to the newest schema."""
    from app.compose import environment  # noqa: PLC0415
    from app.migrate import migrate as run  # noqa: PLC0415
    from core.db import open_engine  # noqa: PLC0415
    from core.settings import read_settings  # noqa: PLC0415

    run(open_engine(read_settings(environment()).database_url))
    say("The database is up to date.")


@app.command()
def models(
    account: Annotated[str, typer.Argument(help="The account's id, as log lines name it.")],
    roll_back: Annotated[
        int | None, typer.Option("--roll-back", help="Make this former champion the champion.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """The versions of an account's model: which is in use, and how well each foretold what it did not know."""
    from app.cli.models import lines, list_versions, to_json  # noqa: PLC0415
    from app.cli.models import roll_back as go_back  # noqa: PLC0415
    from app.compose import compose, environment  # noqa: PLC0415

    context = compose(environment())
    found = list_versions(context, account)
    if roll_back is not None:
        go_back(context, account, roll_back)
        found = list_versions(context, account)
    if as_json:
        put({"account": account, "versions": [to_json(version) for version in found]})
        return
    for version in found:
        say("\n".join(lines(version)))
    if not found:
        say("Not scored yet: the first version comes with the first scoring.")


@app.command(
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True},
    add_help_option=False,
)
def sandbox(context: typer.Context) -> None:
    """The pretend CRMs alone: rekindle sandbox --port P (see --help for more)."""
    # A process of its own that shares no code with the house: it takes this one's place.
    arguments = [sys.executable, "-m", "sandbox", *context.args]
    os.execv(sys.executable, arguments)  # noqa: S606


@app.command()
def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Check settings, database, queue and the CRMs' addresses, one by one."""
    from app.cli.doctor import examine  # noqa: PLC0415

    findings = examine()
    if as_json:
        put({"ok": all(f.ok for f in findings), "checks": [f.to_json() for f in findings]})
    else:
        for finding in findings:
            say(f"{'ok  ' if finding.ok else 'FAIL'}  {finding.name}: {finding.message}")
    sys.exit(0 if all(f.ok for f in findings) else 1)


@bench.command()
def extract(
    api_url: Annotated[str, typer.Option(help="Address of a server that speaks the CRM's API.")],
    token: Annotated[str, typer.Option(help="An access token for it.")],
    provider: Annotated[str, typer.Option(help="Which CRM's API it speaks.")] = DEFAULT_PROVIDER,
    in_flight: Annotated[int, typer.Option(help="Pages under way at once.")] = 8,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    database: Annotated[
        str | None, typer.Option(help="Where to read to; a temporary SQLite file by default.")
    ] = None,
) -> None:
    """Read all contacts of a server into the mirror and say how fast that was."""
    from app.lab.bench_reading import extract_contacts  # noqa: PLC0415

    result = extract_contacts(
        api_url, token, provider=provider, in_flight=in_flight, database_url=database
    )
    if as_json:
        put(result)
    else:
        say(
            f"{result['contacts']:,} contacts in {result['seconds']:.2f} s: "
            f"{result['contacts_per_second']:,.0f} contacts/s, {result['cpu_seconds']:.2f} CPU s, "
            f"{result['peak_memory_mb']:.0f} MB, {result['requests']} requests"
        )


@bench.command()
def score(
    contacts: Annotated[int, typer.Option(min=1_000, help="How many contacts.")] = 1_000_000,
    events: Annotated[int, typer.Option(min=1_000, help="How many events.")] = 8_000_000,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Score made-up contacts and say how fast that was: features, fit, scores."""
    from app.lab.bench_score import score_made_up  # noqa: PLC0415  loads polars

    result = score_made_up(contacts, events, tell=lambda doing: say(f"{doing} ..."))
    if as_json:
        put(result)
    else:
        stages = ", ".join(f"{name} {value:.2f} s" for name, value in result["seconds"].items())
        say(
            f"{result['contacts']:,} contacts with {result['events']:,} events in "
            f"{result['total_seconds']:.2f} s ({stages}), {result['peak_memory_mb']:.0f} MB; "
            f"{result['explanations']:,} sentences in {result['explanation_seconds']:.2f} s more"
        )


@bench.command()
def card(
    contacts: Annotated[int, typer.Option(min=100, help="How many contacts.")] = 200_000,
    rate: Annotated[float, typer.Option(min=1, help="Requests a second.")] = 100,
    seconds: Annotated[float, typer.Option(min=1, help="For how long.")] = 20,
    processes: Annotated[
        int | None, typer.Option(help="Web processes; as many as cores by default.")
    ] = None,
    database_url: Annotated[
        str | None,
        typer.Option(
            envvar="REKINDLE_DATABASE_URL",
            help="A PostgreSQL to make a schema in; a temporary SQLite file by default.",
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Ask for cards at a fixed rate and say how long the answers took."""
    from app.lab.bench_web import Load, bench_card  # noqa: PLC0415

    load = Load(contacts, rate, seconds, processes or os.cpu_count() or 1)
    _put_latencies(bench_card(load, database_url=database_url, tell=_doing), as_json=as_json)


@bench.command()
def pages(
    contacts: Annotated[int, typer.Option(min=100, help="How many contacts.")] = 200_000,
    rate: Annotated[float, typer.Option(min=1, help="Requests a second.")] = 10,
    seconds: Annotated[float, typer.Option(min=1, help="For how long.")] = 30,
    processes: Annotated[
        int | None, typer.Option(help="Web processes; as many as cores by default.")
    ] = None,
    database_url: Annotated[
        str | None,
        typer.Option(
            envvar="REKINDLE_DATABASE_URL",
            help="A PostgreSQL to make a schema in; a temporary SQLite file by default.",
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Ask for an admin's pages at a fixed rate and say how long each took."""
    from app.lab.bench_web import Load, bench_pages  # noqa: PLC0415

    load = Load(contacts, rate, seconds, processes or os.cpu_count() or 1)
    _put_latencies(bench_pages(load, database_url=database_url, tell=_doing), as_json=as_json)


def _doing(what: str) -> None:
    say(f"{what} ...")


def _put_latencies(result: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        put(result)
        return
    for name, found in {"all": result, **result.get("pages", {})}.items():
        say(
            f"{name}: {found['requests']:,} requests, {found['errors']} errors, p50 {found['p50_ms']} ms, "
            f"p95 {found['p95_ms']} ms, p99 {found['p99_ms']} ms"
        )
    say(f"{result['cpu_ms_per_request']} ms of CPU a request")


@bench.command()
def plan(
    contacts: Annotated[int, typer.Option(min=1, help="How many contacts.")] = 200_000,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    database: Annotated[
        str | None, typer.Option(help="Where to make them; a temporary SQLite file by default.")
    ] = None,
) -> None:
    """Decide about made-up contacts, plan what to write to them, and say what that took."""
    from app.lab.bench_plan import plan_made_up  # noqa: PLC0415  loads the whole of workflows

    result = plan_made_up(contacts, database_url=database, tell=lambda doing: say(f"{doing} ..."))
    if as_json:
        put(result)
    else:
        say(
            f"{result['contacts']:,} contacts in {result['cpu_seconds']:.2f} CPU s, "
            f"{result['peak_mb']:.0f} MB, no transaction longer than "
            f"{result['longest_transaction_seconds']:.2f} s; one contact by itself in "
            f"{result['one_contact']['cpu_seconds']:.3f} CPU s"
        )


@bench.command()
def change(
    contacts: Annotated[int, typer.Option(min=100, help="How many contacts.")] = 2_000,
    changes: Annotated[int, typer.Option(min=1, help="How many are changed, one by one.")] = 5,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """What one changed contact costs from the CRM's webhook to the write-back, in CPU seconds of all processes.

    Takes an empty database of its own unless REKINDLE_DATABASE_URL names one.
    """
    from app.lab.bench_change import Trial, measure_change  # noqa: PLC0415

    result = measure_change(Trial(contacts, changes=changes))
    if as_json:
        put(result)
    else:
        say(
            f"{result['cpu_seconds']:.2f} CPU s for one changed contact of {result['contacts']:,}, "
            f"written back after {result['written_after_seconds']:.1f} s (median of {result['changes']})"
        )


@bench.command()
def start(
    contacts: Annotated[int, typer.Option(min=500, help="How many the pretend CRM has.")] = 6_000,
    workers: Annotated[int, typer.Option(min=1, help="Worker processes.")] = 1,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """How soon an approved start reaches the CRM while a reading uses the account's whole budget."""
    from app.lab.bench_start import measure_start  # noqa: PLC0415

    result = measure_start(contacts, workers=workers)
    if as_json:
        put(result)
    else:
        say(
            f"Started after {result['started_after_seconds']:.1f} s, with {result['workers']} worker(s) "
            f"and {result['contacts']:,} contacts being read"
        )


@bench.command()
def people(
    seed: Annotated[int, typer.Option(help="Which pretend people.")] = 1,
    contacts: Annotated[int, typer.Option(min=500, help="How many contacts.")] = 40_000,
    family: Annotated[
        str, typer.Option(help="How they behave: standard or misspecified.")
    ] = "standard",
    null: Annotated[
        bool, typer.Option("--null", help="Nobody differs and outreach does nothing.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Judge the scores on pretend people whose truth is sealed: share of what an oracle could tell."""
    from app.lab.bench_responses import Question, judge_people, sum_up  # noqa: PLC0415  loads polars

    question = Question(seed, contacts=contacts, family=family, null=null)
    result = judge_people(question, tell=lambda doing: say(f"{doing} ..."))
    if as_json:
        put(result)
    else:
        say(sum_up(result))
