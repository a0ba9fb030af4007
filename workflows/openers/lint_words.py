"""The words that an opener must not use in each language, and what one sentence holds that could be invented; pure."""

import re
import tomllib
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from importlib import resources

from workflows.openers.language import WORD, load_language

# What is never said, by the rule that it breaks; of the others it depends on the account.
RULES = ("generic", "guilt", "pressure", "health", "fair_housing")
_LINK = re.compile(
    r"(?:https?://|www\.)[^\s<>\"')]+|\b(?:[\w-]+\.)+(?:com|net|org|io|co|ly|me|de|fr|es|it|pt|nl|eu|app|link|gl|gd|biz|info|us|uk|example)"
    r"(?:/[^\s<>\"')]*)?(?![\w@])",
    re.IGNORECASE,
)
_SHORTENER = re.compile(
    r"(?<![\w.-])(?:bit\.ly|tinyurl\.com|t\.co|goo\.gl|ow\.ly|is\.gd|buff\.ly|rebrand\.ly|cutt\.ly|shorturl\.at|rb\.gy|t\.ly"
    r"|tiny\.cc|bl\.ink|lnkd\.in|s\.id|v\.gd|qr\.ae|adf\.ly|short\.io|soo\.gd|clck\.ru|wp\.me|trib\.al|dlvr\.it)(?![\w-])",
    re.IGNORECASE,
)
_ADDRESS = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_NUMBER = re.compile(r"\d+(?:[.,:/]\d+)*")
_SLOT_LEFT = re.compile(
    r"[{}]|\[\[|\]\]|\[[A-Za-z_ /]{2,}\]|<[A-Za-z_/][^>]*>|%[A-Za-z_]{2,}%|\$[A-Za-z_]+"
    r"|\b(?:None|null|undefined|NaN|TODO|XXX)\b|\b(?i:lorem ipsum)|_{3,}"
)
# A slot that was filled with nothing leaves its traces.
_GAP = re.compile(r"[^\S\n]{2,}|\w[^\S\n]+[,.](?:\s|$)|\(\s*\)|,\s*[,.!?]|^\s*[,.;:]")
_SENTENCE_ENDS = (". ", "? ", "! ", "… ")
_OPENS = "\"'“”„«»¿¡([-–—•*:, "


@dataclass(frozen=True)
class Words:
    """One language's words."""

    code: str
    rules: dict[str, re.Pattern[str]]
    times: re.Pattern[str]
    claims: re.Pattern[str]
    opt_out: re.Pattern[str]
    dates: frozenset[str]
    capitals: frozenset[str]
    usual: frozenset[str]

    @cached_property
    def plain(self) -> frozenset[str]:
        """The words that a text may be made of which nobody has checked: ours, and plain ones; no month, no day."""
        return self.usual - self.dates

    def speaks_badly(self, sentence: str) -> bool:
        """Whether a sentence says what is never said, or claims something."""
        low = folded(sentence)
        patterns = (*self.rules.values(), self.times, self.claims)
        return any(pattern.search(low) for pattern in patterns)

    def names(self, business: str, text: str) -> bool:
        """Whether a text says who writes, also where it is written without accents."""
        return business in text or folded(business) in folded(text)


@dataclass(frozen=True, slots=True)
class Analysis:
    """What one sentence holds: rules that it breaks, and what has to be a fact."""

    rules: frozenset[str]
    numbers: frozenset[str]
    dates: frozenset[str]
    names: frozenset[str]
    times: frozenset[str]
    claims: frozenset[str]
    links: frozenset[str]
    addresses: frozenset[str]

    @property
    def is_plain(self) -> bool:
        """Nothing to ask about."""
        return self is _PLAIN


_PLAIN = Analysis(*[frozenset[str]()] * 8)


def sentences(text: str) -> list[str]:
    """A text in pieces that are looked at one by one; most are the same for many people."""
    for end in _SENTENCE_ENDS:
        text = text.replace(end, end[0] + "\n")
    return [piece for piece in text.split("\n") if piece]


def says_how_to_stop(text: str, code: str) -> bool:
    """Whether a text has opt-out words; they stand at its end mostly."""
    lines = reversed(text.split("\n"))
    return any(_opts_out(sentence, code) for line in lines for sentence in sentences(line))


@lru_cache(maxsize=1 << 15)
def _opts_out(sentence: str, code: str) -> bool:
    return load_words(code).opt_out.search(sentence) is not None


@lru_cache(maxsize=1 << 15)
def analyse(sentence: str, code: str, business: str) -> Analysis:
    """What a sentence holds, the business's own name aside, which may say what it likes."""
    words = load_words(code)
    addresses = frozenset(a.casefold() for a in _ADDRESS.findall(sentence))
    rest = _ADDRESS.sub(" ", sentence)
    links = links_in(rest)
    rules = {"shortener"} if _SHORTENER.search(rest) else set()
    if _SLOT_LEFT.search(sentence) or _GAP.search(sentence):
        rules.add("empty_slot")
    rest = _LINK.sub(" ", rest)
    if business:
        rest = rest.replace(business, " § ")
    low = folded(rest)
    rules |= {rule for rule, pattern in words.rules.items() if pattern.search(low)}
    found = Analysis(
        frozenset(rules),
        frozenset(_NUMBER.findall(rest)),
        frozenset(_dates(rest, words)),
        frozenset(_names(rest, words)),
        frozenset(found[0] for found in words.times.finditer(low)),
        frozenset(found[0] for found in words.claims.finditer(low)),
        links,
        addresses,
    )
    return _PLAIN if found == _PLAIN else found


@lru_cache(maxsize=1 << 14)
def links_in(text: str) -> frozenset[str]:
    """Addresses of pages, as they are written, without what ends a sentence."""
    found = _LINK.findall(_ADDRESS.sub(" ", text))
    return frozenset(link.rstrip(".,;:!?").casefold() for link in found)


@lru_cache(maxsize=1 << 14)
def numbers_in(text: str) -> frozenset[str]:
    return frozenset(_NUMBER.findall(text))


@lru_cache(maxsize=1 << 14)
def words_in(text: str) -> frozenset[str]:
    """The words of a text, in small letters, and each part of those with an apostrophe."""
    words = [w.casefold().replace("’", "'") for w in WORD.findall(text)]  # noqa: RUF001
    return frozenset([*words, *(part for w in words for part in w.split("'"))])


@lru_cache(maxsize=1 << 15)
def folded(text: str) -> str:
    """Small letters without accents, plain apostrophes and single spaces."""
    plain = unicodedata.normalize("NFD", text.casefold())
    bare = "".join(c for c in plain if not unicodedata.combining(c))
    return " ".join(bare.replace("’", "'").replace("ʼ", "'").split())  # noqa: RUF001


def _dates(text: str, words: Words) -> Iterable[str]:
    """Names of months and weekdays; in English those with a capital alone, and not what begins a sentence as "May"."""
    for found in WORD.finditer(text):
        word, low = found[0], found[0].casefold()
        if low not in words.dates:
            continue
        is_ambiguous = low in {"may", "march", "mars"} and words.code in {"en", "fr"}
        if words.code == "en" and (word[0].islower() or (is_ambiguous and not found.start())):
            continue
        yield low


def _names(text: str, words: Words) -> Iterable[str]:
    """Words with a capital that are neither the first of their sentence nor a word of the language."""
    for found in WORD.finditer(text):
        word = found[0]
        before = text[: found.start()]
        if word[0].islower() or not before.strip(_OPENS):
            continue
        if before.rstrip(" \"'“„«¿¡(").endswith((".", "!", "?", ":", "…", "\n")):
            continue
        low = word.casefold().replace("’", "'")  # noqa: RUF001
        if low in words.dates or low in words.capitals:
            continue
        if words.code == "de" and any(bare in words.capitals for bare in _without_ending(low)):
            continue
        tall = [part for part in word.replace("’", "'").split("'") if part[:1].isupper()]  # noqa: RUF001
        if all(part.casefold() in words.capitals for part in tall):
            continue
        yield low


def _without_ending(word: str) -> Iterable[str]:
    """A German noun without what its case adds."""
    return (word.removesuffix(ending) for ending in ("n", "en", "e", "s", "es", "er"))


@cache
def load_words(code: str) -> Words:
    source = resources.files("workflows.openers") / "words" / f"{code}.toml"
    read = tomllib.loads(source.read_text(encoding="utf-8"))
    language = load_language(code)
    usual = {word.casefold().replace("’", "'") for word in language.vocabulary}  # noqa: RUF001
    parts = {part for word in usual for part in word.split("'")}
    return Words(
        code,
        {rule: _pattern(read[rule]) for rule in RULES},
        _pattern(read["times"]),
        _pattern(read["claims"]),
        re.compile("|".join(read["opt_out"]), re.IGNORECASE),
        frozenset(word.casefold() for word in (*language.months, *language.weekdays)),
        frozenset({*usual, *parts, *read["capitals"].casefold().split()}),
        frozenset({*usual, *parts, *read.get("plain", "").casefold().split()}),
    )


def _expression(entry: str) -> str:
    is_stem = entry.endswith("*") and not entry.endswith("\\w*")
    return f"{folded(entry[:-1])}\\w*" if is_stem else folded(entry)


def _pattern(entries: Iterable[str]) -> re.Pattern[str]:
    """One pattern of all; an entry that ends with * stands for every word that begins so."""
    said = [_expression(entry) for entry in entries]
    return re.compile(rf"(?<!\w)(?:{'|'.join(said)})(?!\w)") if said else re.compile(r"(?!)")
