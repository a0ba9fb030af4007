"""Playbooks for people and machines: a list, one in full, and what is wrong with a file."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from core.errors import AppError, Invalid
from playbooks.library import packaged
from playbooks.line import Line, Playbook, Segment, Touch
from playbooks.reading import PlaybookInvalid, Problem, read_line
from playbooks.together import read_copy


def summary_of(line: Line) -> dict[str, Any]:
    """A line of business in a few words, for the list."""
    return {
        "line": line.line,
        "label": line.label,
        "phi": line.compliance.phi,
        "playbooks": [
            {
                "key": playbook.key,
                "label": playbook.label,
                "track": playbook.track.value,
                "touches": len([t for t in playbook.sequence if not t.high_intent]),
                "segments": [segment.key for segment in playbook.segments],
            }
            for playbook in line.playbooks
        ],
    }


def listed(lines: Mapping[str, Line]) -> list[str]:
    """Every line of business with its playbooks, a line of text for each."""
    told = []
    for line in lines.values():
        health = " (health data)" if line.compliance.phi else ""
        told.append(f"{line.line}: {line.label}{health}")
        for playbook in line.playbooks:
            groups = ", ".join(segment.key for segment in playbook.segments)
            told.append(f"  {playbook.key}: {playbook.label} ({playbook.track.value}s): {groups}")
    return told


def find(lines: Mapping[str, Line], key: str) -> tuple[Line, tuple[Playbook, ...]]:
    """A line of business with all its playbooks, or with the one of that key; raises Invalid naming those there are."""
    for line in lines.values():
        if line.line == key:
            return line, line.playbooks
        for playbook in line.playbooks:
            if playbook.key == key:
                return line, (playbook,)
    known = [*lines, *(playbook.key for line in lines.values() for playbook in line.playbooks)]
    raise Invalid(f"There is no playbook {key!r}; there are {', '.join(known)}.")


def full(line: Line, playbooks: tuple[Playbook, ...]) -> dict[str, Any]:
    """Everything about these playbooks, in the names of the file."""
    whole: dict[str, Any] = line.model_dump(mode="json", by_alias=True, exclude_none=True)
    keys = {playbook.key for playbook in playbooks}
    whole["playbooks"] = [one for one in whole["playbooks"] if one["key"] in keys]
    return whole


def told(line: Line, playbooks: tuple[Playbook, ...]) -> Iterator[str]:
    """Everything about these playbooks, in words."""
    planning, cycle = line.planning, line.cycle
    yield f"{line.label} ({line.line})"
    yield (
        f"Of those who answer {planning.booked:.0%} book, {planning.shown:.0%} of these come, "
        f"{planning.sold:.0%} of these buy: planning values until there are results"
    )
    if cycle:
        yield f"Due again after {cycle.due:.0f} days ({cycle.min:.0f} to {cycle.max:.0f})"
    if line.compliance.phi:
        yield "Health data: texts are neutral unless an admin switches the wording"
    yield from (f"Mind: {note}" for note in line.compliance.notes)
    for season in line.seasons:
        months = ", ".join(map(str, season.months))
        yield f"Season {season.label}: months {months}, times {season.lift:g}"
    for playbook in playbooks:
        yield ""
        yield from _playbook(playbook)


def _playbook(playbook: Playbook) -> Iterator[str]:
    yield f"{playbook.key}: {playbook.label} ({playbook.track.value}s)"
    yield from (f"  {touch}" for touch in map(_touch, playbook.sequence))
    yield f"  Ends with: {', '.join(stop.value for stop in playbook.stops)}"
    hand = playbook.handoff
    yield f"  At a positive answer: {hand.owner}, within {hand.due_minutes} minutes. {hand.say}"
    for segment in playbook.segments:
        yield from _segment(segment)


def _segment(segment: Segment) -> Iterator[str]:
    yield f"  {segment.key}: {segment.label}. {segment.definition}; {segment.priors.respond:.0%} answer"
    yield from (f"    {touch}" for touch in map(_touch, segment.sequence))


def _touch(touch: Touch) -> str:
    only = " for high intent alone" if touch.high_intent else ""
    wordings = f" in {' or '.join(touch.variants)}" if len(touch.variants) > 1 else ""
    return f"day {touch.day}: {touch.channel.value}, {touch.angle.value}{wordings}{only}"


def check_file(path: Path) -> list[Problem]:
    """What is wrong with a file; empty where nothing is."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise AppError(
            f"{path} cannot be read: {getattr(error, 'strerror', None) or 'it is no text'}."
        ) from None
    return check_text(text)


def check_text(text: str) -> list[Problem]:
    """What is wrong with a text; a copy of packaged playbooks must not take names that mean something else."""
    try:
        line = read_line(text)
        if line.line in packaged():
            read_copy(text, line.line)
    except PlaybookInvalid as error:
        return list(error.problems)
    return []


def problem_json(problem: Problem) -> dict[str, Any]:
    """A problem for machines."""
    return {"line": problem.line, "field": problem.field, "message": problem.message}
