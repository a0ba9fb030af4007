"""A deployment of the product's own processes in front of a sandbox of its own, for what is measured from outside."""

import os
import secrets
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from app.compose import compose
from app.embedded_valkey import start_valkey
from app.lab.demo import DemoOptions, prepare_sandbox, wait_for
from app.lab.demo_job import installations
from app.lab.demo_progress import Progress
from app.migrate import migrate
from app.processes import REKINDLE, Children, free_port
from connector.registry import DEFAULT_PROVIDER, sandbox_variables
from core import log
from core.context import Context
from core.db import open_engine
from core.errors import Invalid
from core.settings import Environment
from core.vault import new_key

PROCESSES = ("web", "worker", "schedule")


@dataclass(frozen=True, slots=True)
class Pretended:
    """Which CRM is pretended and who is in it; `settings` are the product's beside those that every sandbox needs."""

    contacts: int
    crm: str = DEFAULT_PROVIDER
    seed: int | None = None
    settings: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Deployment:
    """The product's processes, the context of one more of them, and the sandbox's address."""

    context: Context
    children: Children
    sandbox: str


@contextmanager
def opened_deployment(
    pretended: Pretended, progress: Progress, *, workers: int = 1
) -> Iterator[Deployment]:
    """Everything an operator starts, with no account installed yet; raises Invalid where the database holds some."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="rekindle-bench-")))
        children = Children(folder / "logs")
        stack.callback(children.stop)
        progress.stage("start", "Starting the sandbox and Rekindle")
        sandbox = _start_sandbox(children, pretended)
        env = _environment(sandbox, folder, children, pretended)
        _prepare_database(env)
        context = compose(env)
        stack.callback(context.engine.dispose)
        log.configure("console", level="ERROR")
        if installations(context):
            raise Invalid("REKINDLE_DATABASE_URL holds accounts. Name an empty database.")
        _start_processes(children, env, workers=workers)
        prepare_sandbox(DemoOptions(crm=pretended.crm), sandbox, context)
        yield Deployment(context, children, sandbox)


def _start_sandbox(children: Children, pretended: Pretended) -> str:
    port = free_port()
    options = ["--port", str(port), "--contacts", str(pretended.contacts), "--crm", pretended.crm]
    if pretended.seed is not None:
        options += ["--seed", str(pretended.seed)]
    command = [sys.executable, "-m", "sandbox", *options, "--parent-death"]
    children.start("sandbox", command, dict(os.environ))
    address = f"http://127.0.0.1:{port}"
    # People are made up at a few hundred a second.
    seconds = 90.0 + pretended.contacts / 100
    wait_for(f"{address}/control/state", children, seconds=seconds)
    return address


def _environment(
    sandbox: str, folder: Path, children: Children, pretended: Pretended
) -> Environment:
    """The database and the queue server that the shell names, or ones of our own."""
    queue = os.environ.get("REKINDLE_REDIS_URL")
    return Environment(
        {
            "REKINDLE_DATABASE_URL": os.environ.get("REKINDLE_DATABASE_URL")
            or f"sqlite:///{folder / 'rekindle.db'}",
            "REKINDLE_REDIS_URL": queue or start_valkey(children, folder, dict(os.environ)),
            "REKINDLE_PUBLIC_URL": f"http://localhost:{free_port()}",
            "REKINDLE_TIME_URL": f"{sandbox}/control/clock",
            "REKINDLE_VAULT_KEYS": new_key(),
            "REKINDLE_SESSION_SECRET": secrets.token_hex(32),
            **sandbox_variables(pretended.crm, sandbox),
            **pretended.settings,
        }
    )


def _prepare_database(env: Environment) -> None:
    engine = open_engine(env.values["REKINDLE_DATABASE_URL"])
    migrate(engine)
    engine.dispose()


def _start_processes(children: Children, env: Environment, *, workers: int) -> None:
    whole = {**os.environ, **env.child()}
    port = env.values["REKINDLE_PUBLIC_URL"].rpartition(":")[2]
    for name, command in zip(
        PROCESSES, (["serve", "--port", port], ["worker"], ["schedule"]), strict=True
    ):
        children.start(name, [*REKINDLE, *command], whole)
    for number in range(1, workers):
        children.start(f"worker{number + 1}", [*REKINDLE, "worker"], whole)
    wait_for(f"http://127.0.0.1:{port}/readyz", children)
