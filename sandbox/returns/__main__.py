"""Writes a family's record and its truth: `python -m sandbox.returns --family season --seed 1 --out DIR`."""

import csv
import json
from argparse import ArgumentParser
from datetime import date, timedelta
from pathlib import Path

import numpy as np

from sandbox.returns.families import FAMILIES, Family
from sandbox.returns.people import Drawn, draw

#: The day on which every record begins.
BEGIN = date(2015, 1, 1)


def main() -> int:
    """Write contacts.csv, events.csv, truth.csv and family.json into the folder; returns the exit code."""
    parser = ArgumentParser(prog="python -m sandbox.returns", description=__doc__)
    parser.add_argument("--family", choices=sorted(FAMILIES), required=True)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--people", type=int)
    parser.add_argument("--out", type=Path, required=True)
    given = parser.parse_args()
    family = FAMILIES[given.family]
    given.out.mkdir(parents=True, exist_ok=True)
    write(family, draw(family, given.seed, given.people), given.out)
    return 0


def write(family: Family, drawn: Drawn, folder: Path) -> None:
    """Everything as files: what a business has on record, and apart from it what is true."""
    with (folder / "contacts.csv").open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(["contact", "known_since"])
        rows.writerows((i, _date(family, born)) for i, born in enumerate(drawn.born.tolist()))
    with (folder / "events.csv").open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(["contact", "date", "what"])
        for what, (person, day) in (
            (family.kind, drawn.came),
            ("mail", drawn.sent),
            ("reply", drawn.replied),
        ):
            rows.writerows(
                (who, _date(family, at), what)
                for who, at in zip(person.tolist(), day.tolist(), strict=True)
            )
    with (folder / "truth.csv").open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(["contact", "chance"])
        rows.writerows(
            (i, "" if np.isnan(chance) else round(chance, 9))
            for i, chance in enumerate(drawn.chance.tolist())
        )
    last = BEGIN + timedelta(days=drawn.origin)
    told = {"family": family.name, "begin": str(BEGIN), "last": str(last)}
    (folder / "family.json").write_text(json.dumps(told), encoding="utf-8")


def _date(family: Family, day: float) -> date:
    """The day as it is written down."""
    found = BEGIN + timedelta(days=int(np.floor(day)))
    if family.grid == 7:
        return found - timedelta(days=found.weekday())
    return found.replace(day=1) if family.grid == 30 else found


if __name__ == "__main__":
    raise SystemExit(main())
