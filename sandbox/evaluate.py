"""Opens a sealed truth, and nothing else does: `python -m sandbox.evaluate judge`."""

import csv
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, TextIO

import numpy as np
import typer

from sandbox.prediction_quality import Cases, judge
from sandbox.sealing import SealError, read_key
from sandbox.submissions import (
    CONTROL,
    Assignment,
    Prediction,
    SubmissionError,
    read_assignments,
    read_predictions,
)
from sandbox.world.truth import PLANS, seal

app = typer.Typer(add_completion=False, no_args_is_help=True, help=__doc__)

TruthFile = Annotated[Path, typer.Option("--truth", help="The sealed truth.")]
KeyFile = Annotated[Path, typer.Option("--key-file", help="File of the truth's key.")]
AsJson = Annotated[bool, typer.Option("--json", help="Answer with one JSON object.")]


class TruthError(ValueError):
    """A truth that cannot be read, or that knows none of the contacts."""


@dataclass(frozen=True, slots=True)
class Fate:
    """What is true of one contact: chance and outcome untouched, and under each plan."""

    organic: float
    returned: bool
    plans: Mapping[str, tuple[float, bool]]

    def responded(self, arm: str) -> bool:
        """What the CRM would show 90 days later of a contact in this arm."""
        return self.returned if arm == CONTROL else self.plans[arm][1]


@dataclass(frozen=True, slots=True)
class SealedTruth:
    """Everyone's fate by sealed name, with the key that turns a contact id into one."""

    fates: Mapping[str, Fate]
    key: bytes

    def find(self, contact_id: str) -> tuple[str, Fate] | None:
        """The contact's sealed name and fate; None for one the truth does not know."""
        name = seal(self.key, contact_id)
        fate = self.fates.get(name)
        return None if fate is None else (name, fate)


@app.command("outcomes")
def tell_outcomes(
    truth: TruthFile,
    key_file: KeyFile,
    assignments: Annotated[Path, typer.Option(help="CSV of contact_id, arm.")],
    out: Annotated[Path, typer.Option(help="Where contact_id, arm, responded is written.")],
    *,
    as_json: AsJson = False,
) -> None:
    """Tell what the CRM would show after 90 days of a pilot: response, or return by oneself."""
    with _complaints():
        known = open_truth(truth, key_file)
        with _opened(assignments) as lines:
            rows = read_assignments(lines, PLANS)
        told = [
            (row, found[1].responded(row.arm))
            for row in rows
            if (found := known.find(row.contact_id)) is not None
        ]
        _refuse_strangers(len(told))
        _write_outcomes(out, told)
    _show(_summary(told, missing=len(rows) - len(told)), as_json=as_json)


@app.command("judge")
def judge_predictions(
    truth: TruthFile,
    key_file: KeyFile,
    predictions: Annotated[
        Path, typer.Option(help="CSV of contact_id, plan, p_return, p_respond, uplift.")
    ],
    *,
    as_json: AsJson = False,
) -> None:
    """Judge predictions against the truth, beside what perfect knowledge would have got."""
    with _complaints():
        known = open_truth(truth, key_file)
        with _opened(predictions) as lines:
            rows = read_predictions(lines, PLANS)
        met = [(*found, row) for row in rows if (found := known.find(row.contact_id)) is not None]
        _refuse_strangers(len(met))
    plans = dict(sorted(Counter(row.plan for _, _, row in met).items()))
    counts = {"n": len(met), "missing": len(rows) - len(met), "plans": plans}
    _show(counts | judge(_cases(met)), as_json=as_json)


def open_truth(path: Path, key_file: Path) -> SealedTruth:
    """Read a truth file; raises TruthError or SealError."""
    key = read_key(key_file)
    with _opened(path) as lines:
        try:
            fates = {row["contact"]: _fate(row) for row in map(json.loads, lines)}
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise TruthError("the truth file is not one that a sandbox has sealed") from error
    return SealedTruth(fates, key)


def _fate(row: dict[str, object]) -> Fate:
    plans = row["plans"]
    if not isinstance(plans, dict):
        raise TypeError("plans must be an object")
    return Fate(
        organic=float(str(row["organic"])),
        returned=bool(row["returned"]),
        plans={
            name: (float(plans[name]["chance"]), bool(plans[name]["outcome"])) for name in PLANS
        },
    )


def _cases(met: Sequence[tuple[str, Fate, Prediction]]) -> Cases:
    """The predictions beside the truth, in the order of sealed names, which says nothing."""
    ordered = sorted(met, key=lambda case: case[0])
    rows, fates = [row for _, _, row in ordered], [fate for _, fate, _ in ordered]
    plans = [fate.plans[row.plan] for _, fate, row in ordered]
    return Cases(
        p_return=np.array([row.p_return for row in rows]),
        p_respond=np.array([row.p_respond for row in rows]),
        uplift=np.array([row.uplift for row in rows]),
        organic=np.array([fate.organic for fate in fates]),
        treated=np.array([chance for chance, _ in plans]),
        returned=np.array([fate.returned for fate in fates]),
        responded=np.array([outcome for _, outcome in plans]),
        picked=np.array([int(name[-1], 16) % 2 == 1 for name, _, _ in ordered]),
    )


def _write_outcomes(path: Path, told: Sequence[tuple[Assignment, bool]]) -> None:
    try:
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(("contact_id", "arm", "responded"))
            writer.writerows((row.contact_id, row.arm, int(did)) for row, did in told)
    except OSError as error:
        raise SubmissionError(f"{path.name} cannot be written: {error.strerror}") from error


def _summary(told: Sequence[tuple[Assignment, bool]], *, missing: int) -> dict[str, object]:
    arms = Counter(row.arm for row, _ in told)
    answers = Counter(row.arm for row, did in told if did)
    shown = {arm: {"n": n, "responded": answers[arm]} for arm, n in sorted(arms.items())}
    return {"n": len(told), "missing": missing, "arms": shown}


def _refuse_strangers(known: int) -> None:
    if not known:
        raise TruthError("the truth knows none of these contacts: another key or another sandbox?")


@contextmanager
def _complaints() -> Iterator[None]:
    """Turn what is wrong with the input into one line and exit code 2."""
    try:
        yield
    except (SubmissionError, TruthError, SealError) as error:
        typer.echo(f"evaluate: {error}", err=True)
        raise typer.Exit(2) from None


@contextmanager
def _opened(path: Path) -> Iterator[TextIO]:
    try:
        file = path.open(encoding="utf-8-sig", newline="")
    except OSError as error:
        raise SubmissionError(f"{path.name} cannot be read: {error.strerror}") from error
    with file:
        yield file


def _show(answer: Mapping[str, object], *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(answer))
        return
    for name, value in answer.items():
        if isinstance(value, Mapping):
            typer.echo(name)
            _show({f"  {inner}": number for inner, number in value.items()}, as_json=False)
        else:
            typer.echo(f"{name:<32}{_readable(value)}")


def _readable(value: object) -> str:
    match value:
        case None:
            return "-"
        case bool():
            return "yes" if value else "no"
        case float():
            return f"{value:.4f}"
        case _:
            return str(value)


if __name__ == "__main__":
    app()
