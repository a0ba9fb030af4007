"""Looks at an opener before anybody gets it, whoever wrote it: what it objects to is not sent; pure."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from workflows.openers.facts import Business, Opener, OpenerFacts, TouchAsk
from workflows.openers.language import language_of
from workflows.openers.lint_words import (
    Analysis,
    Words,
    analyse,
    folded,
    links_in,
    load_words,
    numbers_in,
    says_how_to_stop,
    sentences,
    words_in,
)
from workflows.openers.slot_values import slot_values
from workflows.openers.sms import MOST_SEGMENTS, segments

PARTS = ("subject", "email", "sms", "call_note")
# It depends on the account whether these may be said.
_SOMETIMES = frozenset({"health", "fair_housing"})
LONGEST_SUBJECT, LONGEST_EMAIL, LONGEST_NOTE = 120, 4_000, 2_000
_FALSE_SUBJECT = re.compile(
    r"^\s*\[?(?:re|fw|fwd|aw|wg|antw|tr|rv|res|enc|rif|r|i|sv|vs|odp|doorgestuurd|réf?)\s*(?:\[\d+\])?\s*:",
    re.IGNORECASE,
)
_SHOUTING = re.compile(r"[!?]{2,}|!.*!|\b[A-ZÄÖÜÉ]{5,}\b.*\b[A-ZÄÖÜÉ]{3,}\b|🔥|⏰|⚠|💰")


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with which part of an opener; never any of its words."""

    part: str
    rule: str


def lint(
    opener: Opener,
    facts: OpenerFacts,
    business: Business,
    ask: TouchAsk | None = None,
    *,
    template: str = "",
    parts: Sequence[str] = PARTS,
    allowed: "Allowed | None" = None,
) -> tuple[Problem, ...]:
    """What speaks against an opener; nothing where it may go out.

    `template` is a text that somebody of the business or a playbook has written: what stands there is no invention.
    `parts` are those to look at, `allowed` what is known of the contact, where that has been put together already.
    """
    language = language_of(business.language)
    words = load_words(language.code)
    if allowed is None:
        allowed = allowed_of(slot_values(facts, ask or TouchAsk(), business, language), business)
    found: list[Problem] = []
    for part in parts:
        text = getattr(opener, part)
        if text.strip():
            rules = _said(text, business, words, allowed)
            if rules and template:
                rules = _said(text, business, words, allowed.and_in(template))
            found += [Problem(part, rule) for rule in sorted(rules)]
        else:
            found.append(Problem(part, "empty"))
    own = {
        "subject": _subject(opener.subject),
        "email": _email(opener.email, business, words),
        "sms": _sms(opener.sms, business, words),
        "call_note": _note(opener.call_note),
    }
    return (*found, *(problem for part in parts for problem in own[part]))


class Allowed:
    """What a text may say because it is a fact or was written by a person."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._texts = texts
        self.numbers = frozenset[str]().union(*map(numbers_in, texts))
        self.words = frozenset[str]().union(*map(words_in, texts))

    def and_in(self, template: str) -> "Allowed":
        return Allowed((*self._texts, template))

    @property
    def text(self) -> str:
        return "\n".join(map(folded, self._texts))

    @property
    def links(self) -> frozenset[str]:
        return frozenset[str]().union(*map(links_in, self._texts))


def allowed_of(values: Mapping[str, str], business: Business) -> Allowed:
    """`values` are those of a contact's slots."""
    return Allowed([text for text in (*values.values(), business.name, business.place) if text])


def _said(text: str, business: Business, words: Words, allowed: Allowed) -> set[str]:
    rules: set[str] = set()
    for sentence in sentences(text):
        seen = analyse(sentence, words.code, business.name)
        if seen.is_plain:
            continue
        rules.update(_invented(seen, allowed))
        if not seen.rules:
            continue
        rules |= seen.rules - _SOMETIMES
        if "health" in seen.rules and business.hides_health:
            rules.add("health")
        if "fair_housing" in seen.rules and business.fair_housing:
            rules.add("fair_housing")
    return rules


def _invented(seen: Analysis, allowed: Allowed) -> Iterator[str]:
    if seen.numbers and not seen.numbers <= allowed.numbers:
        yield "invented_number"
    if seen.dates and not seen.dates <= allowed.words:
        yield "invented_date"
    if seen.names and not seen.names <= allowed.words:
        yield "invented_name"
    if seen.times and any(phrase not in allowed.text for phrase in seen.times):
        yield "invented_date"
    if seen.claims and any(phrase not in allowed.text for phrase in seen.claims):
        yield "invented_claim"
    if seen.links and any(link not in allowed.links for link in seen.links):
        yield "invented_link"
    if seen.addresses and any(address not in allowed.text for address in seen.addresses):
        yield "invented_address"


@lru_cache(maxsize=1 << 14)
def _subject(subject: str) -> tuple[Problem, ...]:
    is_untrue = _FALSE_SUBJECT.search(subject) or _SHOUTING.search(subject)
    is_long = len(subject) > LONGEST_SUBJECT or "\n" in subject
    found = (("untruthful_subject", is_untrue), ("too_long", is_long))
    return tuple(Problem("subject", rule) for rule, holds in found if holds)


def _email(email: str, business: Business, words: Words) -> Iterator[Problem]:
    if len(email) > LONGEST_EMAIL:
        yield Problem("email", "too_long")
    if business.name not in email:
        yield Problem("email", "no_sender")
    if business.place and business.place not in email:
        yield Problem("email", "no_place")
    if not says_how_to_stop(email, words.code):
        yield Problem("email", "no_opt_out")


def _sms(sms: str, business: Business, words: Words) -> Iterator[Problem]:
    if not sms.strip():
        return
    if segments(sms) > MOST_SEGMENTS:
        yield Problem("sms", "too_long")
    if not words.names(business.name, sms):
        yield Problem("sms", "no_sender")
    if not says_how_to_stop(sms, words.code):
        yield Problem("sms", "no_opt_out")


def _note(note: str) -> Iterator[Problem]:
    if len(note) > LONGEST_NOTE:
        yield Problem("call_note", "too_long")
