"""What a card says where a rule speaks against a contact: what that forbids, and what it does not; pure."""

from dataclasses import dataclass

from cards.words import _
from contact_rules.meanings import Meaning

_CAMPAIGNS = _("campaigns, openers, offers")
_SERVICE = _("answers, service calls, reminders")


@dataclass(frozen=True, slots=True)
class Refusal:
    """`pill` and `title` name it, `to_do` ends the sentence; the other two are what it forbids and what not."""

    pill: str
    tone: str
    title: str | None  # None: the rule's own words
    to_do: str
    not_now: str
    still: str


REFUSALS: dict[Meaning, Refusal] = {
    Meaning.WISH: Refusal(
        _("Do not contact"),
        "bad",
        None,
        _("Do not write or call. If they get in touch, help as always."),
        _("texts, e-mails, calls"),
        _("an answer, if they get in touch"),
    ),
    Meaning.CIRCUMSTANCE: Refusal(
        _("Do not contact"),
        "bad",
        None,
        _("No campaign, no offer. If they get in touch, help as always."),
        _CAMPAIGNS,
        _("an answer, if they get in touch"),
    ),
    Meaning.HELP_FIRST: Refusal(
        _("Help first"),
        "warn",
        _("Help first"),
        _("Something of theirs is open: solve it, then they are looked at again."),
        _CAMPAIGNS,
        _SERVICE,
    ),
    Meaning.PERSON_FIRST: Refusal(
        _("Call first"),
        "warn",
        _("A person calls first"),
        _("No message will start: call, listen, and put right what went wrong."),
        _CAMPAIGNS,
        _("a call by a person"),
    ),
    Meaning.WITH_A_PERSON: Refusal(
        _("With a person"),
        "quiet",
        None,
        _("No campaign starts meanwhile: go on with them as you were."),
        _CAMPAIGNS,
        _("whatever your team does already"),
    ),
    Meaning.EXPECTED: Refusal(
        _("Booked"),
        "good",
        None,
        _("No campaign before it is over: prepare for it as for everyone."),
        _CAMPAIGNS,
        _("reminders, confirmations, answers"),
    ),
    Meaning.UNREACHABLE: Refusal(
        _("No way open"),
        "quiet",
        None,
        _("Nothing automatic may go out. Complete the record, or wait for them to get in touch."),
        _("campaigns by that way"),
        _SERVICE,
    ),
    Meaning.RESTS: Refusal(
        _("Not now"),
        "quiet",
        None,
        _("Nothing starts before that has passed. If they get in touch, help as always."),
        _CAMPAIGNS,
        _SERVICE,
    ),
    Meaning.ASLEEP: Refusal(
        _("Asleep"),
        "quiet",
        _("Asleep after two rounds"),
        _("A call or a visit of theirs wakes them; until then, leave them be."),
        _CAMPAIGNS,
        _SERVICE,
    ),
    Meaning.SET_ASIDE: Refusal(
        _("Set aside"),
        "quiet",
        None,
        _("Nothing automatic starts. If they get in touch, help as always."),
        _CAMPAIGNS,
        _("whatever your team does by hand"),
    ),
    Meaning.OUT: Refusal(
        _("Nothing to do"),
        "quiet",
        None,
        _("There is nobody to win back here: leave the record as it is."),
        _CAMPAIGNS,
        _SERVICE,
    ),
}
