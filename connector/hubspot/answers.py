"""Looks into HubSpot's answers without trusting their shape."""

from collections.abc import Mapping
from typing import Any

from connector.errors import CrmUnexpected

_LONGEST_ID = (
    70  # of the 80 characters that the mirror's columns hold, because a kind stands before some
)


def listed(answer: Any, name: str = "results") -> list[dict[str, Any]]:
    """The objects in a list of an answer; raises CrmUnexpected where the answer is none itself."""
    if not isinstance(answer, dict):
        raise CrmUnexpected("HubSpot's answer is not an object.")
    found = answer.get(name)
    return [entry for entry in found if isinstance(entry, dict)] if isinstance(found, list) else []


def records(answer: Any) -> list[dict[str, Any]]:
    """The records of an answer, each with its id as a text; one without an id is nobody's and left out."""
    return [
        {**record, "id": str(record["id"])}
        for record in listed(answer)
        if isinstance(record.get("id"), str | int) and 0 < len(str(record["id"])) <= _LONGEST_ID
    ]


def within(answer: Any, *names: str) -> Any:
    """What stands under these names, one inside the other; None where any is missing."""
    for name in names:
        answer = answer.get(name) if isinstance(answer, dict) else None
    return answer


def properties(record: Mapping[str, Any]) -> dict[str, str]:
    """The values of a record, all as texts; HubSpot sends texts, and what is no single value is left out."""
    given = record.get("properties")
    if not isinstance(given, dict):
        return {}
    return {name: _text(value) for name, value in given.items() if _is_single(value)}


def _is_single(value: object) -> bool:
    return isinstance(value, str | int | float)


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
