"""What a field's values say of an interest: high, medium or low by a table of words, and no guess."""

import re
from collections.abc import Mapping

HIGH, MEDIUM, LOW = "high", "medium", "low"

# Lower case, with spaces in place of everything that is no letter or digit.
_WORDS = {
    HIGH: (
        "high, very high, higher, hot, very hot, strong, very strong, very interested, highly interested, "
        "extremely interested, ready, ready now, ready to buy, ready to start, urgent, very urgent"
    ),
    MEDIUM: (
        "medium, med, mid, middle, moderate, average, warm, lukewarm, somewhat interested, moderately interested"
    ),
    LOW: (
        "low, very low, lower, cold, very cold, weak, little, slight, not very interested, slightly interested, "
        "just looking, just browsing, browsing, only looking, just curious, curious, not urgent"
    ),
}
# What follows a level without changing it: "high interest", "hot lead", "medium priority".
_TAIL = re.compile(r" (interest|intent|intention|lead|level|priority|urgency|inquiry|enquiry)$")
_MEANINGS = {
    word.strip(): level for level, words in _WORDS.items() for word in [*words.split(","), level]
}
# Marks mean a level only where a field has no others: of a scale to five, 3 is the middle.
_MARKS = {
    scale: dict(zip(scale, levels, strict=True))
    for scale, levels in {
        "abc": (HIGH, MEDIUM, LOW),
        "123": (LOW, MEDIUM, HIGH),
        "hml": (HIGH, MEDIUM, LOW),
    }.items()
}
_NOTHING = (
    "unknown, not known, n a, na, none, null, nil, not asked, unasked, not set, unset, undefined, undetermined, tbd, "
    "not specified, unspecified, not applicable, no answer, not answered, not stated, select, please select, "
    "select one, choose, choose one"
)
_BLANKS = frozenset(["", *(word.strip() for word in _NOTHING.split(","))])
_NO_LETTERS = re.compile(r"[\W_]+")
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


def plain(words: str) -> str:
    """A name or a value as lower-case words with single spaces."""
    return _NO_LETTERS.sub(" ", _HUMP.sub(" ", words).lower()).strip()


def is_blank(value: str) -> bool:
    """Whether a value says that nothing is known."""
    return plain(value) in _BLANKS


def read_levels(labels: Mapping[str, str], *, is_ranking: bool = False) -> dict[str, str]:
    """Value → level for the values that have one; `labels` is value → what people see of it.

    Of a ranking nobody can tell whether 1 is the best or the worst: only its words are read.
    """
    seen = {value: plain(label or value) for value, label in labels.items()}
    marks = _scale({word for word in seen.values() if len(word) == 1 or word.isdigit()})
    found: dict[str, str] = {}
    for value, word in seen.items():
        level = _MEANINGS.get(_TAIL.sub("", word)) or ("" if is_ranking else marks.get(word))
        if level:
            found[value] = level
    return found


def _scale(marks: set[str]) -> Mapping[str, str]:
    """The scale that a field's single letters and digits are of; empty where they are of none, or of two."""
    for scale, meanings in _MARKS.items():
        if marks and marks <= set(scale):
            return meanings
    return {}
