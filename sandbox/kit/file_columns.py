"""What the columns of a file hold, as whoever imports it into a CRM would see: dates, numbers or texts."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta

from sandbox.kit.files import read_date

ISO = "iso"
# Tried in this order; a form is a column's when nearly all of its values are written in it.
FORMS = (
    ISO,
    *("%d.%m.%Y", "%d.%m.%Y %H:%M", "%d.%m.%Y %H:%M:%S", "%m/%d/%Y", "%m/%d/%Y %H:%M"),
    *("%m/%d/%Y %I:%M %p", "%d/%m/%Y", "%d/%m/%Y %H:%M", "%d-%m-%Y", "%b %d, %Y", "%b %d %Y"),
    *("%b %d %Y %I:%M %p", "%d %b %Y", "%Y/%m/%d"),
)
_NEARLY_ALL = 0.9
# A file that was exported today may be of an hour to come here: that much ahead is now.
SAME_DAY = timedelta(days=1)
_NUMBER = re.compile(r"-?(0|[1-9]\d{0,14})(\.\d+)?")


def find_form(values: Sequence[str]) -> str | None:
    """The form in which nearly all of these are dates; None for no dates."""
    if not values:
        return None
    counted = {form: sum(_is_date(value, form) for value in values) for form in FORMS}
    best = max(FORMS, key=lambda form: counted[form])
    return best if counted[best] >= _NEARLY_ALL * len(values) else None


def read_as(value: str, form: str) -> datetime:
    """A date or moment written in a form; UTC where it names no zone; raises ValueError."""
    if form == ISO:
        return read_date(value)
    return datetime.strptime(value.strip(), form).replace(tzinfo=UTC)


def are_numbers(values: Sequence[str]) -> bool:
    """Whether all of these are plain numbers; what begins with a zero is a code."""
    return bool(values) and all(_NUMBER.fullmatch(value) for value in values)


def name_of(header: str, taken: Iterable[str]) -> str:
    """A property's name made of a header as CRMs make it: plain letters, digits and underscores."""
    letters = unicodedata.normalize("NFKD", header.lower().replace("ß", "ss"))
    plain = re.sub(r"[^a-z0-9]+", "_", letters.encode("ascii", "ignore").decode()).strip("_")
    name = (plain if plain[:1].isalpha() else f"p_{plain}")[:90].strip("_")
    known, number = set(taken), 2
    free = name
    while free in known:
        free, number = f"{name}_{number}", number + 1
    return free


def _is_date(value: str, form: str) -> bool:
    try:
        return read_as(value, form).year >= 1900
    except (ValueError, OverflowError):
        return False


# What people's own programs call what every CRM has a place for, in lower case.
USUAL_HEADERS: dict[str, tuple[str, ...]] = {
    "email": (
        *(
            "email",
            "e-mail",
            "e-mail-adresse",
            "email address",
            "e-mail address",
            "mail",
            "adresse e-mail",
        ),
        *(
            "courriel",
            "correo",
            "correo electrónico",
            "correo electronico",
            "indirizzo email",
            "e-mailadres",
        ),
    ),
    "phone": (
        *(
            "phone",
            "phone number",
            "telephone",
            "tel",
            "telefon",
            "telefonnummer",
            "téléphone",
            "telephone",
        ),
        *("teléfono", "telefono", "telefone", "telefoon", "telefoonnummer"),
    ),
    "mobile": (
        *(
            "mobile",
            "mobile phone",
            "mobile phone number",
            "cell",
            "cell phone",
            "handy",
            "handynummer",
            "mobil",
        ),
        *(
            "mobiltelefon",
            "mobiltelefonnummer",
            "mobilnummer",
            "portable",
            "móvil",
            "celular",
            "cellulare",
            "mobiel",
        ),
    ),
    "first_name": (
        *(
            "first name",
            "firstname",
            "given name",
            "vorname",
            "prénom",
            "prenom",
            "nombre",
            "nome",
            "voornaam",
        ),
    ),
    "last_name": (
        *(
            "last name",
            "lastname",
            "surname",
            "nachname",
            "name",
            "nom",
            "apellido",
            "apellidos",
            "sobrenome",
        ),
        *("cognome", "achternaam"),
    ),
    "created": (
        *(
            "create date",
            "created",
            "created at",
            "created (utc)",
            "date created",
            "date added",
            "createdate",
        ),
        *(
            "erstellt am",
            "erstellungsdatum",
            "angelegt am",
            "date de création",
            "fecha de creación",
        ),
        *("data de criação", "data di creazione", "aanmaakdatum"),
    ),
    "id": (
        *(
            "record id",
            "contact id",
            "record id - contact",
            "id",
            "customer id",
            "patient id",
            "patient no",
        ),
        *(
            "patient no.",
            "patient number",
            "patientennummer",
            "patienten-nr",
            "patienten-nr.",
            "kundennummer",
        ),
    ),
}
USUAL = {header: what for what, headers in USUAL_HEADERS.items() for header in headers}
