"""Tags, statuses and names of lists that refuse contact, in the words people use, and those that only look like it."""

import pytest

from inputs.catalogue import BY_NAME
from inputs.refusals import CALLS, DEAD_ADDRESS, EMAIL, EVERYTHING, TEXTS, marks, plain, refused

# platforms/highlevel.md, corrections: the first five are the words that accounts keep in tags.
SAID = {
    EVERYTHING: (
        *("dnc", "do not contact", "deceased", "opted out", "DO_NOT_CONTACT", "Do-Not-Contact!"),
        *("opt-out", "Unsubscribed", "blacklisted", "Don't contact", "not to be contacted", "DND", "legal hold"),
        *("nicht kontaktieren", "Werbesperre", "verstorben", "Ne pas contacter", "Décédée"),
        *("No molestar", "dado de baja", "fallecido", "não contatar", "falecida", "non contattare"),
        *("deceduto", "niet benaderen", "overleden", "employee"),
    ),
    EMAIL: ("no email", "Do not e-mail", "opted out of email", "Email opt-out", "keine E-Mails", "spam complaint"),
    TEXTS: ("no sms", "do not text", "SMS opt out", "STOP", "landline", "Festnetz", "pas de SMS", "geen sms"),
    CALLS: ("do not call", "No calls", "nicht anrufen", "ne pas appeler", "no llamar", "niet bellen"),
    DEAD_ADDRESS: ("hard bounce", "bounced", "invalid email", "Bad E-Mail"),
}  # fmt: skip


@pytest.mark.parametrize(("name", "text"), [(name, t) for name, ts in SAID.items() for t in ts])
def test_what_refuses_says_which_way(name: str, text: str) -> None:
    assert refused([text]) == {name}
    assert refused(["vip", text.upper(), ""]) == {name}


@pytest.mark.parametrize("text", ["wrong number", "falsche Nummer", "mauvais numéro"])
def test_a_wrong_number_takes_neither_texts_nor_calls(text: str) -> None:
    assert refused([text]) == {TEXTS, CALLS}


@pytest.mark.parametrize(
    "text",
    [
        *(
            "customer",
            "contacted",
            "new reactivation lead",
            "email list",
            "sms consent",
            "opted in",
        ),
        *(
            "Opt-in SMS",
            "not opted out",
            "DNC cleared",
            "no-show",
            "nonstop",
            "bus stop",
            "contact",
        ),
        *("no contact in 90 days", "not contacted", "never contacted", "kein Kontakt seit 2024"),
        *("went with a competitor", "BAD_TIMING", "UNQUALIFIED", "employee benefits", "", "?"),
    ],
)
def test_other_words_refuse_nothing(text: str) -> None:
    assert refused([text]) == frozenset()


@pytest.mark.parametrize(
    "text", ["SMS list;do not contact", "do not contact, text club", "a|DNC|email"]
)
def test_several_in_one_text_are_read_one_by_one(text: str) -> None:
    assert refused([text]) == {EVERYTHING}
    assert refused(["no sms; no email"]) == {TEXTS, EMAIL}


def test_refusals_are_inputs() -> None:
    assert {EVERYTHING, EMAIL, TEXTS, CALLS, DEAD_ADDRESS} <= BY_NAME.keys()


@pytest.mark.parametrize(
    ("value", "marked"),
    [
        *((None, None), ("", None), ("  ", None), ("false", False), ("No", False), ("nein", False)),
        *(("FAUX", False), ("true", True), ("UNKNOWN_USER", True), ("2025-01-03", True), ("x", True)),
    ],
)  # fmt: skip
def test_a_mark_is_whatever_says_no_no(value: str | None, *, marked: bool | None) -> None:
    assert marks(value) is marked


def test_words_are_read_without_case_accents_and_marks() -> None:
    assert plain("  DO_NOT-Contact!  é ") == "do not contact e"
