"""An account's settings with their origins and history, in words and as JSON, and a change from the command line."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from core.context import Context
from core.db import reading
from core.errors import Invalid
from oauth.account_settings.changing import Held, Owner, change, load_held, owner_of
from oauth.account_settings.fields import FIELDS
from oauth.account_settings.history import Change, load_changes

SHOWN = 50


@dataclass(frozen=True, slots=True)
class Shown:
    owner: Owner
    held: Held
    changes: Sequence[Change]


def show(here: Context, account_id: str, *, agency: bool) -> Shown:
    with reading(here.engine) as connection:
        owner = owner_of(connection, account_id, agency=agency)
        held = load_held(connection, here.settings, owner)
        return Shown(owner, held, load_changes(connection, owner, limit=SHOWN))


def save(here: Context, account_id: str, changes: Sequence[str], *, agency: bool, by: str) -> None:
    """Change what NAME=VALUE texts say, over what holds at this moment; raises Invalid for any other text."""
    typed = dict[str, str]()
    for text in changes:
        name, sign, value = text.partition("=")
        if not sign:
            raise Invalid(f"--set wants NAME=VALUE, such as cooldown_days=120, not {text}.")
        typed[name.strip()] = value
    with reading(here.engine) as connection:
        owner = owner_of(connection, account_id, agency=agency)
        held = load_held(connection, here.settings, owner)
    change(here, owner, typed, looked_at=held.version, by=by)


def to_json(shown: Shown) -> dict[str, Any]:
    resolved = shown.held.resolved
    return {
        "owner": shown.owner.owner_id,
        "version": shown.held.version,
        "settings": {
            field.name: {
                "value": resolved.value(field.name),
                "from": str(resolved.origins[field.name]),
            }
            for field in FIELDS
        },
        "changes": [
            {
                "version": made.version,
                "at": made.at.isoformat(),
                "by": made.by,
                "by_agency": made.by_agency,
                "what": {step.name: [step.before, step.after] for step in made.steps},
            }
            for made in shown.changes
        ],
    }


def lines(shown: Shown) -> list[str]:
    """Each setting with its value and origin, then each change."""
    resolved = shown.held.resolved
    told = [
        f"{field.name:<26} {field.kind.show(resolved.value(field.name)):<32} "
        f"{resolved.origins[field.name]}"
        for field in FIELDS
    ]
    for made in shown.changes:
        told.append(f"{made.at:%Y-%m-%d %H:%M} UTC  {made.by}{', agency' * made.by_agency}")
        told += [
            f"      {step.name}: {step.before or 'not set'} -> {step.after or 'not set'}"
            for step in made.steps
        ]
    return told
