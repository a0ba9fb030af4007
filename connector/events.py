"""The events of a webhook one by one: one that cannot be read is set apart, and the others are kept."""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import orjson

from connector.port.signed import Deliveries, Delivery, OddEvent


class Unreadable(Exception):
    """An event that cannot be read; the reason names fields and holds nothing that was sent."""


class AnotherApps(Exception):
    """An event that was meant for another app."""


def read_each(
    events: Iterable[object],
    read: Callable[[Mapping[str, Any]], Delivery | None],
    *,
    account_of: Callable[[Mapping[str, Any]], str],
) -> Deliveries:
    """What the events tell; `read` answers None for one that we do not listen to.

    `account_of` is the remote id of an event's account, empty where it names none.
    """
    notices: list[Delivery] = []
    odd: dict[str, OddEvent] = {}
    foreign = 0
    for event in events:
        if not isinstance(event, dict):
            _set_apart(odd, event, "The event is not an object.")
            continue
        try:
            notice = read(event)
        except AnotherApps:
            foreign += 1
        except Unreadable as why:
            _set_apart(odd, event, str(why), account_of(event))
        else:
            notices += [] if notice is None else [notice]
    return Deliveries(tuple(notices), tuple(odd.values()), foreign)


def digest(event: object) -> str:
    """32 hex digits by which an event can be told from others, and from which nothing can be read."""
    said = orjson.dumps(event, option=orjson.OPT_SORT_KEYS)
    return hashlib.blake2b(said, digest_size=16).hexdigest()


def _set_apart(odd: dict[str, OddEvent], event: object, reason: str, account: str = "") -> None:
    key = digest(event)
    odd[key] = OddEvent(reason, key, account)
