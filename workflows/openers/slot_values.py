"""What fills the slots of an opener's texts: each fact in words, those that may not be said left out; pure."""

from collections.abc import Mapping
from functools import lru_cache

from workflows.openers.facts import Anchor, Business, OpenerFacts, TouchAsk
from workflows.openers.language import Language, load_language, local_day
from workflows.openers.offering import offer_time

DAYS_A_YEAR = 365.25
_ASKED = frozenset({Anchor.FORM, Anchor.CALL, Anchor.MEETING, Anchor.MESSAGE, Anchor.VISIT})


def slot_values(
    facts: OpenerFacts, ask: TouchAsk, business: Business, language: Language
) -> dict[str, str]:
    """Slot → words, of those that have any; the names are those of the packages and of playbooks' own texts."""
    return dict(_slot_values(facts, ask, business, language.code))


# One contact's are asked for by everybody who has a hand in the opener.
@lru_cache(maxsize=64)
def _slot_values(
    facts: OpenerFacts, ask: TouchAsk, business: Business, code: str
) -> Mapping[str, str]:
    language = load_language(code)
    offer = offer_time(
        facts.contact_id,
        hours=business.hours,
        zone=business.zone,
        at=ask.at,
        touch_no=ask.touch_no,
    )
    said = language.offered(offer)
    values = {
        "practice": business.name,
        "sender": business.sender or language["who.team"],
        "who": language["who.sender"].format(sender=business.sender, practice=business.name)
        if business.sender
        else business.name,
        "offer": said,
        "time_offer": said,
    }
    free = {
        "name": facts.first_name,
        "place": business.place,
        "phone": business.phone,
        "link": business.booking_link,
        "news": business.news,
        "served_by": facts.served_by,
    }
    if not business.hides_health:
        free |= {"asked_for": facts.asked_for, "bought": facts.bought, "concern": facts.concern}
    values.update((name, value) for name, value in free.items() if value)
    _add_dates(values, facts, ask, business, language)
    return values


def _add_dates(
    values: dict[str, str],
    facts: OpenerFacts,
    ask: TouchAsk,
    business: Business,
    language: Language,
) -> None:
    if facts.anchor_at is not None:
        day = local_day(facts.anchor_at, business.zone)
        values["month"] = language.month_of(day)
        when = language.in_month(day)
        if facts.anchor in _ASKED:
            values["asked_when"] = when
        elif facts.anchor is Anchor.BOUGHT:
            values["bought_when"] = when
    if facts.ends_at is not None:
        values["ends"] = language.full(local_day(facts.ends_at, business.zone))
    if facts.fitted_at is not None and ask.at is not None:
        years = int((ask.at - facts.fitted_at).days / DAYS_A_YEAR)
        if years > 0:
            values["years"] = str(years)
