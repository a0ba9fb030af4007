"""Which properties feed which input: proposals, what people chose, and what an adapter has to read for it."""

from datetime import UTC, datetime

from connector.port.fields import ContactProperty
from inputs.values.style import Style
from sync.fields.mapping import (
    BY_CONTENT,
    BY_NAME_ALONE,
    CHOSEN,
    EXACT,
    MappedInput,
    Proposal,
    changed_inputs,
    further_sources,
    lacking,
    propose,
    settle,
    sources_to_read,
)

NOW = datetime(2026, 11, 16, tzinfo=UTC)
EMAIL = ContactProperty("email", "Email", "text", read_as=("email",))
BORN = ContactProperty("date_of_birth", "Date of birth", "text", means="birth_date")
VISIT = ContactProperty("letzter_termin", "Letzter Termin", "date", is_own=True)
OTHER = ContactProperty("feld_7", "Feld 7", "date", is_own=True)
FILE = ContactProperty("scan", "Scan", "text", means="concern", unusable="It holds files.")
ALL = {one.name: one for one in (EMAIL, BORN, VISIT, OTHER, FILE)}


def chosen(*names: str) -> MappedInput:
    return MappedInput(tuple(Proposal(n, CHOSEN) for n in names), chosen_by="me", chosen_at=NOW)


def test_s31_what_the_crm_keeps_comes_first_and_what_cannot_be_used_is_not_proposed() -> None:
    suggested = {
        "email": (Proposal("feld_7", BY_CONTENT),),
        "last_appointment_at": (Proposal("letzter_termin", BY_NAME_ALONE),),
    }
    assert propose(ALL.values(), suggested) == {
        "email": (Proposal("email", EXACT),),
        "birth_date": (Proposal("date_of_birth", EXACT),),
        "last_appointment_at": (Proposal("letzter_termin", BY_NAME_ALONE),),
    }


def test_s31_a_property_is_proposed_for_one_input_the_surest() -> None:
    suggested = {
        "last_appointment_at": (Proposal("feld_7", BY_CONTENT), Proposal("x", BY_CONTENT)),
        "fitting_at": (Proposal("feld_7", BY_NAME_ALONE),),
    }
    assert propose([OTHER], suggested) == {
        "fitting_at": (Proposal("feld_7", BY_NAME_ALONE),),
        "last_appointment_at": (Proposal("x", BY_CONTENT),),
    }


def test_s31_names_are_used_unasked_contents_only_when_a_person_says_so() -> None:
    proposals = {
        "last_appointment_at": (Proposal("feld_7", BY_CONTENT),),
        "fitting_at": (Proposal("anpassung", BY_NAME_ALONE),),
        "inquiry": (Proposal("heat", EXACT),),
        "contact_id": (Proposal("customer_id", EXACT),),
    }
    assert settle({}, proposals) == {"fitting_at": MappedInput(proposals["fitting_at"])}
    said = {"last_appointment_at": chosen("feld_7"), "fitting_at": chosen()}
    settled = settle(said, proposals)
    assert settled["last_appointment_at"].names == ("feld_7",)
    assert settled["fitting_at"].names == (), "who wants none gets none"


def test_s31_what_a_person_gave_to_one_input_feeds_no_other_by_itself() -> None:
    proposals = {"fitting_at": (Proposal("letzter_termin", BY_NAME_ALONE),)}
    settled = settle({"last_appointment_at": chosen("letzter_termin")}, proposals)
    assert "fitting_at" not in settled


def test_an_adapter_is_told_what_it_would_not_read_by_itself() -> None:
    settled = settle(
        {"phone": chosen("handy")},
        {
            "email": (Proposal("email", EXACT),),
            "last_appointment_at": (Proposal("letzter_termin", BY_NAME_ALONE),),
        },
    )
    assert sources_to_read(settled, ALL) == {
        "last_appointment_at": ("letzter_termin",),
        "phone": ("handy",),
    }
    assert further_sources(settled, ALL) == {"last_appointment_at": ("letzter_termin",)}, (
        "an adapter makes a column of numbers itself"
    )


def test_only_what_the_mirror_lacks_is_read() -> None:
    sources = {"a": ("x", "y"), "b": ("y", "z")}
    assert lacking(sources, {"y"}) == ("x", "z")
    assert lacking(sources, {"x", "y", "z"}) == ()


def test_another_order_of_sources_is_a_change_and_a_meaning_is_none() -> None:
    before = {"a": chosen("x", "y"), "b": chosen("z")}
    after = {"a": chosen("y", "x"), "b": MappedInput(before["b"].sources, {"Kunde": "customer"})}
    assert changed_inputs(before, after) == {"a"}
    assert changed_inputs(before, {"a": before["a"]}) == {"b"}


def test_a_mapping_survives_being_stored() -> None:
    mapped = MappedInput(
        (Proposal("x", CHOSEN),), {"Kunde": "customer"}, {"x": Style(day_first=True)}, "me", NOW
    )
    assert MappedInput.from_json(mapped.to_json()) == mapped
