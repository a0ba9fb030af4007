"""Who changed what: the versions of settings as changes in words, the newest first."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.engine import Connection

from core.settings import Settings
from oauth.account_settings.changing import Owner, levels_of, load_held
from oauth.account_settings.fields import BY_NAME
from oauth.account_settings.resolve import Origin, Values, changed_names, told
from oauth.account_settings.store import Version, load_history
from oauth.store import Installation


@dataclass(frozen=True, slots=True)
class Step:
    """One setting that one level said otherwise than before; None where it said, or says, nothing of it."""

    name: str
    label: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class Change:
    """One saving; `by_agency` where it was for all accounts of the agency."""

    version: int
    at: datetime
    by: str
    by_agency: bool
    steps: Sequence[Step]


def load_changes(connection: Connection, owner: Owner, *, limit: int | None = None) -> list[Change]:
    """The latest changes of an owner's settings, and of its agency's."""
    versions = load_history(connection, levels_of(owner))
    known = {(v.owner_id, v.version): v.values for v in versions}
    return [
        _change(owner, version, known.get((version.owner_id, version.version - 1), {}))
        for version in versions[:limit]
    ]


def find_author(
    connection: Connection, environment: Settings, account: Installation, name: str
) -> str | None:
    """Whose word a setting is, of the level that holds; None where nobody has said anything."""
    owner = Owner(account.account_id, account)
    origin = load_held(connection, environment, owner).resolved.origins[name]
    if origin not in {Origin.AGENCY, Origin.ACCOUNT}:
        return None
    by_agency = origin is Origin.AGENCY
    made = (
        change.by
        for change in load_changes(connection, owner)
        if change.by_agency is by_agency and any(step.name == name for step in change.steps)
    )
    return next(made, None)


def _change(owner: Owner, version: Version, before: Values) -> Change:
    steps = [
        Step(name, BY_NAME[name].label, told(before, name), told(version.values, name))
        for name in changed_names(before, version.values)
    ]
    by_agency = owner.account is None or version.owner_id != owner.owner_id
    return Change(version.version, version.changed_at, version.changed_by, by_agency, steps)
