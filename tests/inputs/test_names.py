"""What columns and properties are called, in seven languages and in any spelling."""

import tomllib
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import inputs.names
from inputs.catalogue import BY_NAME, INPUTS
from inputs.input import Kind
from inputs.names.matching import LANGUAGES, Match, input_named, is_ours, spellings, words_of
from inputs.suggest import Source, suggest

SPELLINGS = sorted({(name, spelling) for name, spelling, _ in spellings()})


def test_every_name_speaks_of_its_own_input_and_of_no_other() -> None:
    wrong = [
        (spelling, name, found)
        for name, spelling in SPELLINGS
        if (found := input_named(spelling)) is None or found.input != name
    ]
    assert wrong == []


def test_every_language_names_what_every_business_has() -> None:
    folder = Path(inputs.names.__file__).parent
    needed = {
        *("contact_id", "email", "phone", "mobile", "created_at", "last_appointment_at", "tags"),
        *("last_purchase_at", "fitting_at", "revenue", "next_appointment_at", "birth_date"),
        *(
            "last_activity_at",
            "lifecycle",
            "source",
            "email_opt_out",
            "sms_consent",
            "do_not_contact",
        ),
    }
    for language in LANGUAGES:
        names = tomllib.loads((folder / f"{language}.toml").read_text(encoding="utf-8"))
        assert needed <= names.keys()
        assert names.keys() <= BY_NAME.keys()
        assert all(names.values())


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("Last Appt", "last_appointment_at"),
        ("Date of Last Visit", "last_appointment_at"),
        ("LAST_VISIT", "last_appointment_at"),
        ("lastAppointmentDate", "last_appointment_at"),
        ("Patient Last Appointment", "last_appointment_at"),
        ("Letzter Termin", "last_appointment_at"),
        ("Dernier rendez-vous", "last_appointment_at"),
        ("ULTIMA VISITA", "last_appointment_at"),
        ("Última visita", "last_appointment_at"),
        ("Laatste afspraak", "last_appointment_at"),
        ("Fit Date", "fitting_at"),
        ("Anpassungsdatum", "fitting_at"),
        ("Next Appt", "next_appointment_at"),
        ("DOB", "birth_date"),
        ("Chart #", "contact_id"),
        ("PatientID", "contact_id"),
        ("Kunden-Nr.", "contact_id"),
        ("N° client", "contact_id"),
        ("\ufeffRecord ID\u200b", "contact_id"),
        ("Datum der letzten Aktivitaet", "last_activity_at"),
        ("Create Date (UTC)", "created_at"),
        ("E-mail 1 - Value", "email"),
        ("Email (2)", "email"),
        ("no sms", "sms_opt_out"),
        ("last_appointment_at", "last_appointment_at"),
        ("Last seen on the website", "last_seen_at"),
    ],
)
def test_spellings_of_the_world(name: str, meant: str) -> None:
    found = input_named(name)
    assert found is not None
    assert found.input == meant


@pytest.mark.parametrize(
    "name",
    [
        # What the business did says nothing of the contact.
        *(
            "Last Contacted",
            "Last Contact Date",
            "Last email open date",
            "Last email sent",
            "Recall Date",
        ),
        *(
            "Name",
            "Contact",
            "Date",
            "Company",
            "Customer",
            "Device",
            "Street",
            "Notes",
            "column 7",
        ),
        *("Number of times contacted", "Emergency contact phone", "", "  "),
    ],
)
def test_other_names_say_nothing(name: str) -> None:
    assert input_named(name) is None


@given(st.text(max_size=40))
def test_any_text_is_read_without_fault(name: str) -> None:
    assert words_of(name) == words_of(f" {name} ")
    found = input_named(name)
    assert found is None or found.input in BY_NAME


@pytest.mark.parametrize(
    "name", ["Last Contacted", "Date modified", "Zuletzt kontaktiert", "Recall Date", "Geändert am"]
)
def test_what_the_business_did_is_not_guessed_to_be_a_visit(name: str) -> None:
    assert is_ours(name)
    assert not suggest([Source(name, values=["2024-01-05", "2023-01-05"])])


def test_no_name_of_an_input_is_the_businesss_own_doing() -> None:
    assert [spelling for _, spelling in SPELLINGS if is_ours(spelling)] == []


def names_in(found: object) -> list[str]:
    assert isinstance(found, tuple)
    return [suggestion.source.name for suggestion in found]


def test_sources_of_one_input_come_in_the_order_of_their_names() -> None:
    found = suggest([Source("Other email"), Source("Patient Email"), Source("Email")])
    assert names_in(found["email"]) == ["Email", "Other email", "Patient Email"]
    assert [s.match for s in found["email"]] == [Match.EXACT, Match.EXACT, Match.BY_NAME]
    assert list(suggest([Source(entry.name) for entry in INPUTS])) == [e.name for e in INPUTS]


def test_a_property_is_known_by_its_label_or_its_name() -> None:
    found = suggest([Source("contact.lv_2", "Last visit"), Source("letzter_termin", "Irgendwann")])
    assert names_in(found["last_appointment_at"]) == ["letzter_termin", "contact.lv_2"]


def test_values_that_are_no_dates_make_no_date_of_a_name() -> None:
    assert not suggest([Source("Closed", values=["yes", "no"])])
    assert suggest([Source("Closed", values=["n/a", "2024-01-05"])])
    assert not suggest([Source("Joined", values=["Ann"])])
    assert not suggest([Source("E-Mail", values=["Ann", "Bob"])])


def test_addresses_are_known_by_themselves_and_dates_are_guessed() -> None:
    found = suggest(
        [
            Source("Kontaktdaten", values=["a@x.org", "Bob <b@y.org>", "c@z.org"]),
            Source("Zuletzt", values=["01.02.2024", "13.04.2023", "1.5.22"]),
            Source("Ort", values=["Ulm", "Bonn"]),
        ]
    )
    assert names_in(found["email"]) == ["Kontaktdaten"]
    assert found["last_appointment_at"][0].match is Match.BY_CONTENT
    assert len(found) == 2


def test_days_to_come_are_not_guessed_to_be_the_last() -> None:
    plans = [Source("Irgendwas", values=["01.02.2031", "13.04.2024"])]
    assert not suggest(plans, now=datetime(2026, 1, 1, tzinfo=UTC))
    assert suggest(plans)


def test_what_the_account_says_of_a_property_counts() -> None:
    assert not suggest([Source("last_visit", kind_hint=Kind.YES_NO)])
    assert suggest([Source("last_visit", kind_hint=Kind.MOMENT)])
    guessed = suggest([Source("blue", kind_hint=Kind.MOMENT)])["last_appointment_at"]
    assert guessed[0].match is Match.BY_CONTENT
