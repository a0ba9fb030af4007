"""Reads what a scorer hands in: assignments to the arms of a pilot, and predictions."""

import csv
import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

CONTROL = "control"
ASSIGNMENT_COLUMNS = ("contact_id", "arm")
PREDICTION_COLUMNS = ("contact_id", "plan", "p_return", "p_respond", "uplift")


class SubmissionError(ValueError):
    """A file that cannot be judged; the message says which line and why, never with its content."""


@dataclass(frozen=True, slots=True)
class Assignment:
    """One contact of a pilot and its arm: a plan or the control."""

    contact_id: str
    arm: str


@dataclass(frozen=True, slots=True)
class Prediction:
    """What was predicted of one contact under one plan."""

    contact_id: str
    plan: str
    p_return: float
    p_respond: float
    uplift: float


def read_assignments(lines: Iterable[str], plans: Iterable[str]) -> list[Assignment]:
    """Assignments to these plans or the control, each contact once; raises SubmissionError."""
    arms = (CONTROL, *plans)
    rows = []
    for line, row in _rows(lines, ASSIGNMENT_COLUMNS):
        rows.append(Assignment(row["contact_id"], _one_of(row["arm"], arms, line, "arm")))
    return rows


def read_predictions(lines: Iterable[str], plans: Iterable[str]) -> list[Prediction]:
    """Predictions under these plans, each contact once; raises SubmissionError."""
    names = tuple(plans)
    rows = []
    for line, row in _rows(lines, PREDICTION_COLUMNS):
        plan = _one_of(row["plan"], names, line, "plan")
        p_return = _number(row["p_return"], 0.0, line, "p_return")
        p_respond = _number(row["p_respond"], 0.0, line, "p_respond")
        uplift = _number(row["uplift"], -1.0, line, "uplift")
        rows.append(Prediction(row["contact_id"], plan, p_return, p_respond, uplift))
    return rows


def _rows(lines: Iterable[str], wanted: tuple[str, ...]) -> Iterator[tuple[int, dict[str, str]]]:
    """Line numbers and the wanted cells of each row, with a contact that has not been before."""
    reader = csv.DictReader(lines, strict=True)
    try:
        missing = [name for name in wanted if name not in (reader.fieldnames or ())]
        if missing:
            raise SubmissionError(f"the header lacks {', '.join(missing)}")
        seen: set[str] = set()
        for row in reader:
            cells = {name: (row[name] or "").strip() for name in wanted}
            contact = cells["contact_id"]
            if not contact or contact in seen:
                why = "this contact came before" if contact else "contact_id is empty"
                raise SubmissionError(f"line {reader.line_num}: {why}")
            seen.add(contact)
            yield reader.line_num, cells
    except (csv.Error, UnicodeDecodeError) as error:
        raise SubmissionError(f"line {reader.line_num + 1}: this is not UTF-8 CSV") from error
    if not seen:
        raise SubmissionError("there are no rows")


def _one_of(value: str, known: tuple[str, ...], line: int, column: str) -> str:
    if value not in known:
        raise SubmissionError(f"line {line}: {column} must be one of {', '.join(known)}")
    return value


def _number(text: str, least: float, line: int, column: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not least <= number <= 1.0:
        raise SubmissionError(f"line {line}: {column} must be a number from {least:g} to 1")
    return number
