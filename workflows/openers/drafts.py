"""Texts with open slots: what a language model is shown, and what of its answer may be used; pure."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from string import Formatter
from typing import Annotated

import orjson
from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError

from workflows.openers.facts import Opener
from workflows.openers.language import bare
from workflows.openers.lint_words import load_words, says_how_to_stop, sentences, words_in
from workflows.openers.sms import fit

_BREAKS = re.compile(r"\d|https?:|www\.|@|[<>\[\]$%€£#*_|\\^~`]")


@dataclass(frozen=True)
class Draft:
    """The texts of an opener with their slots open."""

    language: str
    angle: str
    subject: str
    email: str
    sms: str

    @cached_property
    def shape(self) -> str:
        """The name of these texts: who gets the same ones shares what a model makes of them."""
        return hashlib.blake2b(self.prompt.encode(), digest_size=10).hexdigest()

    @cached_property
    def prompt(self) -> str:
        """What a model is shown: codes of slots and our own sentences, never a value, a name or a note."""
        return orjson.dumps({**self.texts(), "slots": sorted(self.slots)}).decode()

    @cached_property
    def slots(self) -> frozenset[str]:
        return slots_in(self.subject) | slots_in(self.email) | slots_in(self.sms)

    def texts(self) -> dict[str, str]:
        return {
            "language": self.language,
            "angle": self.angle,
            "subject": self.subject,
            "email": self.email,
            "sms": self.sms,
        }


class Refused(Exception):
    """An answer that may not be used; the message names the kind of fault and holds no text."""


class _Answer(BaseModel):
    model_config = ConfigDict(extra="ignore", strict=True)

    subject: Annotated[str, StringConstraints(min_length=3, max_length=120)]
    email: Annotated[str, StringConstraints(min_length=40, max_length=2_500)]
    sms: Annotated[str, StringConstraints(min_length=20, max_length=400)]


def read_answer(draft: Draft, content: str) -> Draft:
    """What a model made of a draft; raises Refused where anything in it could be its own invention.

    Its words are those of our own texts and plain ones of the language; what is not among them could be a name, a
    product, a promise or something about somebody's health.
    """
    try:
        answer = _Answer.model_validate_json(content)
    except ValidationError:
        raise Refused("an answer of another kind") from None
    made = replace(draft, **{part: text.strip() for part, text in answer.model_dump().items()})
    words = load_words(draft.language)
    for text, original in (
        (made.subject, draft.subject),
        (made.email, draft.email),
        (made.sms, draft.sms),
    ):
        if not slots_in(text) <= slots_in(original) | {"practice", "who"} & draft.slots:
            raise Refused("a slot that was not offered")
        literal = bare(text)
        if _BREAKS.search(literal):
            raise Refused("a number, an address or a sign that was not offered")
        if not words_in(literal) <= words.plain:
            raise Refused("a word that could be an invention")
        if any(words.speaks_badly(sentence) for sentence in sentences(literal)):
            raise Refused("words that are never said")
    if not {"practice", "who"} & slots_in(made.email) or not {"practice", "who"} & slots_in(
        made.sms
    ):
        raise Refused("no sender")
    if "place" in draft.slots and "place" not in slots_in(made.email):
        raise Refused("no place")
    if not all(says_how_to_stop(text, draft.language) for text in (made.email, made.sms)):
        raise Refused("no opt-out words")
    return made


def slots_in(text: str) -> frozenset[str]:
    """The slots of a text; raises Refused where braces hold anything but a name."""
    found = set()
    try:
        parsed = list(Formatter().parse(text))
    except ValueError:
        raise Refused("braces that are not closed") from None
    for _, name, form, conversion in parsed:
        if name is None:
            continue
        if form or conversion or not name.isidentifier():
            raise Refused("braces with something else than a slot")
        found.add(name)
    if "{{" in text or "}}" in text:
        raise Refused("braces that are not closed")
    return frozenset(found)


def filled(draft: Draft, values: Mapping[str, str], usual: Opener) -> Opener | None:
    """An opener by a draft, its call note the usual one; None where a slot is empty or the text message too long."""
    if not draft.slots <= values.keys():
        return None
    sms = fit(draft.sms.format_map(values))
    if sms is None:
        return None
    return replace(
        usual,
        subject=draft.subject.format_map(values),
        email=draft.email.format_map(values),
        sms=sms,
        version=f"{draft.language}-{draft.angle}-model-{draft.shape[:10]}",
    )


def stored(draft: Draft) -> dict[str, str]:
    return {name: str(value) for name, value in asdict(draft).items()}
