"""The playbooks that hold together: those of a line of business and of any business; copies of packaged ones; pure."""

from dataclasses import dataclass

from playbooks.library import GENERAL, find_line
from playbooks.line import Line, Playbook
from playbooks.reading import PlaybookInvalid, Problem, read_line

# Segments of people about whom nothing is to be done: no playbook may call one of its own so.
STANDING = ("recent_lead", "recent_customer", "unmeasurable")


@dataclass(frozen=True, slots=True)
class Playbooks:
    """What holds for an account; `wrong` says why a copy of its own does not."""

    line: Line
    general: Line
    wrong: str | None = None

    @property
    def playbooks(self) -> tuple[Playbook, ...]:
        """In the order in which they are asked: the first segment that fits counts."""
        if self.line.line == GENERAL:
            return self.general.playbooks
        return (*self.line.playbooks, *self.general.playbooks)

    def playbook(self, key: str | None) -> Playbook | None:
        """The playbook of that key, if it holds for the account."""
        return next((playbook for playbook in self.playbooks if playbook.key == key), None)

    def general_of(self, playbook: Playbook) -> Playbook:
        """The playbook of any business on the same track, whose texts stand in where others are missing."""
        return next(one for one in self.general.playbooks if one.track is playbook.track)

    def labels(self) -> dict[str, str]:
        """Segment → its words."""
        return {s.key: s.label for playbook in self.playbooks for s in playbook.segments}


def read_copy(text: str, key: str) -> Line:
    """A copy of the playbooks of a line of business; raises PlaybookInvalid with everything that is wrong."""
    line = read_line(text)
    if line.line != key:
        said = f"This is a copy of {key}. Write line: {key}."
        raise PlaybookInvalid([Problem(_line_of(text, "line:"), "line", said)])
    tracks = {playbook.track for playbook in line.playbooks}
    missing = [p for p in find_line(key).playbooks if p.track not in tracks]
    if key == GENERAL and missing:
        said = f"Everybody has to find a playbook. Keep one with track: {missing[0].track.value}."
        raise PlaybookInvalid([Problem(_line_of(text, "playbooks:"), "playbooks", said)])
    problems = [
        Problem(_line_of(text, f"key: {name}"), "playbooks", said)
        for name, said in _clashes(line, find_line(GENERAL))
    ]
    if problems:
        raise PlaybookInvalid(problems)
    return line


def joined(line: Line, general: Line) -> Playbooks:
    """Two lines that hold together; raises PlaybookInvalid where a name would mean two things."""
    problems = [Problem(1, "playbooks", said) for _, said in _clashes(line, general)]
    if problems:
        raise PlaybookInvalid(problems)
    return Playbooks(line, general)


def _clashes(line: Line, general: Line) -> list[tuple[str, str]]:
    """Names that are taken already, and what to do about it."""
    taken = set(STANDING)
    if line.line != GENERAL:
        for playbook in general.playbooks:
            taken |= {playbook.key, *(segment.key for segment in playbook.segments)}
    names = [playbook.key for playbook in line.playbooks]
    names += [segment.key for playbook in line.playbooks for segment in playbook.segments]
    return [
        (
            name,
            f"{name} is the name of something else. Write another key, such as {line.line}_{name}.",
        )
        for name in names
        if name in taken
    ]


def _line_of(text: str, words: str) -> int:
    """The first line with these words; the first of all where none has them."""
    lines = text.splitlines()
    return next((i for i, line in enumerate(lines, 1) if words in line), 1)
