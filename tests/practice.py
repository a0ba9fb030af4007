"""A practice as it comes: patients out of its old software, written as the files that such software exports."""

import csv
import io
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

FIRST = (
    "Anne",
    "Bodo",
    "Clara",
    "Dirk",
    "Elif",
    "Frank",
    "Gülay",
    "Hanna",
    "Ivo",
    "Jürgen",
    "Käthe",
)
LAST = (
    "Müller",
    "Schmidt",
    "Weiß",
    "Fischer",
    "Weber",
    "Becker",
    "Özdemir",
    "Koch",
    "Bauer",
    "Groß",
)
DEVICES = ("", "Audéo P90", "Pure 7Nx", "Moment 440", "Opn S1")


@dataclass(frozen=True, slots=True)
class Patient:
    """One patient; None where the old software had nothing."""

    number: int
    first: str
    last: str
    email: str
    mobile: str
    born: date
    last_appointment: date | None
    fitted: date | None
    next_appointment: date | None
    device: str


def patients(count: int = 4_800, *, as_of: date, seed: int = 7) -> list[Patient]:
    """Patients who came last between yesterday and eight years ago; some fields are blank."""
    draw = random.Random(seed)  # noqa: S311 - made-up people
    return [_patient(number, as_of, draw) for number in range(1, count + 1)]


def _patient(number: int, as_of: date, draw: random.Random) -> Patient:
    first, last = draw.choice(FIRST), draw.choice(LAST)
    came = as_of - timedelta(days=int(1 + 2_920 * draw.random() ** 1.6))
    fitted = came - timedelta(days=draw.randrange(0, 2_000)) if draw.random() < 0.45 else None
    # Of some only the fitting or nothing at all is on record.
    known = draw.random() > 0.04
    coming = as_of + timedelta(days=draw.randrange(1, 60)) if draw.random() < 0.05 else None
    return Patient(
        number,
        first,
        last,
        f"p{number}@practice.example" if draw.random() < 0.85 else "",
        f"+4915{number:09d}" if draw.random() < 0.9 else "",
        as_of - timedelta(days=draw.randrange(19 * 366, 95 * 365)),
        came if known else None,
        fitted if known else None,
        coming,
        draw.choice(DEVICES[1:]) if fitted else "",
    )


def quiet_for(people: Sequence[Patient], days: int, *, as_of: date) -> int:
    """How many came last so many days ago or longer, counted directly."""
    limit = as_of - timedelta(days=days)
    return sum(1 for p in people if p.last_appointment is not None and p.last_appointment <= limit)


def fitted(people: Sequence[Patient]) -> int:
    return sum(1 for patient in people if patient.fitted is not None)


def english(people: Sequence[Patient]) -> bytes:
    """As American practice software writes it."""
    header = (
        *("Patient ID", "First Name", "Last Name", "Email", "Mobile", "Date of Birth"),
        *("Last Appointment", "Fitting Date", "Next Appointment", "Device", "Clinic"),
    )
    return _written(header, people, day=lambda d: d.strftime("%m/%d/%Y"), tail=("Main Street",))


def german(people: Sequence[Patient]) -> bytes:
    """As a German spreadsheet saves it: semicolons, days first, the encoding of Windows."""
    header = (
        *("Patienten-Nr.", "Vorname", "Nachname", "E-Mail", "Handy", "Geburtsdatum"),
        *("Letzter Termin", "Anpassungsdatum", "Nächster Termin", "Gerät", "Filiale"),
    )
    text = _written(
        header, people, day=lambda d: d.strftime("%d.%m.%Y"), tail=("Hauptstraße",), delimiter=";"
    )
    return text.decode().encode("cp1252")


def highlevel(people: Sequence[Patient], *, imported: date) -> bytes:
    """As HighLevel exports it after the import: its own columns, and a custom field for each of the practice's."""
    header = (
        *("Contact Id", "First Name", "Last Name", "Email", "Phone", "Date of Birth"),
        *("Last Appointment", "Fitting Date", "Next Appointment", "Device"),
        *("Created", "Last Activity", "Tags", "Source"),
    )
    tail = (
        f"{imported}T10:28:39-05:00",
        imported.strftime("%b %d %Y 02:09 PM"),
        "imported",
        "import",
    )
    return _written(header, people, day=date.isoformat, tail=tail, number=lambda n: f"hl{n:018d}")


def _written(
    header: Sequence[str],
    people: Sequence[Patient],
    *,
    day: Callable[[date], str],
    tail: Sequence[str],
    delimiter: str = ",",
    number: Callable[[int], str] = str,
) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter)
    writer.writerow(header)
    for p in people:
        dates = (p.born, p.last_appointment, p.fitted, p.next_appointment)
        born, *others = (day(value) if value else "" for value in dates)
        writer.writerow(
            [number(p.number), p.first, p.last, p.email, p.mobile, born, *others, p.device, *tail]
        )
    return text.getvalue().encode()
