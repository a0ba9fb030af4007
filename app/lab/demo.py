"""`rekindle demo`: the main job, end to end, against a sandbox; plays the admin and shows the progress."""

import hashlib
import os
import secrets
import signal
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import FrameType
from typing import Any
from urllib.parse import urlsplit

import httpx2

from app.compose import compose
from app.embedded_valkey import start_valkey
from app.lab.demo_job import RESTARTED, Install, Job
from app.lab.demo_progress import Progress
from app.lab.demo_tour import tour
from app.migrate import migrate
from app.processes import REKINDLE, Children, free_port
from connector.registry import DEFAULT_PROVIDER, PROVIDERS, sandbox_variables
from connector.tls import trusted
from core import log
from core.clock import SystemClock, pause, stopwatch
from core.context import Context
from core.db import open_engine
from core.errors import AppError, Invalid
from core.settings import PREFIX, Environment, read_settings
from core.vault import new_key

Say = Callable[[str], None]
_REASONS = 5  # why rows were left out, that are told


@dataclass(frozen=True, slots=True)
class DemoOptions:
    """What was asked for on the command line."""

    once: bool = False
    stops_at_dry_run: bool = False
    days: int = 0
    crm: str = DEFAULT_PROVIDER
    as_json: bool = False
    purchases: Path | None = None
    contacts: Path | None = None
    as_of: str | None = None
    sandbox: str | None = None
    data: Path | None = None
    port: int | None = None


def run_demo(options: DemoOptions, *, put: Callable[[Any], None], say: Say) -> int:
    """Run it and answer the exit code; whichever way it ends, no process of it remains."""
    for file in filter(None, (options.purchases, options.contacts)):
        if not file.is_file():
            raise Invalid(f"There is no file {file}.")
    providers(options)
    with ExitStack() as stack:
        stack.enter_context(_interruptible())
        progress = stack.enter_context(Progress())
        try:
            return _run(options, stack, progress, put=put, say=say)
        except KeyboardInterrupt:
            progress.stop()
            say(f"Stopped {progress.where()}. Nothing is lost: what was done so far counts.")
            if options.data or options.sandbox:
                say("Run the same command again to go on from there.")
            return 130


def providers(options: DemoOptions) -> tuple[str, ...]:
    """The CRMs that were asked for; raises Invalid for one there is not."""
    wanted = tuple(PROVIDERS) if options.crm == "both" else (options.crm,)
    unknown = [name for name in wanted if name not in PROVIDERS]
    if unknown:
        raise Invalid(f"--crm takes {', '.join(PROVIDERS)} or both, not {unknown[0]!r}.")
    return wanted


def _run(
    options: DemoOptions,
    stack: ExitStack,
    progress: Progress,
    *,
    put: Callable[[Any], None],
    say: Say,
) -> int:
    progress.stage("start", "Starting the sandbox and Rekindle")
    runtime = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="rekindle-")))
    children = Children((options.data or runtime) / "logs")
    stack.callback(children.stop)
    sandbox = options.sandbox.rstrip("/") if options.sandbox else _start_sandbox(options, children)
    # Our own sandbox makes its people while everything else starts; work that waits in kept data needs it at once.
    is_needed = options.sandbox is not None or options.data is not None
    state = wait_for(f"{sandbox}/control/state", children) if is_needed else {}
    data = _data_folder(options, state, runtime)
    env = _environment(options, sandbox, data)
    read_settings(env)
    if not env.values.get("REKINDLE_REDIS_URL"):
        url = start_valkey(children, runtime, dict(os.environ))
        env = Environment({**env.values, "REKINDLE_REDIS_URL": url})
    engine = open_engine(env.values["REKINDLE_DATABASE_URL"])
    migrate(engine)
    engine.dispose()
    context = compose(env)
    log.configure("console", level="ERROR")
    _start_house(children, env)
    wait_for(f"{sandbox}/control/state", children)
    prepare_sandbox(options, sandbox, context)
    loaded = wait_for(f"{sandbox}/control/state", children).get("loaded", [])
    accounts, jobs = [], []
    for name in providers(options):
        installed = Install(context, progress, provider=name).run()
        for account_id in installed:
            job = Job(context, children, progress, sandbox=sandbox, account_id=account_id)
            jobs.append(job)
            accounts.append(job.look() if options.stops_at_dry_run else job.run())
    if options.days and jobs:
        accounts = _let_pass(jobs, accounts, options, say)
    # What a file says and nobody could load was not done, whatever else was.
    is_loaded = all(report["contacts"] or not report["bad"] for report in loaded)
    for account in accounts:
        account["verified"] = account["verified"] and is_loaded
    result = {"accounts": accounts, "seconds": progress.finish()}
    if options.contacts is not None:
        result["left_out"] = sum(report["bad"] for report in loaded)
    if options.as_json:
        put(result)
    for line in _left_out(loaded):
        say(line)
    _tell(accounts, options, say)
    if not options.once:
        known = wait_for(f"{sandbox}/control/accounts", children)["accounts"]
        is_approved = not options.stops_at_dry_run
        lines = tour(context, accounts, sandbox, known, is_approved=is_approved)
        _keep_serving(lines, env, children, say)
    is_done = options.stops_at_dry_run or all(account["verified"] for account in accounts)
    return 0 if is_done else 1


def _let_pass(
    jobs: Sequence[Job], before: Sequence[dict[str, Any]], options: DemoOptions, say: Say
) -> list[dict[str, Any]]:
    """Let the days pass, with one clock for all accounts; answers what each has come to.

    What is verified is the main job: while days pass the CRM's own people change, merge and delete what was written.
    """
    from app.reports.results.tables import to_json  # noqa: PLC0415  as Job.results
    from app.reports.results.words import lines  # noqa: PLC0415

    jobs[0].play(options.days)
    accounts = []
    for job, done in zip(jobs, before, strict=True):
        brought = job.results(options.days)
        lasting = {"verified": done["verified"], "results": to_json(brought)}
        accounts.append({**job.result(), **lasting})
        if not options.as_json:
            say("\n".join(lines(brought)))
    return accounts


def begins_at(options: DemoOptions, now: datetime) -> str | None:
    """Where the virtual time begins; None for the sandbox's own.

    Contacts of a real export are looked at as of today, as the audit of the same file does.
    """
    if options.as_of is None and options.contacts is not None:
        return now.replace(hour=14, minute=0, second=0, microsecond=0).isoformat()
    return options.as_of


def _start_sandbox(options: DemoOptions, children: Children) -> str:
    port = free_port()
    command = [sys.executable, "-m", "sandbox", "--port", str(port), "--parent-death"]
    for flag, value in (
        ("--as-of", begins_at(options, SystemClock().now())),
        ("--purchases", options.purchases),
        ("--contacts-csv", options.contacts),
    ):
        if value is not None:
            command += [flag, str(value)]
    if options.crm in PROVIDERS:
        # What nobody looks at need not be made up.
        command += ["--crm", options.crm]
    children.start("sandbox", command, dict(os.environ))
    return f"http://127.0.0.1:{port}"


def wait_for(url: str, children: Children, *, seconds: float = 90.0) -> dict[str, Any]:
    """The JSON at `url` once it answers; raises AppError with the reason when it never does."""
    elapsed = stopwatch()
    with httpx2.Client(verify=trusted(), timeout=10) as client:
        while elapsed() < seconds:
            if (gone := children.ended()) is not None:
                raise AppError(f"The {gone} process ended early:\n{children.last_words(gone)}")
            try:
                answer = client.get(url)
            except httpx2.TransportError:
                pause(0.1)
                continue
            if answer.is_success:
                found: dict[str, Any] = answer.json()
                return found
            pause(0.1)
    raise AppError(f"Nothing answers at {url}. Is the sandbox running?")


def _data_folder(options: DemoOptions, state: dict[str, Any], runtime: Path) -> Path:
    """Where the database goes: kept for a sandbox that outlives us, so that a second run goes on."""
    if options.data is not None:
        folder = options.data
    elif options.sandbox is not None:
        name = hashlib.sha256(str(state.get("instance", options.sandbox)).encode()).hexdigest()[:12]
        folder = Path(".rekindle") / "demo" / name
    else:
        folder = runtime / "data"
    folder.mkdir(parents=True, exist_ok=True)
    return folder.resolve()


def _environment(options: DemoOptions, sandbox: str, data: Path) -> Environment:
    """Settings for the product: what the shell says wins, then the sandbox's, then made-up secrets."""
    port = options.port or free_port()
    made_up = {
        "REKINDLE_DATABASE_URL": f"sqlite:///{data / 'rekindle.db'}",
        "REKINDLE_PUBLIC_URL": f"http://localhost:{port}",
        "REKINDLE_TIME_URL": f"{sandbox}/control/clock",
        "REKINDLE_LOG_FORMAT": "console",
        **_kept_secrets(data),
        **{k: v for name in PROVIDERS for k, v in sandbox_variables(name, sandbox).items()},
        # A demonstration shows waves however few its people are.
        "REKINDLE_BY_HAND_UNDER": "0",
    }
    told = {k: v for k, v in os.environ.items() if k.startswith(PREFIX)}
    return Environment({**made_up, **told})


def _kept_secrets(data: Path) -> dict[str, str]:
    """Keys made once for a data folder, readable by its owner only."""
    kept = data / "secrets.env"
    if not kept.exists():
        text = f"REKINDLE_VAULT_KEYS={new_key()}\nREKINDLE_SESSION_SECRET={secrets.token_hex(32)}\n"
        kept.touch(mode=0o600)
        kept.write_text(text, encoding="utf-8")
    lines = kept.read_text(encoding="utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines if "=" in line)


def _start_house(children: Children, env: Environment) -> None:
    whole = {**os.environ, **env.child()}
    # Behind a public address of one's own the port here is another.
    port = str(urlsplit(env.values["REKINDLE_PUBLIC_URL"]).port or free_port())
    children.start("web", [*REKINDLE, "serve", "--port", port], whole)
    children.start("worker", [*REKINDLE, "worker"], whole)
    wait_for(f"http://127.0.0.1:{port}/readyz", children)


def prepare_sandbox(options: DemoOptions, sandbox: str, context: Context) -> None:
    """What a developer does once at the vendor's: upload the manifest with this machine's addresses."""
    from manifest.promise import load_promise, with_public_url  # noqa: PLC0415

    with httpx2.Client(base_url=sandbox, timeout=600) as client:
        for name in providers(options):
            promise = with_public_url(load_promise(name), context.settings.public_url)
            project = {
                "documents": dict(promise.documents),
                "webhook_target": promise.webhook_target,
                "redirect_urls": list(promise.redirect_urls),
                "scopes": [*promise.required_scopes, *promise.optional_scopes],
            }
            _must(client.post(f"/control/{name}/project", json=project))
        if options.sandbox is None:
            return
        query = {"as_of": options.as_of} if options.as_of else {}
        if options.purchases is not None:
            content = options.purchases.read_bytes()
            _must(client.post("/control/load/purchases", params=query, content=content))
        if options.contacts is not None:
            content = options.contacts.read_bytes()
            for name in providers(options):
                path = "/control" if name == DEFAULT_PROVIDER else f"/control/{name}"
                _must(client.post(f"{path}/load/contacts", params=query, content=content))


def _left_out(loaded: Sequence[dict[str, Any]]) -> list[str]:
    """What was not loaded of the files that were given, and why: the commonest reasons, each with its first line."""
    lines = []
    for report in loaded:
        if report["bad"]:
            first: dict[str, int] = {}
            counted = Counter(row["reason"] for row in report["bad_rows"])
            for row in report["bad_rows"]:
                first.setdefault(row["reason"], row["line"])
            shown = "; ".join(
                f"{reason} ({count:,}, first in line {first[reason]})"
                for reason, count in counted.most_common(_REASONS)
            )
            rows = "1 row was" if report["bad"] == 1 else f"{report['bad']:,} rows were"
            lines.append(f"{rows} left out of {report['contacts'] + report['bad']:,}: {shown}.")
        if report["ignored_columns"]:
            lines.append(f"Columns not used: {', '.join(report['ignored_columns'])}.")
    return lines


def _must(answer: httpx2.Response) -> None:
    if answer.is_error:
        raise AppError(f"The sandbox refused {answer.request.url.path} ({answer.status_code}).")


def _tell(accounts: Sequence[dict[str, Any]], options: DemoOptions, say: Say) -> None:
    """What became of each account; whoever reads JSON is told what went wrong alone."""
    for account in accounts:
        if not options.as_json or not account["verified"]:
            say(_sentence(account, is_dry_run=options.stops_at_dry_run))


def _sentence(account: dict[str, Any], *, is_dry_run: bool) -> str:
    dormant, writes = account["dormant"], account["writes"]
    if not account["contacts"]:
        return f"{account['name']} holds no contacts as of {account['as_of']}: there was nothing to do."
    quiet = dormant["d90"] if dormant["d90"] is not None else "an unknown number"
    found = (
        f"{account['name']}: {account['contacts']:,} contacts, {quiet} quiet for 90 days or more. "
    )
    if is_dry_run and not writes["succeeded"]:
        return f"{found}Nothing has been written to the CRM and nobody is contacted: the dry run waits for you."
    held = "and read back equal" if account["verified"] else "but NOT all read back equal"
    if account["verified"] and writes["failed"]:
        held += f", {writes['failed']:,} refused by the CRM since"
    return (
        f"{found}{writes['succeeded']:,} records written {held}; "
        f"{account['enrollments']:,} workflows started; {account['touches']['asked']:,} messages asked for, "
        f"{account['touches']['proved']:,} of them seen in the CRM."
    )


def _keep_serving(lines: Iterable[str], env: Environment, children: Children, say: Say) -> None:
    """Say what to look at, and stay until Ctrl-C; the clockwork does what is due from now on."""
    children.start("schedule", [*REKINDLE, "schedule"], {**os.environ, **env.child()})
    for line in lines:
        say(line)
    try:
        while True:
            pause(1.0)
            if (gone := children.ended()) in RESTARTED:
                children.restart(str(gone))
    except KeyboardInterrupt:
        say("Stopped.")


@contextmanager
def _interruptible() -> Iterator[None]:
    """A termination signal ends the demonstration the way Ctrl-C does."""

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = {n: signal.signal(n, interrupt) for n in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
