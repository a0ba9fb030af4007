"""Coerces what a request writes into a property, the way HubSpot's validation does."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, time

import orjson

from sandbox.hubspot.answers import invalid
from sandbox.hubspot.definitions import Definition
from sandbox.kit.answers import ApiError, Json
from sandbox.kit.moments import epoch_ms, iso, read_moment

MAX_LENGTH = 65_536
_EMAIL = re.compile(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+")


class InvalidValueError(Exception):
    """A value a property cannot take."""

    def __init__(self, name: str, code: str, message: str) -> None:
        """Keep the property, HubSpot's error code and the reason."""
        super().__init__(message)
        self.name, self.code, self.message = name, code, message

    def json(self) -> Json:
        """One entry of the list that HubSpot embeds in the message."""
        return {
            "isValid": False,
            "message": self.message,
            "error": self.code,
            "name": self.name,
            "localizedErrorMessage": self.message,
        }


@dataclass(frozen=True, slots=True)
class Coerced:
    """A value as it will be stored, with HubSpot's warning when it was normalized."""

    value: str | None
    warning: Json | None = None


def values_refused(problems: list[InvalidValueError]) -> ApiError:
    """The 400 whose message carries the problems as JSON."""
    listed = orjson.dumps([problem.json() for problem in problems]).decode()
    errors = [
        {
            "message": problem.message,
            "code": problem.code,
            "context": {"propertyName": [problem.name]},
        }
        for problem in problems
    ]
    return invalid(f"Property values were not valid: {listed}", errors=errors)


def coerce(
    definition: Definition, given: object, *, current: str | None, lenient: bool, owners: set[str]
) -> Coerced:
    """The value to store; raises InvalidValueError.

    `current` is needed to append to a multi-checkbox; `lenient` normalizes dates with a warning
    as the dated API does since 2026-09, where older versions refuse them.
    """
    text = _as_text(definition, given)
    if not text:
        return Coerced(None)
    if definition.type in {"date", "datetime"}:
        return _moment(definition, text, lenient=lenient)
    if definition.type == "enumeration":
        return Coerced(_enumeration(definition, text, current, owners))
    return Coerced(_CHECKS[definition.type](definition, text))


def _as_text(definition: Definition, given: object) -> str:
    if given is None:
        return ""
    if isinstance(given, bool):
        return "true" if given else "false"
    if isinstance(given, int | float):
        return str(given)
    if isinstance(given, str):
        return given
    raise InvalidValueError(definition.name, "INVALID_FORMAT", "a text, number or bool is expected")


def _string(definition: Definition, text: str) -> str:
    if len(text) > MAX_LENGTH:
        raise InvalidValueError(
            definition.name, "STRING_TOO_LONG", f"value was longer than {MAX_LENGTH} characters"
        )
    if definition.name == "email" and not _EMAIL.fullmatch(text):
        raise InvalidValueError(
            definition.name, "INVALID_EMAIL", f"Email address {text} is invalid"
        )
    return text


def _number(definition: Definition, text: str) -> str:
    try:
        number = float(text)
    except ValueError:
        number = float("nan")
    if number != number or number in {float("inf"), float("-inf")} or "_" in text:  # noqa: PLR0124
        raise InvalidValueError(
            definition.name, "INVALID_NUMBER", f"{text} was not a valid number."
        )
    return text.strip()


def _bool(definition: Definition, text: str) -> str:
    lowered = text.strip().lower()
    if lowered not in {"true", "false"}:
        raise InvalidValueError(
            definition.name,
            "INVALID_OPTION",
            f"{text} was not one of the allowed options: [true, false]",
        )
    return lowered


_CHECKS: dict[str, Callable[[Definition, str], str]] = {
    "string": _string,
    "phone_number": _string,
    "number": _number,
    "bool": _bool,
}


def _enumeration(
    definition: Definition, text: str, current: str | None, owners: set[str]
) -> str | None:
    if definition.name == "hubspot_owner_id":
        if text not in owners:
            raise InvalidValueError(
                definition.name, "INVALID_OWNER_ID", f"Owner {text} does not exist"
            )
        return text
    many = definition.field_type == "checkbox"
    chosen = [word for word in text.split(";") if word] if many else [text]
    allowed = {option.value for option in definition.options}
    wrong = [word for word in chosen if word not in allowed]
    if wrong and not definition.external_options:
        raise InvalidValueError(
            definition.name,
            "INVALID_OPTION",
            f"{wrong[0]} was not one of the allowed options: [{', '.join(sorted(allowed))}]",
        )
    if many and text.startswith(";"):
        chosen = [*(current or "").split(";"), *chosen]
    return ";".join(dict.fromkeys(filter(None, chosen))) or None


def _moment(definition: Definition, text: str, *, lenient: bool) -> Coerced:
    try:
        moment = read_moment(text)
    except (ValueError, OverflowError) as error:
        raise InvalidValueError(
            definition.name, "INVALID_DATE", f"{text} was not a valid {definition.type}."
        ) from error
    if definition.type == "datetime":
        value, exact = iso(moment), _is_epoch(text) or ("T" in text.upper() and _has_zone(text))
    else:
        value, exact = f"{moment:%Y-%m-%d}", moment.timetz().replace(tzinfo=None) == time(0)
    if exact:
        return Coerced(value)
    if not lenient and definition.type == "date":
        raise InvalidValueError(
            definition.name,
            "INVALID_DATE",
            f"{epoch_ms(moment)} is at {moment:%H:%M:%S} {moment.tzname()}, not midnight!",
        )
    return Coerced(value, _normalized(definition.name, text, value) if lenient else None)


def _has_zone(text: str) -> bool:
    return datetime.fromisoformat(text.strip()).tzinfo is not None


def _is_epoch(text: str) -> bool:
    return text.strip().lstrip("-").isdigit()


def _normalized(name: str, raw: str, value: str) -> Json:
    return {
        "category": "PROPERTY_VALUE_NORMALIZED",
        "message": f"The value given for {name} was normalized.",
        "context": {"propertyName": [name], "rawValue": [raw], "normalizedValue": [value]},
    }
