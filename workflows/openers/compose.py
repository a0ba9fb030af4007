"""The words of a touch out of facts, for everybody and always the same: no model, no chance; pure."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache

from playbooks.angles import Angle
from workflows.openers.drafts import Draft
from workflows.openers.facts import Anchor, Business, Depth, Opener, OpenerFacts, TouchAsk
from workflows.openers.language import language_of, load_language
from workflows.openers.lint import PARTS, allowed_of, lint
from workflows.openers.slot_values import slot_values
from workflows.openers.sms import fit
from workflows.openers.wording import NO_WORDINGS, Wordings, worded

# The short form: who writes, what it is about, and the offer.
SHORT = frozenset({"b", "short"})
LONGEST_SUBJECT = 78
# Signals that are a reason to write now and may be told.
_TOLD = frozenset({"due", "season"})
_SERVED = frozenset({"meeting", "meeting_topic", "bought", "bought_topic", "with_us"})


class CannotSay(Exception):
    """Nothing that may go out can be made, as where a business has no name."""


# Texts by section and name, in one line or paragraph.
Keys = tuple[str, ...]


def compose(
    facts: OpenerFacts, ask: TouchAsk, business: Business, wordings: Wordings = NO_WORDINGS
) -> Opener:
    """The opener of a contact: in a playbook's own words where they can be filled, else in those of any business.

    Where the linter objects to the latter, without the words that people typed, at last without the name.
    Raises CannotSay.
    """
    language = language_of(business.language)
    values = slot_values(facts, ask, business, language)
    allowed = allowed_of(values, business)
    for known, ours in _ever_plainer(facts, business):
        usual = composed(known, ask, ours)
        made, parts = worded(usual, facts, ask, business, wordings, values, allowed)
        left = [part for part in PARTS if part not in parts]
        if not left or not lint(made, facts, business, ask, parts=left, allowed=allowed):
            return made
    raise CannotSay


def _ever_plainer(facts: OpenerFacts, business: Business) -> Iterator[tuple[OpenerFacts, Business]]:
    yield facts, business
    untyped = replace(facts, asked_for=None, bought=None, concern=None, served_by=None)
    yield untyped, replace(business, news="")
    yield replace(untyped, first_name=None), replace(business, news="")


def composed(facts: OpenerFacts, ask: TouchAsk, business: Business) -> Opener:
    """The same before anybody has looked at it."""
    language = language_of(business.language)
    values, anchor = named_values(facts, ask, business)
    code = language.code
    sms = ""
    for keys in _sms_keys(ask, anchor, values):
        sms = fit(_line(code, keys).format_map(values)) or ""
        if sms:
            break
    email = _email_keys(facts, ask, anchor, values)
    return Opener(
        subject=_subject(code, ask.angle, values),
        email=_paragraphs(code, email).format_map(values),
        sms=sms,
        call_note=_lines(code, _note_keys(facts, values)).format_map(values),
        version=_version(code, ask.angle, ask.variant, email),
    )


def draft_of(facts: OpenerFacts, ask: TouchAsk, business: Business) -> Draft:
    """The texts that an opener is made from, with their slots open: nothing of anybody is in them."""
    language = language_of(business.language)
    values, anchor = named_values(facts, ask, business)
    code = language.code
    email = _paragraphs(code, _email_keys(facts, ask, anchor, values))
    subject = f"subject.{ask.angle}" if "about" in values else "subject.new"
    return Draft(
        language=code,
        angle=ask.angle.value,
        subject=language[subject],
        email=email,
        sms=_line(code, _sms_keys(ask, anchor, values)[1]),
    )


def named_values(
    facts: OpenerFacts, ask: TouchAsk, business: Business
) -> tuple[dict[str, str], str]:
    """Slot → words, with what the subject is about and what may be said; and the sentence that names the anchor."""
    language = language_of(business.language)
    values = slot_values(facts, ask, business, language)
    anchor = anchor_key(facts, business, values)
    about = language.get(f"about.{anchor.removesuffix('_topic')}")
    if about is not None:
        values["about"] = about.format_map(values)
    if facts.reason:
        values["reason"] = language[f"note.reasons.{facts.reason}"]
    say = _line(language.code, _say_keys(facts, ask, anchor, values))
    values["said"] = say.format_map(values)
    return values, anchor


def anchor_key(facts: OpenerFacts, business: Business, values: Mapping[str, str]) -> str:
    """Which sentence says what they did: without a date where there is none, without a thing that may not be named."""
    anchor, is_dated = facts.anchor, "month" in values
    if anchor is Anchor.BOUGHT and is_dated:
        if "bought" in values:
            return "bought_topic"
        return "with_us" if business.hides_health else "bought"
    if anchor in {Anchor.BOUGHT, Anchor.CUSTOMER}:
        return "customer"
    if anchor is Anchor.ADDED or not is_dated:
        return "added" if is_dated else "unknown"
    return f"{anchor}_topic" if "asked_for" in values else anchor.value


def _email_keys(
    facts: OpenerFacts, ask: TouchAsk, anchor: str, values: Mapping[str, str]
) -> tuple[Keys, ...]:
    """The paragraphs of an e-mail, each of the sentences that its keys name."""
    is_short, is_first = ask.variant in SHORT, ask.touch_no == 1
    about = [f"intro.{_intro(facts, ask)}", f"anchor.{anchor}"]
    if anchor in _SERVED and "served_by" in values:
        about.append("anchor.served")
    if is_first and facts.anchor_at is not None and facts.anchor is not Anchor.ADDED:
        about.append("gap.long" if facts.is_long_ago else "gap.usual")
    ways = tuple(f"offer.{name}" for name in ("link", "phone") if name in values)
    return (
        ("greeting.named" if "name" in values else "greeting.plain",),
        tuple(about),
        *([] if is_short else [k for k in (_case(facts, ask, values), _why(facts, values)) if k]),
        (f"offer.{_offer(ask.angle)}",),
        *((way,) for way in ways),
        ("closing.place",) if "place" in values else ("closing.usual",),
        ("closing.opt_out",),
    )


def _intro(facts: OpenerFacts, ask: TouchAsk) -> str:
    """Tone by how well they know each other (S11); who was long away is told again who writes (S4)."""
    if ask.touch_no > 1:
        return "usual"
    if facts.depth is Depth.NEW:
        return "new"
    if facts.is_long_ago:
        return "long"
    return "close" if facts.depth is Depth.CLOSE else "usual"


def _case(facts: OpenerFacts, ask: TouchAsk, values: Mapping[str, str]) -> Keys:
    """What the touch leads with: why they went quiet at first (S7), later another angle (S18)."""
    because = (f"reason.{facts.reason}",) if facts.reason else ()
    if ask.angle is Angle.OPENING:
        return because or (("reason.concern",) if "concern" in values else ("reason.plain",))
    if ask.angle is Angle.OBJECTIONS:
        return (*because, "angle.objections")
    return (f"angle.{ask.angle}",)


def _why(facts: OpenerFacts, values: Mapping[str, str]) -> Keys:
    """Why now: what is new, and what the calendar says."""
    keys = ["why.news"] if "news" in values else []
    if facts.signal in _TOLD:
        keys.append(f"why.{facts.signal}")
    if facts.signal == "renewal" and "ends" in values:
        keys.append("why.renewal")
    return tuple(keys)


def _offer(angle: Angle) -> str:
    return angle.value if angle in {Angle.FRICTION, Angle.LAST} else "usual"


def _sms_keys(ask: TouchAsk, anchor: str, values: Mapping[str, str]) -> tuple[Keys, ...]:
    """The sentences of a text message, from the fullest to the shortest that still says who writes."""
    hello = "sms.named" if "name" in values else "sms.plain"
    angle = () if ask.angle is Angle.OPENING else (f"sms.{ask.angle}",)
    link = ("offer.link",) if ask.angle is Angle.FRICTION and "link" in values else ()
    return (
        (hello, f"anchor.{anchor}", *angle, "sms.offer", *link, "sms.opt_out"),
        (hello, f"anchor.{anchor}", *angle, "sms.offer", "sms.opt_out"),
        (hello, f"anchor.{anchor}", "sms.offer", "sms.opt_out"),
        (hello, "sms.offer", "sms.opt_out"),
        ("sms.plain", "sms.opt_out"),
    )


def _say_keys(facts: OpenerFacts, ask: TouchAsk, anchor: str, values: Mapping[str, str]) -> Keys:
    """What a person may say on the telephone."""
    case = _case(facts, ask, values)
    return (f"intro.{_intro(facts, ask)}", f"anchor.{anchor}", *case[:1], "sms.offer")


def _note_keys(facts: OpenerFacts, values: Mapping[str, str]) -> Keys:
    """The lines of a note for who calls."""
    keys = ["note.say"]
    keys += ["note.reason"] if facts.reason else []
    keys += ["note.sorry"] if facts.reason == "service_issue" else []
    keys += [f"note.{name}" for name in ("served", "news") if _slot(name) in values]
    return (*keys, "note.tact")


def _slot(name: str) -> str:
    return "served_by" if name == "served" else name


def _subject(code: str, angle: Angle, values: Mapping[str, str]) -> str:
    language = load_language(code)
    if "about" in values:
        subject = language[f"subject.{angle}"].format_map(values)
        if len(subject) <= LONGEST_SUBJECT:
            return subject
    return language["subject.new"].format_map(values)


@lru_cache(maxsize=1 << 14)
def _line(code: str, keys: Keys) -> str:
    language = load_language(code)
    return " ".join(language[key] for key in keys)


@lru_cache(maxsize=1 << 14)
def _lines(code: str, keys: Keys) -> str:
    language = load_language(code)
    return "\n".join(language[key] for key in keys)


@lru_cache(maxsize=1 << 14)
def _paragraphs(code: str, paragraphs: Sequence[Keys]) -> str:
    return "\n\n".join(_line(code, keys) for keys in paragraphs)


@lru_cache(maxsize=1 << 14)
def _version(code: str, angle: Angle, variant: str, paragraphs: Sequence[Keys]) -> str:
    """Names the text without anybody's facts: another wording has another name."""
    text = _paragraphs(code, paragraphs)
    digest = hashlib.blake2b(text.encode(), digest_size=5).hexdigest()
    return f"{code}-{angle}-{variant}-{digest}"
