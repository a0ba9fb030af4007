"""What is said of each setting: its name, words, kind of value, and what a change of it alters; pure."""

from dataclasses import dataclass

from oauth.account_settings.alters import Alters
from oauth.account_settings.groups import Group
from oauth.account_settings.kinds import Kind


@dataclass(frozen=True, slots=True)
class Field:
    """One setting; `alters` is None where a change counts from the next time on by itself."""

    name: str
    label: str
    help: str
    kind: Kind
    group: Group
    alters: Alters | None = None
