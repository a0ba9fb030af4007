"""The versions of a model in words and as JSON, and the way back to an earlier one."""

from typing import Any

from core.context import Context
from core.db import reading
from core.errors import NotFound
from core.facts import ChampionChanged
from oauth.store import find_installation
from scoring.learn import versions
from scoring.learn.versions import Version

_FORETOLD = {"returns": "who comes back", "responses": "who responds"}


def list_versions(context: Context, account_id: str) -> list[Version]:
    """All versions of an account's model, the newest first; raises NotFound for an unknown account."""
    with reading(context.engine) as connection:
        if find_installation(connection, account_id) is None:
            raise NotFound(f"There is no account {account_id}.")
        return versions.load_versions(connection, account_id)


def roll_back(context: Context, account_id: str, version: int) -> None:
    """Make a former champion the champion again, and have the account scored by it."""
    with context.begin() as tx:
        versions.roll_back(tx, account_id, version)
        context.publish(tx, ChampionChanged(account_id))


def to_json(found: Version) -> dict[str, Any]:
    return {
        "version": found.version,
        "state": found.state,
        "fitted_at": found.fitted_at.isoformat(),
        "as_of": found.as_of.isoformat(),
        "out_of_time": dict(found.metrics),
        "note": found.note,
    }


def lines(found: Version) -> list[str]:
    """A version in words: what it is, then what it was judged by."""
    told = [f"{found.version:>4}  {found.state:<10}  {found.as_of:%Y-%m-%d}  {found.note}"]
    for name, words in _FORETOLD.items():
        contest = found.metrics.get(name)
        if contest is not None:
            told.append(
                f"      {words}: log-loss {contest['challenger']:.4f} against {contest['champion']:.4f} "
                f"of version {found.metrics['against']}, {contest['people']:,} people"
            )
    return told
