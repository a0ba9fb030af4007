"""Runs the sandbox: `python -m sandbox --port 8090`."""

import ctypes
import os
import signal
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from sandbox.config import SandboxConfig
from sandbox.highlevel.config import HighLevelOptions
from sandbox.hubspot.config import HubSpotCredentials, HubSpotOptions
from sandbox.hubspot.history import HistoryError
from sandbox.sealing import SealError
from sandbox.server import serve
from sandbox.world.tenant import Family, Nature

_DEFAULTS = SandboxConfig()
_APP = HubSpotCredentials()
_PR_SET_PDEATHSIG = 1


def main(
    *,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = _DEFAULTS.host,
    port: Annotated[int, typer.Option(help="Port to listen on; 0 takes a free one.")] = 8090,
    seed: Annotated[int, typer.Option(help="Seed of everything random.")] = _DEFAULTS.seed,
    contacts: Annotated[int, typer.Option(help="People in the first account.")] = 1_500,
    highlevel_contacts: Annotated[
        int, typer.Option(help="People in the first HighLevel location; 0 leaves them empty.")
    ] = HighLevelOptions().contacts,
    as_of: Annotated[
        str, typer.Option("--as-of", help="The moment the virtual time begins at (ISO).")
    ] = "2026-11-16T14:00:00Z",
    purchases: Annotated[
        Path | None, typer.Option(help="Load this purchase history instead of people.")
    ] = None,
    contacts_csv: Annotated[
        Path | None, typer.Option("--contacts-csv", help="Load this export instead of people.")
    ] = None,
    family: Annotated[
        Family, typer.Option(help="How people come and go; one is there to surprise a scorer.")
    ] = _DEFAULTS.nature.family,
    null: Annotated[
        bool, typer.Option("--null", help="Nobody differs from anybody and touches do nothing.")
    ] = False,
    weeks: Annotated[
        int, typer.Option(min=20, help="How many weeks back the records reach.")
    ] = _DEFAULTS.nature.weeks,
    truth: Annotated[
        Path | None, typer.Option(help="Seal the truth about the people into this file.")
    ] = None,
    truth_key_file: Annotated[
        Path | None, typer.Option(help="File of the truth's key; made if it is not there.")
    ] = None,
    client_id: Annotated[str, typer.Option(help="The app's client id.")] = "",
    client_secret: Annotated[
        str, typer.Option(envvar="SANDBOX_HUBSPOT_CLIENT_SECRET", help="The app's client secret.")
    ] = "",
    app_id: Annotated[int, typer.Option(help="The app's number.")] = _APP.app_id,
    parent_death: Annotated[
        bool, typer.Option("--parent-death", help="Stop when the parent process dies (Linux).")
    ] = False,
) -> None:
    """Run the pretend CRMs until stopped."""
    if parent_death:
        _die_with_parent()
    credentials = HubSpotCredentials(
        client_id or _APP.client_id, client_secret or _APP.client_secret, app_id
    )
    from_files = purchases is not None or contacts_csv is not None
    config = replace(
        _DEFAULTS,
        host=host,
        port=port,
        seed=seed,
        contacts=0 if from_files else contacts,
        as_of=_moment(as_of),
        nature=Nature(family, null, weeks),
        truth=truth,
        truth_key=truth_key_file,
        options=(
            HubSpotOptions(
                credentials=credentials, purchases_csv=purchases, contacts_csv=contacts_csv
            ),
            HighLevelOptions(contacts=highlevel_contacts),
        ),
    )
    try:
        serve(config)
    except HistoryError as error:
        print(f"sandbox: the file cannot be loaded: {error}", file=sys.stderr)  # noqa: T201
        raise typer.Exit(2) from None
    except SealError as error:
        print(f"sandbox: the truth cannot be sealed: {error}", file=sys.stderr)  # noqa: T201
        raise typer.Exit(2) from None


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise typer.BadParameter("--as-of takes a date or moment, such as 2026-11-16") from error
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _die_with_parent() -> None:
    """Ask the kernel for a signal when the parent dies; says so where that cannot be had."""
    parent = os.getppid()
    if not sys.platform.startswith("linux"):
        print("sandbox: --parent-death works on Linux only", file=sys.stderr)  # noqa: T201
        return
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != parent:
        # The parent died before the signal was asked for.
        raise typer.Exit(1)


if __name__ == "__main__":
    typer.run(main)
