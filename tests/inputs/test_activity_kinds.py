"""Whose act an activity was: what a business sends, a notice, a failure or a machine never is the person's own."""

from collections.abc import Iterable

import polars as pl
import pytest

from app.reports.reading.activities import other_gap, others_of, with_acts
from core.errors import Invalid
from inputs.activity_kinds import Meaning, meaning_of, outcome_of, parse_kinds, side_of
from inputs.activity_words import SENSES, THINGS
from inputs.words import words
from scoring.features.input_frames import HUMAN_KINDS, OTHER_KINDS, is_human

THEIR_OWN = (
    *(
        "Email reply",
        "Replied to email",
        "Form submission",
        "FORM_SUBMISSION",
        "formSubmitted",
        "Contact Us Form",
    ),
    *(
        "Clicked Email",
        "Email clicked",
        "Placed Order",
        "Purchase",
        "Invoice paid",
        "Deal won",
        "Walk-in",
    ),
    *(
        "Meeting",
        "Appointment completed",
        "Inbound call",
        "TYPE_FORM_SUBMISSION",
        "INCOMING_EMAIL",
        "Page view",
    ),
    *(
        "Started Checkout",
        "Newsletter sign-up",
        "Demo request",
        "Reply received",
        "Marketing email reply",
    ),
    *(
        "Formulareinsendung",
        "Termin",
        "Eingehender Anruf",
        "Bestellung",
        "Antwort",
        "Formulaire soumis",
    ),
    *(
        "Appel entrant",
        "Commande",
        "Réponse",
        "Llamada entrante",
        "Formulario enviado",
        "Compra",
        "Respuesta",
    ),
    *(
        "Chamada recebida do cliente",
        "Pedido",
        "Resposta",
        "Chiamata in arrivo",
        "Modulo inviato",
        "Acquisto",
    ),
    *(
        "Risposta",
        "Inkomende oproep",
        "Formulierinzending",
        "Aankoop",
        "Antwoord",
        "Website bezoek",
    ),
    *("Form submission: Contact us", "Meeting - first consultation", "Survey signup"),
)
NOT_THEIR_OWN = (
    *(
        "Received Email",
        "Email sent",
        "Email delivered",
        "Email received",
        "Email",
        "SMS",
        "Sent SMS",
        "Newsletter",
    ),
    *(
        "Appointment reminder",
        "Payment reminder",
        "Order confirmation",
        "Order shipped",
        "Fulfilled Order",
    ),
    *(
        "Auto-reply",
        "Automatic reply",
        "Out of office",
        "Email: RE: Out of office until Monday",
        "Autoresponder",
    ),
    *(
        "Form submission failed",
        "Payment failed",
        "Bounced Email",
        "Form submission (spam)",
        "Form viewed",
    ),
    *(
        "Meeting cancelled",
        "Appointment rescheduled",
        "Cancelled Order",
        "Webinar no-show",
        "No show",
    ),
    *(
        "Bot click",
        "Scanner click",
        "Proxy visit",
        "Email prefetch open",
        "Email clicked (bot)",
        "Email opened",
    ),
    *(
        "TYPE_CAMPAIGN_EMAIL",
        "TYPE_ACTIVITY_APPOINTMENT",
        "EMAIL",
        "FORWARDED_EMAIL",
        "Review request",
        "Reply sent",
    ),
    *(
        "Call",
        "Missed call",
        "Left voicemail",
        "Outbound call",
        "Call - No answer",
        "Task",
        "Note",
        "Invoice sent",
    ),
    *(
        "Unsubscribed",
        "Refunded Order",
        "Chargeback",
        "Invoice",
        "Deal lost",
        "Ticket",
        "Session expired",
    ),
    *(
        "Terminerinnerung",
        "Abwesenheitsnotiz",
        "E-Mail geöffnet",
        "Termin abgesagt",
        "Zahlung fehlgeschlagen",
    ),
    *(
        "Rappel de rendez-vous",
        "Réponse automatique",
        "Rendez-vous annulé",
        "E-mail envoyé",
        "Appel manqué",
    ),
    *(
        "Recordatorio de cita",
        "Cita cancelada",
        "Correo enviado",
        "Respuesta automática",
        "Llamada perdida",
    ),
    *(
        "Lembrete de consulta",
        "Consulta cancelada",
        "E-mail enviado",
        "Resposta automática",
        "Chamada perdida",
    ),
    *("Promemoria appuntamento", "Appuntamento annullato", "E-mail inviata", "Risposta automatica"),
    *(
        "Afspraakherinnering",
        "Afspraak geannuleerd",
        "E-mail verzonden",
        "Automatisch antwoord",
        "Gemiste oproep",
    ),
)
NOT_KNOWN = (
    *(
        "Portal login",
        "Pigeon",
        "Phone number updated",
        "Email address changed",
        "Text field changed",
    ),
    *(
        "no purchase",
        "Not interested call",
        "Case study",
        "Information",
        "Lifecycle stage changed",
        "Contact created",
    ),
    *("Training session", "Payment due", "3", "—", "Won a prize"),
)


def acts(*rows: tuple[str, str | None, str | None]) -> pl.DataFrame:
    frame = pl.DataFrame(
        rows,
        schema={"type": pl.String, "direction": pl.String, "outcome": pl.String},
        orient="row",
    ).with_columns(amount=pl.lit(None, dtype=pl.Float64))
    return with_acts(frame, {}).with_columns(own=is_human())


def own(type_: str, direction: str | None = None, outcome: str | None = None) -> bool:
    return bool(acts((type_, direction, outcome))["own"][0])


def own_ones(lines: Iterable[tuple[str, str | None, str | None]]) -> list[str]:
    """The types of those lines that count as the person's own act."""
    several = list(lines)
    is_own = acts(*several)["own"]
    return [line[0] for line, own_act in zip(several, is_own, strict=True) if own_act]


@pytest.mark.parametrize("phrase", THEIR_OWN)
def test_what_the_person_did_is_a_sign_of_life(phrase: str) -> None:
    assert meaning_of(phrase).known
    assert own(phrase)


@pytest.mark.parametrize("phrase", NOT_THEIR_OWN)
def test_what_the_business_a_failure_or_a_machine_did_is_none(phrase: str) -> None:
    assert meaning_of(phrase).known
    assert not own(phrase)


@pytest.mark.parametrize("phrase", NOT_KNOWN)
@pytest.mark.parametrize("direction", [None, "inbound", "outbound"])
def test_what_is_in_no_table_counts_for_nothing_whatever_its_direction(
    phrase: str, direction: str | None
) -> None:
    assert not meaning_of(phrase).known
    assert not own(phrase, direction)


@pytest.mark.parametrize(
    "direction", ["outbound", "OUTGOING", "sent", "Ausgehend", "sortant", "saliente"]
)
def test_direction_beats_keyword(direction: str) -> None:
    undecided = [phrase for phrase in THEIR_OWN if "completed" not in phrase]
    assert own_ones((phrase, direction, None) for phrase in undecided) == []


@pytest.mark.parametrize(
    "phrase", ["Email", "SMS", "Call", "Received Email", "Email sent", "TYPE_CAMPAIGN_SMS"]
)
@pytest.mark.parametrize(
    "direction", ["inbound", "Incoming", "received", "eingehend", "entrant", "in entrata"]
)
def test_an_incoming_message_is_theirs_whatever_its_type_says(phrase: str, direction: str) -> None:
    assert own(phrase, direction)


@pytest.mark.parametrize(
    "status", ["failed", "machine", "bot", "Automated", "fehlgeschlagen", "échoué", "spam"]
)
def test_a_status_beats_the_word(status: str) -> None:
    assert own_ones((phrase, "inbound", status) for phrase in THEIR_OWN) == []


def test_what_became_of_a_meeting_or_a_call_decides() -> None:
    for status in (
        "No show",
        "noshow",
        "Cancelled",
        "abgesagt",
        "annulé",
        "Scheduled",
        "did not attend",
    ):
        assert not own("Meeting", None, status)
    for status in ("COMPLETED", "showed", "confirmed", "Attended", "wahrgenommen"):
        assert own("Meeting", None, status)
    assert own("Meeting cancelled", None, "completed")
    for status in ("Connected", "answered", "f240bbac-87c9-4f6e-bf70-924b57d47db7"):
        assert own("Call", "outbound", status)
    for status in (
        "No answer",
        "Left voicemail",
        "busy",
        "nicht erreicht",
        "73a0d17f-1163-4015-bdd5-ec830791da20",
    ):
        assert not own("Call", "outbound", status)
    assert own("Call", "inbound", "Missed")  # who calls has shown a sign of life, answered or not
    assert not own("Auto-reply", "inbound", "delivered")
    assert own("SMS", "inbound", "delivered")
    assert not own("SMS", None, "delivered")


def test_a_purchase_is_one_only_if_it_was_paid() -> None:
    for status in (
        "refunded",
        "pending",
        "cancelled",
        "declined",
        "storniert",
        "impayé",
        "returned",
        "voided",
    ):
        assert not own("Order", None, status)
        assert not own("Payment", "inbound", status)
    for paid in (None, "paid", "completed", "shipped", "bezahlt"):
        assert own("Order", None, paid)
    assert not own("Invoice", None, "open")
    assert not own("Invoice", None, None)
    assert own("Invoice", None, "paid")
    refund = pl.DataFrame(
        {"type": ["Order"], "direction": [None], "outcome": [None], "amount": [-5.0]},
        schema_overrides={"direction": pl.String, "outcome": pl.String},
    )
    assert with_acts(refund, {})["kind"].to_list() == ["other"]


def test_what_is_not_known_is_listed_with_its_count_and_a_way_to_map_it() -> None:
    frame = acts(
        ("Portal login", None, None), ("Pigeon", "inbound", None), ("Portal login", None, None),
        ("ann@x.test wrote of her knee", None, None), ("Email reply", None, None),
    )  # fmt: skip
    others = others_of(frame)
    assert [(other.words, other.count) for other in others] == [
        *(("Portal login", 2), ("(a longer text)", 1), ("Pigeon", 1)),
    ]
    (gap,) = other_gap(others)
    assert gap.count == 4
    assert "“Portal login” (2)" in gap.text
    assert '--kind "Portal login=visit"' in gap.fix
    assert "ann@" not in gap.text


def test_a_kind_may_be_mapped_by_hand() -> None:
    chosen = parse_kinds(("portal LOGIN=visit", "Pigeon = reply", "Email reply=nothing"))
    assert meaning_of("Portal login", chosen) == Meaning("visit", "in")
    assert meaning_of("Pigeon", chosen) == Meaning("email", "in")
    assert not meaning_of("Email reply", chosen).side
    for wrong in ("Pigeon", "=visit", "Pigeon=bird"):
        with pytest.raises(Invalid, match="--kind takes"):
            parse_kinds((wrong,))


def test_each_phrase_of_the_table_says_what_its_line_says() -> None:
    known = {*HUMAN_KINDS, *OTHER_KINDS}
    seen: dict[tuple[str, ...], str] = {}
    for lines in (THINGS, SENSES):
        for sense, phrases in lines.items():
            for phrase in phrases.split(","):
                assert words(phrase), sense
                assert seen.setdefault(words(phrase), sense) == sense, phrase
    for sense, phrases in THINGS.items():
        for phrase in phrases.split(","):
            told = meaning_of(phrase)
            assert told.known
            assert told.kind in known | {"invoice"}, phrase
            assert sense in ("reply", told.kind), phrase


def test_direction_and_status_words() -> None:
    assert [side_of(word) for word in ("in", "OUT", "Inbound", "EMAIL", "left", "")] == [
        *("in", "out", "in", "out", None, None),
    ]
    assert not outcome_of("purple").known
