"""Finds the reason in what somebody wrote: weighted phrases, and what turns them into their opposite; pure."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from contact_rules.phrases import compiled, words_of
from contact_rules.plain_text import plain
from contact_rules.reasons import (
    BUDGET_OR_TIMING,
    COMPETITOR,
    LEAST_CONFIDENCE,
    SERVICE_ISSUE,
    Heard,
)

# Phrases never make it surer than what staff chose from a list.
MOST = 0.85

_PHRASES = compiled()
_SENTENCES = re.compile(r"[^.!?\n]+[.!?]*")
_FULL_STOP = re.compile(r"\b(?:dr|mr|mrs|ms|st|inc|approx|e\.g|i\.e|vs|no)\.", re.IGNORECASE)

# A word before the phrase turns it around as far back as the thought goes.
_THOUGHT_BEGINS = re.compile(
    r"[,;:()\u2013\u2014]| - |--|\b(?:but|because|since|so|and|however|although|though|due to|"
    r"as (?:they|he|she|we|it|the|i)|after|now)\b",
    re.IGNORECASE,
)
_NEGATED = re.compile(
    r"\b(?:not(?! (?:only|just|sure))|no|never|none|nor|neither|without|hardly|nobody|nothing|cannot|"
    r"dont|didnt|wont|isnt|wasnt|doesnt|rather than|instead of)\b|n't\b",
    re.IGNORECASE,
)
_NEGATED_AFTER = re.compile(
    r"^\W*(?:\w+\W+){0,2}?(?:(?:is|was|are|were|been|be)(?: \w+)? not|(?:is|was|are|were)n't|not|never|no longer)\b"
    r"(?: \w+){0,3}? (?:issue|problem|concern|factor|reason|option|obstacle|case|true|question|worry)",
    re.IGNORECASE,
)
_UNSURE = re.compile(
    r"\b(?:if|whether|in case|unless|might|may|could|would|wonder(?:ing|ed)?|maybe|perhaps|not sure|"
    r"consider(?:ing|ed)?|used to|previously|formerly|before)\b",
    re.IGNORECASE,
)
_PAST = re.compile(r"^\W*(?:\w+\W+){0,3}?(?:before|prior to|previously|years ago)\b", re.IGNORECASE)
_MENDED = re.compile(
    r"\b(?:resolved|sorted (?:it )?out|taken care of|all good|happy now|happy again|apologi[sz]ed and)\b",
    re.IGNORECASE,
)
_WORDS_BACK = 7
_DOUBT = 0.4
_RIVALRY = 0.8  # how much a second reason takes from the first
_SAID_CLEARLY = 0.6


@dataclass(frozen=True, slots=True)
class Weighed:
    """What the phrases say: reason → confidence, and whether any phrase was met at all, negated or not."""

    scores: dict[str, float]
    is_hinted: bool

    @property
    def heard(self) -> Heard | None:
        """The clear winner; None where it is unsure or another is about as likely."""
        causes = _without_consequences(self.scores)
        ranked = sorted(causes.items(), key=lambda item: (-item[1], item[0]))
        if not ranked:
            return None
        reason, best = ranked[0]
        second = ranked[1][1] if len(ranked) > 1 else 0.0
        confidence = round(min(best, MOST) * (1 - _RIVALRY * second), 2)
        return Heard(reason, confidence) if confidence >= LEAST_CONFIDENCE else None


def _without_consequences(scores: Mapping[str, float]) -> dict[str, float]:
    """Who went elsewhere over bad service left over the service, and who did so over money went elsewhere."""
    left = dict(scores)
    for cause, consequence in ((SERVICE_ISSUE, COMPETITOR), (COMPETITOR, BUDGET_OR_TIMING)):
        if left.get(cause, 0.0) >= _SAID_CLEARLY:
            left.pop(consequence, None)
    return left


def classify(text: str) -> Heard | None:
    """The reason a message or note gives for going quiet; None for most of them."""
    return weigh(plain(text)).heard


def weigh(said: str) -> Weighed:
    """Weigh plain text, sentence by sentence; a phrase counts once, where it speaks most clearly."""
    words = words_of(said)
    candidates = [p for p in _PHRASES if not any(words.isdisjoint(need) for need in p.needs)]
    sentences = _SENTENCES.findall(_FULL_STOP.sub(lambda found: found[0][:-1], said))
    is_mended = bool(_MENDED.search(said))
    scores: dict[str, float] = {}
    is_hinted = False
    for phrase in candidates:
        shares = _shares(phrase.pattern, sentences)
        is_hinted = is_hinted or bool(shares)
        doubt = _DOUBT if is_mended and phrase.reason == SERVICE_ISSUE else 1.0
        counted = phrase.weight * doubt * max(shares, default=0.0)
        scores[phrase.reason] = 1 - (1 - scores.get(phrase.reason, 0.0)) * (1 - counted)
    return Weighed({r: s for r, s in scores.items() if s > 0}, is_hinted)


def _shares(pattern: re.Pattern[str], sentences: Sequence[str]) -> list[float]:
    """How much of its weight a phrase has in each place where it stands."""
    return [
        _certainty(sentence, found.start(), found.end())
        for sentence in sentences
        for found in pattern.finditer(sentence)
    ]


def _certainty(sentence: str, start: int, end: int) -> float:
    """How much of a phrase's weight stands, given the sentence around it: all, some, or nothing."""
    before, after = _thought(sentence[:start]), sentence[end:]
    if _NEGATED.search(before) or _NEGATED_AFTER.search(after):
        return 0.0
    is_question = sentence.rstrip().endswith("?")
    if is_question or _UNSURE.search(before) or _PAST.search(after):
        return _DOUBT
    return 1.0


def _thought(before: str) -> str:
    """The last words before a phrase that belong to the same thought."""
    breaks = [found.end() for found in _THOUGHT_BEGINS.finditer(before)]
    return " ".join(before[breaks[-1] if breaks else 0 :].split()[-_WORDS_BACK:])
