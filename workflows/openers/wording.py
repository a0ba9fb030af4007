"""A playbook's own texts in an opener: the closest that can be filled with what is known and that may go out; pure."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache

from contact_rules.channels import Channel
from playbooks.line import MessageText
from playbooks.slots import Slot, fill
from workflows.openers.facts import Business, Opener, OpenerFacts, TouchAsk
from workflows.openers.language import Language, language_of
from workflows.openers.lint import Allowed, lint
from workflows.openers.lint_words import says_how_to_stop
from workflows.openers.sms import fit

# Channel → the texts that fit a touch, the closest first.
Wordings = Mapping[Channel, Sequence[MessageText]]
NO_WORDINGS: Wordings = {}
_PARTS: dict[Channel, tuple[str, ...]] = {
    Channel.EMAIL: ("subject", "email"),
    Channel.SMS: ("sms",),
    Channel.CALL: ("call_note",),
}


def worded(
    usual: Opener,
    facts: OpenerFacts,
    ask: TouchAsk,
    business: Business,
    wordings: Wordings,
    values: Mapping[str, str],
    allowed: Allowed,
) -> tuple[Opener, set[str]]:
    """The opener with parts in the playbook's words where they can be filled and may go out, and which parts.

    `values` are those of the contact's slots.
    """
    if not wordings:
        return usual, set()
    language = language_of(business.language)
    there = frozenset(values)
    used: list[str] = []
    done: set[str] = set()
    for channel, parts in _PARTS.items():
        for text in wordings.get(channel, ()):
            made = _filled(usual, text, values, there, business, language)
            template = f"{text.subject}\n{text.body}"
            if made is None or lint(
                made, facts, business, ask, template=template, parts=parts, allowed=allowed
            ):
                continue
            usual = made
            used.append(template)
            done.update(parts)
            break
    if used:
        usual = replace(usual, version=_version(usual.version, tuple(used)))
    return usual, done


def _filled(
    usual: Opener,
    text: MessageText,
    values: Mapping[str, str],
    there: frozenset[str],
    business: Business,
    language: Language,
) -> Opener | None:
    resolved = _resolved(text.body, there)
    if resolved is None:
        return None
    body = resolved.format_map(values)
    if text.channel is Channel.EMAIL:
        subject = _said(text.subject, values, there)
        return (
            None
            if subject is None
            else replace(usual, subject=subject, email=_signed(body, resolved, business, language))
        )
    if text.channel is Channel.SMS:
        ends = _says_how_to_stop(resolved, language.code)
        whole = body if ends else f"{body} {language['sms.opt_out']}"
        sms = fit(whole)
        return None if sms is None else replace(usual, sms=sms)
    # What is known of the person stands below.
    return replace(usual, call_note=f"{body}\n{usual.call_note}")


def _said(template: str, values: Mapping[str, str], there: frozenset[str]) -> str | None:
    resolved = _resolved(template, there)
    return None if resolved is None else resolved.format_map(values)


@lru_cache(maxsize=1 << 14)
def _resolved(template: str, there: frozenset[str]) -> str | None:
    """A text with its optional parts decided and its slots still open: the same for many people."""
    return fill(template, {slot: f"{{{slot}}}" for slot in Slot if slot in there})


@lru_cache(maxsize=1 << 14)
def _says_how_to_stop(template: str, code: str) -> bool:
    """Of a text whose slots are still open, which is the same for many people; the linter looks at each filled one."""
    return says_how_to_stop(template, code)


def _signed(body: str, template: str, business: Business, language: Language) -> str:
    """An e-mail with what the law wants in it (D9): who writes, from where, and how to be left alone."""
    lines = [body]
    if business.name not in body:
        lines.append(business.name)
    if business.place and business.place not in body:
        lines.append(business.place)
    paragraphs = ["\n".join(lines)]
    if business.booking_link:
        paragraphs.append(language["offer.link"].format(link=business.booking_link))
    if not _says_how_to_stop(template, language.code):
        paragraphs.append(language["closing.opt_out"])
    return "\n\n".join(paragraphs)


@lru_cache(maxsize=1 << 12)
def _version(usual: str, templates: tuple[str, ...]) -> str:
    digest = hashlib.blake2b("\n".join(templates).encode(), digest_size=5).hexdigest()
    return f"{usual.rpartition('-')[0]}-{digest}"
