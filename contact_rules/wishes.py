"""What somebody wrote, or staff noted of them, about being contacted: twelve kinds of wish; pure (D2, D8).

It is read in seven languages. Nobody who said any of it may be approached: where a text is in doubt it is read as a
wish, which an admin may lift.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from contact_rules.marked_words import (
    Language,
    Meant,
    Sentence,
    bare,
    likely,
    sentences_of,
)
from contact_rules.plain_text import plain
from contact_rules.wish_weights import features_of, score
from core.by_digest import by_digest


class Wish(StrEnum):
    """What a text says of being contacted, as the activity that it came with keeps it."""

    OPTED_OUT = "opted_out"  # no more messages, such as the one it answers
    LEFT_ALONE = "left_alone"
    LEGAL = "legal"
    DECEASED = "deceased"
    DYING = "dying"
    MINOR = "minor"
    MOVED_AWAY = "moved_away"
    WRONG_PERSON = "wrong_person"  # of the address that it came by
    HARASSMENT = "harassment"
    BY_RELATIVE = "by_relative"
    ERASE = "erase"
    OUTSIDER = "outsider"  # of the business itself, or of a competitor
    OPTED_IN = "opted_in"  # what it came by may be used again


OPTED_OUT, OPTED_IN, LEFT_ALONE = Wish.OPTED_OUT, Wish.OPTED_IN, Wish.LEFT_ALONE
WISHES = tuple(Wish)
# No wish in words: the outcome of a message that was sent and whose reader reported it as spam.
COMPLAINED = "complained"
_CIRCUMSTANCES = frozenset(
    {
        *(Wish.LEGAL, Wish.DECEASED, Wish.DYING, Wish.MINOR, Wish.MOVED_AWAY),
        *(Wish.WRONG_PERSON, Wish.OUTSIDER),
    }
)
# What people read of each; rules name them by these words.
SAYS: Mapping[Wish, str] = MappingProxyType(
    {
        Wish.OPTED_OUT: "Asked for no more messages",
        Wish.LEFT_ALONE: "Asked not to be contacted",
        Wish.LEGAL: "A lawyer or a legal step was mentioned",
        Wish.DECEASED: "Has died",
        Wish.DYING: "Is seriously ill",
        Wish.MINOR: "Is a minor",
        Wish.MOVED_AWAY: "Moved away",
        Wish.WRONG_PERSON: "Wrong number or person",
        Wish.HARASSMENT: "Complained of being harassed or of spam",
        Wish.BY_RELATIVE: "A relative asked for no more contact",
        Wish.ERASE: "Asked for their data to be deleted",
        Wish.OUTSIDER: "Belongs to the business itself or to a competitor",
        Wish.OPTED_IN: "Wants messages again",
    }
)
# The column of a person that a wish fills, by the kind of activity it came with; the last of each counts.
EVERYTHING, OF_EMAIL, OF_TEXTS = "do_not_contact", "email_opt_out", "sms_opt_out"
# The rule that forbids contacting who said it: their own word, or what is so of them.
RULES: Mapping[Wish, str] = MappingProxyType(
    {wish: "D8" if wish in _CIRCUMSTANCES else "D2" for wish in Wish if wish is not Wish.OPTED_IN}
)
# These are said of the channel that they came by: only what is said there later takes them back.
OF_ITS_CHANNEL = (Wish.OPTED_OUT, Wish.WRONG_PERSON, Wish.OPTED_IN)

# A whole message of one of these is what carriers and CRMs act on; of an e-mail too, but for words of every day.
_STOP_WORDS = frozenset(
    (
        *("stop", "stopall", "stop all", "unsubscribe", "unsub", "revoke", "opt out", "optout", "opt-out"),
        *("stopp", "abmelden", "abbestellen", "arret", "arreter", "desabonner", "stop sms", "baja"),
        *("parar", "detener", "sair", "cancelar", "fermare", "disiscrivimi", "uitschrijven", "afmelden"),
        *("remove me", "stop it", "stop texting", "stop please", "please stop", "stop messages", "stp"),
        *("alto", "pare", "parem", "basta", "chega", "ferma", "arretez", "arrete", "schluss", "aufhoren"),
        *("stoppen", "cancella", "annulla", "cancelamento", "austragen", "desinscription", "ophouden"),
        *("descadastrar", "cancellami", "salir", "cancelar suscripcion", "genug", "genoeg", "assez"),
    )
)  # fmt: skip
_STOP_WORDS_OF_TEXTS = frozenset({"cancel", "end", "quit", "remove", "no more", "fin", "ende", "fine"})  # fmt: skip
_START_WORDS = frozenset({"start", "unstop", "resume", "subscribe", "opt in", "optin", "opt-in"})
# What is looked for first counts, where a text says several.
_ORDER = (
    *(Wish.DECEASED, Wish.DYING, Wish.LEGAL, Wish.ERASE, Wish.MINOR, Wish.HARASSMENT),
    *(Wish.WRONG_PERSON, Wish.OUTSIDER, Wish.MOVED_AWAY, Wish.BY_RELATIVE, Wish.LEFT_ALONE),
    Wish.OPTED_OUT,
)
# Said beside a question about an appointment, a price or the way, these are told of others.
_BESIDE = frozenset(
    {
        *(Wish.DECEASED, Wish.DYING, Wish.LEGAL, Wish.MINOR, Wish.MOVED_AWAY, Wish.WRONG_PERSON),
        *(Wish.OUTSIDER, Wish.HARASSMENT, Wish.BY_RELATIVE),
    }
)
# What is so of somebody whose lost reason says it: others tell there of the business's own attempts, or of a rival.
_OF_REASONS = frozenset(
    {Wish.LEGAL, Wish.DECEASED, Wish.DYING, Wish.MINOR, Wish.HARASSMENT, Wish.ERASE}
)
# A question of these is none about being left alone.
_NOT_ASKED = frozenset(
    {Wish.OPTED_OUT, Wish.ERASE, Wish.OUTSIDER, Wish.MOVED_AWAY, Wish.MINOR, Wish.LEGAL}
)
# What staff chose or named in a few words, a tag or a list: too little to be weighed.
MARK = "mark"
# A form tells its name along with what was filled in, and whoever fills one in mostly wants an answer.
_ONLY_MATCHED = (MARK, "form")
# Longer texts tell of too much to be weighed as a whole: of them patterns alone are asked.
_SHORT = 40
# What a pattern is worth beside the weights, and how much is enough for a wish: set by texts that neither had seen.
WORTH, ENOUGH = 2.3, -0.6
_LONGEST = 2_000  # who wants to be left alone says so soon


@dataclass(frozen=True, slots=True)
class Found:
    """A wish, and the words that say it."""

    wish: Wish
    words: str


# Where a message came by no channel of its own, staff wrote it down or it was filled in: that closes everything.
_NOTED = frozenset({"note", "ticket", "form", "meeting", "feedback", "field"})


def column_of(wish: str, kind: str) -> str:
    """The column that a wish is about, of which the last counts; who wants no calls is not to be texted either."""
    if wish not in OF_ITS_CHANNEL or (wish == Wish.OPTED_OUT and kind in _NOTED):
        return EVERYTHING
    return OF_EMAIL if kind == "email" else OF_TEXTS


def closed_by(wish: str, kind: str) -> frozenset[str]:
    """The columns that a wish closes: who wants no more messages of one kind is sent none of another (D2)."""
    about = column_of(wish, kind)
    return frozenset({about, EVERYTHING} if wish == Wish.OPTED_OUT else {about})


@by_digest(1 << 15)
def find_wish(text: str, *, kind: str) -> Wish | None:
    """What a text says about being contacted, or None.

    `kind` is the activity's: a lone "cancel" ends texts, and in an e-mail it may be about an appointment.
    """
    found = explain_wish(text, kind=kind)
    return None if found is None else found.wish


def find_in_reason(text: str) -> Wish | None:
    """What a lost reason, or a field with an interest, says of being contacted."""
    wish = find_wish(text, kind=MARK)
    return wish if wish in _OF_REASONS else None


def explain_wish(text: str, *, kind: str) -> Found | None:
    """The wish that a text says, with the words by which it does."""
    said = plain(text[:_LONGEST])
    whole = " ".join(re.sub(r"[^\w\s'-]", " ", bare(said)).split())
    if whole in _STOP_WORDS or (kind != "email" and whole in _STOP_WORDS_OF_TEXTS):
        return Found(Wish.OPTED_OUT, whole)
    if whole in _START_WORDS:
        return Found(Wish.OPTED_IN, whole)
    if whole in _STOP_WORDS_OF_TEXTS:
        return None
    sentences = sentences_of(said)
    found, told = by_patterns(sentences)
    is_short = sum(len(sentence.words) for sentence in sentences) <= _SHORT
    if not sentences or not is_short or kind in _ONLY_MATCHED:
        return found
    if score(features_of(sentences, told)) + (WORTH if found else 0) <= ENOUGH:
        return None
    return found or Found(Wish.LEFT_ALONE, whole)


def by_patterns(
    sentences: Sequence[Sentence],
) -> tuple[Found | None, list[tuple[Language, list[str]]]]:
    """The wish that a pattern tells, and the sentences as marked words by each likely language."""
    found: Found | None = None
    told = []
    for language in likely(sentences):
        meant = [language.meant(sentence) for sentence in sentences]
        told.append((language, [one.marked for one in meant]))
        found = found or _said_in(language, sentences, meant)
    return found, told


def _said_in(
    language: Language, sentences: Sequence[Sentence], meant: Sequence[Meant]
) -> Found | None:
    """The most telling wish among the sentences, read as of one language."""
    found: dict[Wish, str] = {}
    named = set[str]()
    for sentence, one in zip(sentences, meant, strict=True):
        named |= one.present
        for wish in _ORDER:
            if wish not in found and (words := _met(language, wish, one, sentence)):
                found[wish] = words
    if language.letters["deal"] in named and any(sentence.asks for sentence in sentences):
        # Who asks for an appointment tells of a death or a move beside it.
        found = {wish: words for wish, words in found.items() if wish not in _BESIDE}
    for wish in _ORDER:
        if wish in found:
            is_for_another = wish in (Wish.LEFT_ALONE, Wish.OPTED_OUT)
            if is_for_another and language.letters["kin"] in named:
                return Found(Wish.BY_RELATIVE, found[wish])
            return Found(wish, found[wish])
    return None


def _met(language: Language, wish: Wish, meant: Meant, sentence: Sentence) -> str | None:
    """The words of a sentence that say a wish; what is mild says it without a condition or a question alone."""
    first = sentence.words[0]
    if sentence.asks and wish in _NOT_ASKED and first in language.asking:
        return None
    mildly: tuple[str, ...] = ()
    if not (
        language.letters["time"] in meant.present
        or (sentence.asks and first not in language.polite)
    ):
        mildly = (f"{wish}_mildly",)
    for name in (wish.value, *mildly):
        for pattern in language.patterns.get(name, ()):
            if pattern in meant.possible and (hit := pattern.regex.search(meant.marked)):
                return " ".join(part.split("/")[0] for part in hit[0].split())
    return None
