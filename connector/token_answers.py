"""Reads what a token endpoint answers, whatever that is: kept where it can be used, classified where it cannot."""

from collections.abc import Mapping
from typing import Any

import httpx2

from connector.errors import CrmUnavailable, CrmUnexpected
from connector.json_text import NotJson, decode

# Where an answer does not say how long a token lives: asked for anew before any CRM's own would end.
USUAL_LIFETIME = 1_800
_LONGEST_LIFETIME = 366 * 86_400
_LONGEST_ID = 80


def read_answer(response: httpx2.Response, crm: str) -> dict[str, Any]:
    """The object in a good answer.

    Raises CrmUnavailable for a page, an empty or a cut answer, which pass; CrmUnexpected for another shape.
    """
    try:
        found = decode(response.content)
    except NotJson:
        raise CrmUnavailable(
            f"{crm} answered with something other than tokens: it may be under maintenance."
        ) from None
    if not isinstance(found, dict):
        raise CrmUnexpected(f"{crm}'s token answer has a shape that Rekindle does not know.")
    return found


def tidy(response: httpx2.Response, crm: str) -> httpx2.Response:
    """The same answer with the times in it readable, as Authlib trusts them to be."""
    answer = read_answer(response, crm)
    fit = {name: value for name, value in answer.items() if name != "expires_at"}
    if "expires_in" in fit:
        fit["expires_in"] = lifetime(fit)
    return httpx2.Response(200, json=fit, request=response.request)


def lifetime(answer: Mapping[str, Any]) -> int:
    """Seconds that the access token lives; a usual time where the answer does not say it."""
    said = answer.get("expires_in")
    try:
        seconds = int(said) if isinstance(said, int | float | str) else 0
    except (ValueError, OverflowError):
        seconds = 0
    return min(seconds, _LONGEST_LIFETIME) if seconds > 0 else USUAL_LIFETIME


def need(answer: Mapping[str, Any], *names: str, crm: str) -> None:
    """Raises CrmUnexpected naming what is missing; never what is there."""
    missing = [name for name in names if not _is_text(answer.get(name))]
    if missing:
        raise CrmUnexpected(f"{crm}'s token answer lacks {', '.join(missing)}.")


def read_id(answer: Mapping[str, Any], name: str) -> str:
    """An id as a text; empty where there is none that can be stored."""
    value = answer.get(name)
    text = "" if isinstance(value, bool) or not isinstance(value, str | int) else str(value)
    return text if len(text) <= _LONGEST_ID else ""


def read_scopes(answer: Mapping[str, Any], *names: str) -> tuple[str, ...]:
    """The scopes under the first of these names that has any, as a list or as one text; empty for none."""
    for name in names:
        given = answer.get(name)
        listed = given.split() if isinstance(given, str) else given
        if isinstance(listed, list) and listed:
            return tuple(scope for scope in listed if isinstance(scope, str))
    return ()


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value)
