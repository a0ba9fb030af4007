"""Runs the sandbox: `python -m sandbox --port 8090`."""

import ctypes
import os
import signal
import sys
from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from sandbox.conduct import Built, Conduct
from sandbox.config import SandboxConfig, StartError
from sandbox.registry import CRMS, add_arguments, read_options
from sandbox.server import serve
from sandbox.world.answers import LANGUAGES
from sandbox.world.tenant import Family, Nature

_DEFAULTS = SandboxConfig()
_PR_SET_PDEATHSIG = 1


def main() -> int:
    """Run the pretend CRMs until stopped; returns the exit code."""
    arguments = sys.argv[1:]
    if "--parent-death" in arguments and not _die_with_parent():
        return 1
    try:
        serve(read_config(arguments))
    except StartError as error:
        print(f"sandbox: {error}", file=sys.stderr)  # noqa: T201
        return 2
    return 0


def read_config(arguments: Sequence[str]) -> SandboxConfig:
    """What a sandbox is started with, as the command line says; ends the process where it is wrong."""
    given = _parser().parse_args(arguments)
    return SandboxConfig(
        host=given.host,
        port=given.port,
        seed=given.seed,
        contacts=given.contacts,
        crms=tuple(given.crms),
        as_of=given.as_of,
        purchases_csv=given.purchases,
        contacts_csv=given.contacts_csv,
        options=read_options(given),
        nature=Nature(given.family, given.null, given.weeks, given.language),
        conduct=Conduct(given.workflow, staff_work=not given.idle_staff),
        truth=given.truth,
        truth_key=given.truth_key_file,
    )


def _parser() -> ArgumentParser:
    parser = ArgumentParser(
        prog="sandbox", description="Run the pretend CRMs until stopped.", allow_abbrev=False
    )
    add = parser.add_argument
    add("--host", default=_DEFAULTS.host, help="address to listen on")
    add("--port", type=int, default=8090, help="port to listen on; 0 takes a free one")
    add(
        "--crm",
        action="append",
        choices=list(CRMS),
        default=[],
        dest="crms",
        help="open this pretend CRM alone; may be repeated; all of them without",
    )
    add("--seed", type=int, default=_DEFAULTS.seed, help="seed of everything random")
    add(
        "--contacts",
        type=int,
        default=_DEFAULTS.contacts,
        help="people in the first account; 0 leaves all accounts empty",
    )
    add(
        "--as-of",
        type=_moment,
        default=_DEFAULTS.as_of,
        metavar="MOMENT",
        help="the moment the virtual time begins at (ISO)",
    )
    add("--purchases", type=Path, help="load this purchase history instead of people")
    add("--contacts-csv", type=Path, help="load this contact export instead of people")
    add("--truth", type=Path, help="seal the truth about the people into this file")
    add("--truth-key-file", type=Path, help="file of the truth's key; made if it is not there")
    add(
        "--parent-death",
        action="store_true",
        help="stop when the parent process dies (Linux)",
    )
    _add_people(parser)
    add_arguments(parser)
    return parser


def _add_people(parser: ArgumentParser) -> None:
    """What the people are like, and those who work at the accounts."""
    add = parser.add_argument
    add(
        "--family",
        type=Family,
        choices=list(Family),
        default=_DEFAULTS.nature.family,
        help="how people come and go; one is there to surprise a scorer",
    )
    add("--null", action="store_true", help="nobody differs from anybody and touches do nothing")
    add(
        "--weeks",
        type=_weeks,
        default=_DEFAULTS.nature.weeks,
        help="how many weeks back the records reach, at least 20",
    )
    add(
        "--language",
        choices=list(LANGUAGES),
        default=_DEFAULTS.nature.language,
        help="the language that people write in",
    )
    add(
        "--workflow",
        type=Built,
        choices=list(Built),
        default=_DEFAULTS.conduct.built,
        help="what the accounts' people have built for reactivation",
    )
    add("--idle-staff", action="store_true", help="the accounts' people never work their tasks")


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise ArgumentTypeError("takes a date or moment, such as 2026-11-16") from error
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _weeks(text: str) -> int:
    if not text.isdigit() or int(text) < 20:
        raise ArgumentTypeError("takes a number of at least 20")
    return int(text)


def _die_with_parent() -> bool:
    """Ask the kernel for a signal when the parent dies; says so where that cannot be had.

    False: the parent died before the signal was asked for.
    """
    parent = os.getppid()
    if not sys.platform.startswith("linux"):
        print("sandbox: --parent-death works on Linux only", file=sys.stderr)  # noqa: T201
        return True
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    return os.getppid() == parent


if __name__ == "__main__":
    sys.exit(main())
