"""Whether do-not-disturb is on for a channel, however a contact's record says so: in doubt it is; no I/O."""

from collections.abc import Mapping
from typing import Any

from connector.highlevel.values import flag, text
from connector.json_text import NotJson, decode

# "Active" means that do-not-disturb is on; only these say clearly that it is off.
_OFF = frozenset({"", "inactive", "none", "disabled", "{}", "[]"})
_EVERY_CHANNEL = "all"


def is_blocked(record: Mapping[str, Any], channel: str) -> bool | None:
    """Whether a channel may not be used; None where the answer leaves the channels out."""
    return True if not _is_off(record.get("dnd")) else _on(record.get("dndSettings"), channel)


def is_blocked_altogether(record: Mapping[str, Any]) -> bool | None:
    """Whether no channel may be used, or nothing that they send is taken; None where the answer does not tell.

    Blocking what comes from somebody is the staff's way of having nothing more to do with them.
    """
    if not _is_off(record.get("dnd")):
        return True
    said = [_on(record.get(name), _EVERY_CHANNEL) for name in ("dndSettings", "inboundDndSettings")]
    if True in said:
        return True
    return False if False in said else None


def _on(given: object, channel: str) -> bool | None:
    """Whether do-not-disturb is on for a channel, or for all of them, in one group of settings."""
    settings = _settings(given)
    if settings is None:
        return None
    if not isinstance(settings, dict):
        # A list, a text or a number: it is not clear which channels are meant.
        return True
    by_channel = {str(name).lower(): setting for name, setting in settings.items()}
    return not all(_is_off(_status(by_channel.get(name))) for name in (channel, _EVERY_CHANNEL))


def _settings(given: object) -> object:
    """The settings as an object where they are one, even as text; None for nothing."""
    if isinstance(given, str) and given.strip().startswith(("{", "[")):
        try:
            given = decode(given.encode())
        except NotJson:
            return given
    if isinstance(given, dict):
        return given
    return None if given is None or given == [] or _is_off(given) else given


def _status(setting: object) -> object:
    return setting.get("status") if isinstance(setting, dict) else setting


def _is_off(said: object) -> bool:
    return said is None or flag(said) is False or text(said).strip().lower() in _OFF
