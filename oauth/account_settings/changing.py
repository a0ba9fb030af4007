"""Loading the settings that hold for an account, and changing them: recorded with their author, told as a fact."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.engine import Connection

from core.context import Context
from core.db import reading
from core.errors import Invalid, NotFound
from core.facts import (
    ContactSettingsChanged,
    Fact,
    ReadingSettingsChanged,
    ScoringSettingsChanged,
)
from core.settings import Settings
from oauth.account_settings import store
from oauth.account_settings.alters import Alters
from oauth.account_settings.fields import AccountSettings
from oauth.account_settings.resolve import (
    Layer,
    Origin,
    Resolved,
    Values,
    altered,
    defaults,
    read_typed,
    refuse_unlawful,
    resolve,
)
from oauth.account_settings.store import Version
from oauth.store import Installation, find_installation, load_accounts_of

FACTS: Mapping[Alters, Callable[[str], Fact]] = {
    Alters.READING: ReadingSettingsChanged,
    Alters.SCORING: ScoringSettingsChanged,
    Alters.DECIDING: ContactSettingsChanged,
}


class SettingsRefused(Invalid):
    """Something that was typed cannot be a setting; `problems` says what is wrong with which."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        super().__init__(" ".join(f"{name}: {said}" for name, said in problems.items()))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose settings are looked at: an account's, or those of an agency for all its accounts."""

    owner_id: str
    account: Installation | None  # None for an agency


def owner_of(connection: Connection, account_id: str, *, agency: bool = False) -> Owner:
    """The owner of settings by the id of an account, or of an agency itself; `agency` asks for the account's agency.

    Raises NotFound for an unknown id and Invalid for an account that no agency manages.
    """
    found = find_installation(connection, account_id)
    if found is None:
        raise NotFound(f"There is no account {account_id}.")
    if not found.is_account:
        return Owner(found.account_id, None)
    if not agency:
        return Owner(found.account_id, found)
    if found.agency_id is None:
        raise Invalid(f"No agency manages {account_id}.")
    return Owner(found.agency_id, None)


@dataclass(frozen=True, slots=True)
class Held:
    """What holds for an owner, what would if it said nothing itself, what it says, and in which version."""

    resolved: Resolved
    inherited: Resolved
    own: Values
    version: int


def load_settings(here: Context, account: Installation) -> AccountSettings:
    """What holds for an account at this moment."""
    with reading(here.engine) as connection:
        held = load_held(connection, here.settings, Owner(account.account_id, account))
    return held.resolved.settings


def load_held(connection: Connection, environment: Settings, owner: Owner) -> Held:
    """What holds for an owner, and from where each value comes."""
    latest = store.load_latest(connection, levels_of(owner))
    said = {owner_id: version.values for owner_id, version in latest.items()}
    own = said.pop(owner.owner_id, {})
    return Held(
        _resolved(environment, owner, said | {owner.owner_id: own}),
        _resolved(environment, owner, said),
        own,
        latest[owner.owner_id].version if owner.owner_id in latest else 0,
    )


def _resolved(environment: Settings, owner: Owner, said: Mapping[str, Values]) -> Resolved:
    account = owner.account
    if account is None:
        agency = said.get(owner.owner_id, {})
        return resolve([defaults(environment), Layer(Origin.AGENCY, agency)])
    crm: dict[str, str] = {"timezone": account.timezone, "currency": account.currency}
    return resolve(
        [
            defaults(environment),
            Layer(Origin.CRM, {name: value for name, value in crm.items() if value}),
            Layer(Origin.AGENCY, said.get(account.agency_id or "", {})),
            Layer(Origin.ACCOUNT, said.get(owner.owner_id, {})),
        ]
    )


def change(
    here: Context, owner: Owner, typed: Mapping[str, str], *, looked_at: int, by: str
) -> Version | None:
    """Save what somebody typed over the version that they looked at; None where it changes nothing.

    An empty text lets the setting follow the level above. Raises SettingsRefused, or Conflict where somebody else
    has saved in between; nothing is saved then.
    """
    values, cleared, problems = read_typed(typed)
    if problems:
        raise SettingsRefused(problems)
    with here.begin() as tx:
        concerned = _concerned(tx, owner)
        known = store.load_latest(tx, {owner.owner_id, *levels_of(owner), *_all_levels(concerned)})
        said = {owner_id: version.values for owner_id, version in known.items()}
        before = said.get(owner.owner_id, {})
        after = {n: v for n, v in {**before, **values}.items() if n not in cleared}
        held = known.get(owner.owner_id)
        if after == before and looked_at == (held.version if held else 0):
            return None
        now_said = said | {owner.owner_id: after}
        _refuse_unlawful(here.settings, owner, now_said)
        made = store.record_version(
            tx, owner.owner_id, after, after=looked_at, by=by, now=here.wall.now()
        )
        for account in concerned:
            was, now = (
                _resolved(here.settings, Owner(account.account_id, account), levels).settings
                for levels in (said, now_said)
            )
            alters = altered(was, now)
            if alters is not None:
                here.publish(tx, FACTS[alters](account.account_id))
    return made


def levels_of(owner: Owner) -> list[str]:
    """The ids under which something may be said of an owner: its own, and its agency's."""
    above = owner.account.agency_id if owner.account else None
    return [owner.owner_id, *([above] if above else [])]


def _all_levels(accounts: Sequence[Installation]) -> set[str]:
    return {i for account in accounts for i in levels_of(Owner(account.account_id, account))}


def _concerned(tx: Connection, owner: Owner) -> Sequence[Installation]:
    """The connected accounts for which a change may change something."""
    if owner.account is None:
        return load_accounts_of(tx, owner.owner_id)
    return [owner.account] if owner.account.is_active else []


def _refuse_unlawful(environment: Settings, owner: Owner, said: Mapping[str, Values]) -> None:
    """Raise SettingsRefused where what would hold may not."""
    try:
        refuse_unlawful(
            said[owner.owner_id],
            _resolved(environment, owner, said),
            has_model=bool(environment.llm_url and environment.llm_model),
        )
    except Invalid as error:
        asks = said[owner.owner_id].get("read_texts") == "llm"
        name = "read_texts" if asks else "opener_source"
        raise SettingsRefused({name: error.message}) from None
