"""From the text of a playbook file to a line of business, or to what is wrong with it, line by line; pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from core.errors import Invalid
from playbooks.line import Line

# The C parser is many times faster, and not in every build of the library.
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
LONGEST = 200_000

Read = TypeVar("Read", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong at one place of a file, and what to write instead."""

    line: int
    field: str  # such as playbooks[0].segments[1].when; empty for the file as a whole
    message: str

    def __str__(self) -> str:
        where = f"line {self.line}" + (f", {self.field}" if self.field else "")
        return f"{where}: {self.message}"


class PlaybookInvalid(Invalid):
    """A file that cannot be a playbook; `problems` says why."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = tuple(problems)


def read_line(text: str) -> Line:
    """The line of business in a file; raises PlaybookInvalid with everything that is wrong."""
    return read_model(text, Line)


def read_model(text: str, model: type[Read]) -> Read:
    """What a file holds, as the model says; raises PlaybookInvalid with everything that is wrong."""
    node, data = _parsed(text)
    twice = list(_twice(node, ""))
    if twice:
        raise PlaybookInvalid(twice)
    try:
        return model.model_validate(data)
    except ValidationError as error:
        errors: list[dict[str, Any]] = [dict(one) for one in error.errors(include_url=False)]
        # A list without its wrong parts counts as too short: what is wrong is the parts.
        inner = {one["loc"][:depth] for one in errors for depth in range(len(one["loc"]))}
        errors = [e for e in errors if e["type"] != "too_short" or e["loc"] not in inner]
        found = [_problem(node, model, one) for one in errors]
        raise PlaybookInvalid(sorted(found, key=lambda p: (p.line, p.field))) from None


def _parsed(text: str) -> tuple[Any, Any]:
    if len(text) > LONGEST:
        said = f"The file has {len(text):,} characters. Write at most {LONGEST:,}."
        raise PlaybookInvalid([Problem(1, "", said)])
    try:
        # An alias repeats what stands elsewhere, without end if one likes.
        for event in yaml.parse(text, Loader=_LOADER):
            if isinstance(event, yaml.AliasEvent):
                said = f"*{event.anchor} points elsewhere in the file. Write it out."
                raise PlaybookInvalid([Problem(event.start_mark.line + 1, "", said)])
        node = yaml.compose(text, Loader=_LOADER)
        data = yaml.load(text, Loader=_LOADER)  # noqa: S506  a safe loader, whichever of the two
    except yaml.YAMLError as error:
        raise PlaybookInvalid([_unreadable(error)]) from None
    except ValueError:
        # A date that is none, such as 2026-99-99.
        said = "A value looks like a date and is none. Write it in quotation marks."
        raise PlaybookInvalid([Problem(1, "", said)]) from None
    if not isinstance(data, dict):
        said = "The file has no fields. Write line: NAME, label: WORDS and playbooks: below each other."
        raise PlaybookInvalid([Problem(1, "", said)])
    return node, data


def _unreadable(error: yaml.YAMLError) -> Problem:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    said = getattr(error, "problem", None) or "it cannot be read"
    line = mark.line + 1 if mark is not None else 1
    hint = "Look at the indents, and write texts with : or # in quotation marks."
    return Problem(line, "", f"This is not YAML ({said}). {hint}")


def _twice(node: Any, path: str) -> Iterator[Problem]:
    """Keys that stand twice in one place: of the two YAML would quietly take the last."""
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            name = str(key.value)
            where = f"{path}.{name}" if path else name
            if name in seen:
                said = f"{name} stands here twice. Take one of the two away."
                yield Problem(key.start_mark.line + 1, where, said)
            seen.add(name)
            yield from _twice(value, where)
    elif isinstance(node, yaml.SequenceNode):
        for place, item in enumerate(node.value):
            yield from _twice(item, f"{path}[{place}]")


def _problem(node: Any, model: type[BaseModel], error: dict[str, Any]) -> Problem:
    place = tuple(error["loc"])
    line = _line_of(node, place)
    return Problem(line, _named(place), _said(error, model, place))


def _line_of(node: Any, place: tuple[str | int, ...]) -> int:
    """The line on which a place of the file stands, or the nearest above it that is there."""
    line = node.start_mark.line + 1
    for step in place:
        if isinstance(node, yaml.MappingNode):
            found = next(((k, v) for k, v in node.value if k.value == str(step)), None)
            if found is None:
                return int(line)
            line, node = found[0].start_mark.line + 1, found[1]
        elif isinstance(node, yaml.SequenceNode) and isinstance(step, int):
            if step >= len(node.value):
                return int(line)
            node = node.value[step]
            line = node.start_mark.line + 1
        else:
            return int(line)
    return int(line)


def _named(place: tuple[str | int, ...]) -> str:
    name = ""
    for step in place:
        name += f"[{step}]" if isinstance(step, int) else f".{step}" if name else str(step)
    return name


def _said(error: dict[str, Any], model: type[BaseModel], place: tuple[str | int, ...]) -> str:
    """What is wrong in words, with what to write instead."""
    kind, given = error["type"], error.get("input")
    last = next((step for step in reversed(place) if isinstance(step, str)), "this")
    if kind == "extra_forbidden":
        known = _names_at(model, place[:-1])
        close = get_close_matches(last, known, 2, 0.6)
        better = f"Write {' or '.join(close)}." if close else f"There are {', '.join(known)}."
        return f"Nothing is called {last} here. {better}"
    if kind in _KINDS:
        return f"{_short(given)} is no {_KINDS[kind][0]}. Write {last}: {_KINDS[kind][1]}."
    limits = error.get("ctx", {})
    said = {
        "value_error": str(limits.get("error")),
        "missing": f"{last} is missing. Write {last}: ... here.",
        "enum": f"{last} is never {_short(given)}. Write {limits.get('expected')}.",
        "string_pattern_mismatch": f"{_short(given)} is no {last}. "
        + _PATTERNS.get(last, "Write small letters, figures and _."),
        "too_short": f"{last} is empty. Write at least one.",
    }
    return said.get(kind, f"{error['msg']}, not {_short(given)}.")


_KINDS = {
    "float_type": ("number", "0.3"),
    "float_parsing": ("number", "0.3"),
    "int_type": ("whole number", "3"),
    "int_parsing": ("whole number", "3"),
    "int_from_float": ("whole number", "3"),
    "string_type": ("text", '"some words"'),
    "bool_type": ("yes or no", "yes"),
    "bool_parsing": ("yes or no", "yes"),
    "tuple_type": ("list", "[...]"),
    "model_type": ("group of fields", "{...}"),
}
_PATTERNS = {
    "currency": "Write USD, or EUR.",
    "owner": "Write contact_owner or account_person.",
    "language": "Write en, or pt-BR.",
}


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 40 else f"{text[:39]}…"


def _names_at(model: type[BaseModel], place: tuple[str | int, ...]) -> list[str]:
    """The names that may stand at a place of the file."""
    here: Any = model
    for step in place:
        if isinstance(step, int):
            continue
        field = next((f for name, f in here.model_fields.items() if step in {name, f.alias}), None)
        if field is None:
            return []
        here = next(iter(_models_in(field.annotation)), None)
        if here is None:
            return []
    return [f.alias or name for name, f in here.model_fields.items()]


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in getattr(annotation, "__args__", ()):
        yield from _models_in(part)
