"""What one account has settled, given to others of the same agency: its settings, or its playbooks."""

from collections.abc import Sequence

from core.context import Context
from core.db import reading
from core.errors import Invalid
from oauth.account_playbooks import store as playbooks
from oauth.account_playbooks.holding import save_copy
from oauth.account_settings.changing import Owner, change, load_held, load_settings
from oauth.account_settings.fields import BY_NAME
from oauth.account_settings.groups import Group
from oauth.store import Installation

# What says who an account is stays its own.
_OWN = frozenset({"timezone", "currency", "handoff_person", "crm_address"})


def copy_settings(
    here: Context, source: Installation, targets: Sequence[Installation], *, by: str
) -> int:
    """How many accounts have changed. What the source leaves to its agency or the default, the others leave as well."""
    with reading(here.engine) as connection:
        own = load_held(connection, here.settings, Owner(source.account_id, source)).own
    typed = {
        name: field.kind.typed(own[name]) if name in own else ""
        for name, field in BY_NAME.items()
        if name not in _OWN and field.group is not Group.SENDER
    }
    changed = 0
    for account in targets:
        owner = Owner(account.account_id, account)
        with reading(here.engine) as connection:
            version = load_held(connection, here.settings, owner).version
        changed += change(here, owner, typed, looked_at=version, by=by) is not None
    return changed


def copy_playbooks(
    here: Context, source: Installation, targets: Sequence[Installation], *, by: str
) -> int:
    """How many accounts have changed; raises Invalid for one of another line of business, and changes none then."""
    line = load_settings(here, source).vertical
    others = [one.name for one in targets if load_settings(here, one).vertical != line]
    if others:
        raise Invalid(
            f"Playbooks are of a line of business, and {', '.join(others)} has another one. Nothing was changed."
        )
    with reading(here.engine) as connection:
        own = playbooks.load_latest(connection, source.account_id, [line]).get(line)
        held = {
            one.account_id: playbooks.load_latest(connection, one.account_id, [line]).get(line)
            for one in targets
        }
    text = own.text if own else None
    changed = 0
    for account in targets:
        before = held[account.account_id]
        if (before.text if before else None) != text:
            version = before.version if before else 0
            save_copy(here, account, line, text, looked_at=version, by=by)
            changed += 1
    return changed
