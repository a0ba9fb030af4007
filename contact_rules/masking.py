"""Takes out of a text what could tell who it is about: addresses, numbers, links and names; pure."""

import re
from collections.abc import Iterable

from contact_rules.phrases import words_of_phrases

MOST_CHARACTERS = 1_000

_ADDRESS = re.compile(r"[\w.+-]+(?:@|\s?\(at\)\s?|%40)[\w-]+(?:\.[\w-]+)+", re.IGNORECASE)
_LINK = re.compile(r"\b(?:https?://|www\.)\S+", re.IGNORECASE)
# Telephone numbers, dates, accounts and prices alike: no reason depends on a number.
_NUMBER = re.compile(r"\+?\(?\d[\d\s().,/:-]*\d|\d")
_TITLED = re.compile(r"\b(?:Dr|Mr|Mrs|Ms|Miss|Prof)\.?\s+\w[\w'-]*(?:\s+[A-Z][\w'-]*)?")
_WORD = re.compile(r"(?<![\w'])[^\W\d_][\w'-]*")

# Words that may stand with a capital letter without being anybody's name, besides those of the phrases.
_BEGINNINGS = """
a about after again all also although an and any anyway appointment are as asked at back bad because been before
best billing both busy but by call called can cancelled client come could customer day dear decided did do does
done due each email even every family first follow for from get getting go going good got great had happy has have
he hello her here hey hi his hold home how however i i'd i'll i'm i've if in insurance is it it's its just kept
kind last later left let like looking lost made maybe me might money more most moved my need needs never new next
nice no nobody not note now of ok okay on once one only or our out over patient people please possibly price project
prospect quite re really reason regards said says see sent she should since so some somebody someone sorry spoke
still talked thank thanks that that's the their them then there there's they they'd they're they've things this
those though thus time timing to today tomorrow too tried two unfortunately unhappy until up very voice voicemail
waiting want wanted wants was we we'd we'll we're we've well went were what when where which while who why wife
with without would wrong yes yesterday yet you you're your
"""
_NAMES_AS_WELL = frozenset({"will", "may", "faith"})
_COMMON = (frozenset(_BEGINNINGS.split()) | words_of_phrases()) - _NAMES_AS_WELL


def mask(text: str, names: Iterable[str] = ()) -> str:
    """The text without addresses, numbers, links and names, cut to what may be sent at most.

    `names` are those that are known; besides, every word with a capital letter that is no common one
    is taken for a name, so that too much is masked rather than too little.
    """
    masked = _ADDRESS.sub("[address]", text)
    masked = _LINK.sub("[link]", masked)
    masked = _known(names, masked)
    masked = _TITLED.sub("[name]", masked)
    masked = _NUMBER.sub("[number]", masked)
    masked = _WORD.sub(_unless_common, masked)
    return masked[:MOST_CHARACTERS]


def _known(names: Iterable[str], text: str) -> str:
    parts = {part for name in names for part in re.split(r"[\s,.]+", name) if len(part) > 1}
    if not parts:
        return text
    longest_first = sorted(parts, key=len, reverse=True)
    pattern = "|".join(re.escape(part) for part in longest_first)
    return re.sub(rf"(?<!\w)(?:{pattern})(?:'s)?(?!\w)", "[name]", text, flags=re.IGNORECASE)


def _unless_common(found: re.Match[str]) -> str:
    word = found[0]
    is_name = word[0].isupper() and word.lower().removesuffix("'s") not in _COMMON
    return "[name]" if is_name else word
