"""Writes the openers of many contacts: loads their facts, composes, and has what was made looked at."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy.engine import Connection

from core import log
from oauth.account_playbooks.holding import playbooks_of
from oauth.account_settings.fields import AccountSettings
from oauth.account_settings.kinds import window_of
from oauth.store import find_installation
from playbooks.line import Season
from playbooks.seasons import news_of
from workflows.openers.compose import CannotSay, compose, draft_of, named_values
from workflows.openers.drafts import Draft, filled
from workflows.openers.facts import Business, Opener, OpenerFacts, TouchAsk
from workflows.openers.lint import lint
from workflows.openers.loading import load_facts
from workflows.openers.model import may_ask
from workflows.openers.playbook_texts import PlaybookTexts
from workflows.openers.store import load_answers

_WORKDAY = (9, 17)


def write_openers(
    connection: Connection,
    account_id: str,
    asks: Mapping[str, TouchAsk],
    own: AccountSettings,
    *,
    at: datetime,
    rows: Mapping[str, Mapping[str, Any]] | None = None,
    wanted: dict[str, Draft] | None = None,
) -> dict[str, Opener]:
    """Contact → the words of the touch that is asked for, of those who have a score.

    The same contacts, facts and asks give the same words on any day; without `at` an ask offers no date. `rows`
    are the contacts' scores where they are known already. Who is missing has no opener that may go out. Texts that
    a language model has yet to word are put into `wanted`, by shape.
    """
    playbooks = playbooks_of(connection, account_id, own.vertical)
    business = load_business(
        connection, account_id, own, fair_housing=playbooks.line.compliance.fair_housing
    )
    # Nobody may be written to in the name of nobody.
    named = list(asks) if business.name else []
    facts = load_facts(connection, account_id, named, at=at, rows=rows)
    texts = PlaybookTexts(
        playbooks.line,
        playbooks.general,
        business.language,
        names_health=not business.hides_health,
    )
    found: dict[str, Opener] = {}
    refused = len(asks) - len(named)
    answers = load_answers(connection, account_id) if may_ask(own) else None
    for contact_id, known in facts.items():
        ask = asks[contact_id]
        try:
            ours = _in_season(business, known, playbooks.line.seasons, at)
            made = compose(known, ask, ours, texts.of(ask, known))
        except CannotSay:
            refused += 1
            continue
        if answers is not None:
            made = _by_model(made, known, ask, ours, answers, wanted)
        found[contact_id] = made
    if refused:
        log.get(__name__).warning(
            "workflows.openers.refused", account_id=account_id, contacts=refused
        )
    return found


def _in_season(
    business: Business, facts: OpenerFacts, seasons: Sequence[Season], at: datetime
) -> Business:
    """With what the season has to say, where the business itself has said nothing."""
    if business.news:
        return business
    news = news_of(
        seasons, track=facts.track, segment=facts.segment, language=business.language, at=at
    )
    return replace(business, news=news) if news else business


def _by_model(
    usual: Opener,
    facts: OpenerFacts,
    ask: TouchAsk,
    business: Business,
    answers: Mapping[str, Draft],
    wanted: dict[str, Draft] | None,
) -> Opener:
    """The opener in a model's words where it has found some; on any doubt the usual one."""
    draft = draft_of(facts, ask, business)
    answer = answers.get(draft.shape)
    if answer is None:
        if wanted is not None:
            wanted[draft.shape] = draft
        return usual
    values, _ = named_values(facts, ask, business)
    made = filled(answer, values, usual)
    if made is None or lint(made, facts, business, ask, parts=("subject", "email", "sms")):
        return usual
    return made


def load_business(
    connection: Connection,
    account_id: str,
    own: AccountSettings,
    *,
    fair_housing: bool = False,
) -> Business:
    """Who writes, by the account's settings; its name in the CRM where no other was given."""
    found = find_installation(connection, account_id)
    name = own.business_name or (found.name if found else "") or own.sender_name
    return Business(
        name=name,
        language=own.language,
        sender="" if own.sender_name == name else own.sender_name,
        place=own.sender_place,
        phone=own.sender_phone,
        booking_link=own.booking_link,
        news=own.news,
        zone=own.timezone or "UTC",
        hours=_hours(own),
        phi=own.phi,
        names_treatment=own.names_treatment,
        fair_housing=fair_housing,
    )


def _hours(own: AccountSettings) -> tuple[int, int]:
    """Between which hours a time is offered: of a working day, within the account's own."""
    window = window_of(own.hours)
    if window is None:
        return _WORKDAY
    opens = window[0].hour + bool(window[0].minute)
    first, last = max(opens, _WORKDAY[0]), min(window[1].hour, _WORKDAY[1])
    return (first, last) if first < last else (opens, max(window[1].hour, opens + 1))
