"""The command `rekindle`: its commands, and what becomes of errors."""

import os
import sys

import typer
from redis.exceptions import RedisError
from sqlalchemy.exc import ArgumentError, OperationalError

from app.cli.audit import audit
from app.cli.backtest import backtest
from app.cli.bench import bench
from app.cli.bench_returns import returns
from app.cli.demo import demo
from app.cli.do_not_contact import do_not_contact
from app.cli.doctor import doctor
from app.cli.log import log as decision_log
from app.cli.migrate import migrate
from app.cli.models import models
from app.cli.output import say
from app.cli.playbooks import playbooks
from app.cli.results import results
from app.cli.sandbox import sandbox
from app.cli.schedule import schedule
from app.cli.scores import scores
from app.cli.screenshots import screenshots
from app.cli.serve import serve
from app.cli.settings import settings
from app.cli.stop import go, stop
from app.cli.worker import worker
from core import log
from core.errors import AppError

app = typer.Typer(
    name="rekindle",
    help="Finds the dormant contacts in a CRM and starts the CRM's own workflows for them.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
for command in (demo, audit, backtest, serve, worker, schedule, migrate, models, settings, doctor):
    app.command()(command)
app.command()(results)
app.command()(screenshots)
app.command("log")(decision_log)
app.command()(do_not_contact)
app.command()(stop)
app.command()(go)
# Whatever follows is the sandbox's own.
app.command(
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True},
    add_help_option=False,
)(sandbox)
bench.command()(returns)
app.add_typer(bench, name="bench")
app.add_typer(playbooks, name="playbooks")
app.add_typer(scores, name="scores")


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
