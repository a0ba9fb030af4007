"""What people write when they go quiet, in English: phrases, the reason each speaks for, and how strongly.

A weight is the confidence that a phrase gives alone; those below a half count only together with others.
How a phrase is written: `a|b` is one of them, `[a|b]` may be left out, `?` is any word or none and `??` up to
three, `_` is a space within one alternative, `*` is the rest of a word, `<a|b` means that none of them stands
before, `!` that what is written after it does not follow, and words in capitals are the lists below.
"""

import re
from dataclasses import dataclass

from contact_rules.reasons import BUDGET_OR_TIMING, COMPETITOR, DISTRACTION, MOVED, SERVICE_ISSUE

# A list is one set of alternatives, or several phrases of which any will do.
_LISTS: dict[str, tuple[str, ...]] = {
    "PROVIDER": (
        "provider*|compan*|vendor*|supplier*|practice|clinic|office|dentist|doctor|specialist|audiologist|agency|firm",
        "contractor*|installer|shop|store|dealer|place|studio|gym|salon|spa|trainer|coach|agent|broker|realtor|team",
        "consultant|solution|product|platform|tool|system|brand|option|service|business|lender|program",
    ),
    "ELSEWHERE": (
        "another|a_different|some_other|a_competing|a_rival|other ?? PROVIDER",
        "someone_else|somebody_else",
        "a|the|your|our|their|one_of_your|one_of_our|one_of_the competitor|competitors|competition|rival",
    ),
    "MY": ("my|our|his|her|their|the",),
    "ME": ("me|us|him|her|them",),
    "IS": ("is|are|was|were|got|seem*|felt|feels|came_in|comes_in",),
    "NOT": (
        "not|isn't|don't|doesn't|does_not|didn't|did_not|won't|will_not|wouldn't|no_longer|never",
    ),
    "PLACE": ("city|state|town|country|county|area|region|part_of",),
    "MOVE": ("move|moved|moving|relocate|relocated|relocating",),
    "LATER": (
        "next year|quarter|spring|summer|fall|autumn|winter",
        "in_the_new_year|later_this_year|after_the_holidays|after_the_new_year",
        "in a_few|several|six|three months",
    ),
}

PHRASES: dict[str, tuple[tuple[float, str], ...]] = {
    COMPETITOR: (
        (0.85, "go|goes|going|went|gone [over|ahead] with|to|for ELSEWHERE"),
        (0.85, "switch*|sign*|contract*|chang*|mov*|commit* [up|on|over] with|to ELSEWHERE"),
        (0.8, "chose|choose|chosen|picked|selected|hired|hiring|found ELSEWHERE"),
        (0.8, "bought|buying|purchased|ordered [it|them|one] from|at|through ELSEWHERE"),
        (0.8, "lost [it|them|him|her] to ELSEWHERE"),
        (0.75, "go|going|went|gone|bought|buying|purchased|shopping|found|got|take|taken|took|taking ?? elsewhere"),
        (0.75, "accept* another|a_different|their|a_competing|the_other offer|quote|bid|proposal|estimate"),
        (0.7, "happy|satisfied|staying|sticking|set with MY current|existing|present|new ? PROVIDER"),
        (0.65, "using|use|uses|have|has|got|see|seeing|working_with ELSEWHERE"),
        (0.65, "better|cheaper|lower deal|offer|quote|price|bid|rate from|at|through|elsewhere"),
        (0.6, "lost to CAPITAL"),
        (0.35, "competitor*"),
    ),
    BUDGET_OR_TIMING: (
        (0.8, "out of MY price_range|budget|reach"),
        (0.8, "cannot|can_not|can't|cant|couldn't|could_not|unable_to|not_able_to ? afford"),
        (0.75, "too|so|very|pretty|quite|bit|little expensive|pricey|costly"),
        (0.75, "over|beyond|above|exceeds|outside [of] [my|our|their|the] budget"),
        (0.75, "budget|budgets [IS|has_been|have_been] ? cut|cuts|frozen|freeze|slashed|gone|tight|exhausted|reduced"),
        (0.75, "budget|budgets constraint*|issue*|problem*|reason*|concern*|limitation*|restriction*"),
        (0.75, "hiring|spending freeze"),
        (0.75, "price*|cost*|fee*|quote*|rate*|estimate|it IS ? too high|much|steep"),
        (0.7, "costs|cost|costing ? too much"),
        (0.7, "price [was|is] [the|a|an] objection|obstacle|problem|issue"),
        (0.7, "sticker shock"),
        (
            0.7,
            ("no|not_enough|don't_have|do_not_have|doesn't_have|didn't_have|did_not_have|lack_of "
            "[the|any|a|enough|much|more] budget|funds|funding|money !issue*|problem*|concern*|constraint*|worr*"),
        ),
        (0.7, "cannot|can't|cant|couldn't ? justify ?? cost|costs|expense|price|spend|spending"),
        (0.7, "bad|wrong|poor|not_the_right|not_a_good|not_a_great|isn't_a_good|isn't_the_right time|timing|moment"),
        (0.7, "time|timing isn't|wasn't|is_not|was_not ? right|good|great|ideal"),
        (0.65, "money|finances|funds|cash is|are|was|were ? tight"),
        (0.65, "financial|financially reason*|situation|difficult*|hardship|trouble|constraint*|strain"),
        (0.65, "not|isn't|wasn't|no_longer ?? priority"),
        (0.65, "other|competing|different|bigger priorities"),
        (0.65, "wait|waiting for|on|until ?? approval|funding|bonus|tax_refund|budget|paycheck|financing"),
        (0.65, "insurance|medicare|medicaid|coverage NOT ? cover|pay"),
        (0.65, "not|isn't|aren't|wasn't covered by ?? insurance|plan|medicare|medicaid"),
        (0.6, "<me|us on hold|the_back_burner !for ?? minutes|hour|hours"),
        (0.6, "postpon* [the|this|our|my] project|decision|purchase|plan*|it|this|everything|things"),
        (0.6, "lost|losing my|our|his|her|their job|income"),
        (0.6, "laid_off|out_of_work|furloughed"),
        (0.55, "revisit|check_back|circle_back|reach_out|get_back|call|contact|try|come_back|wait|look_at ?? ? LATER"),
        (0.55, "hold|holding|held off"),
        (0.55, "family|medical|health|personal emergency|crisis"),
        (0.55, "in_the_hospital|hospitalized|hospitalised|going_through_a_divorce|death_in_the_family"),
        (0.35, "budget|afford|expensive|pricing"),
    ),
    SERVICE_ISSUE: (
        (0.75, "terrible|poor|bad|awful|horrible|disappointing|worst ? service|experience|support|treatment"),
        (0.75, "terrible|poor|bad|awful|horrible|disappointing|unprofessional ? communication|workmanship|quality"),
        (0.75, "want*|demand*|ask*|request* [for] [a|my|our|his|her|their|the] [full] refund|money_back"),
        (0.7, "unhappy|dissatisfied|disappointed|frustrated|upset|angry|furious|fed_up with|about|by|at|that"),
        (0.7, "not ? happy|satisfied|pleased|impressed with|about|by|at"),
        (0.7, "isn't|wasn't|aren't|weren't ? happy|satisfied|pleased|impressed"),
        (0.7, "overcharged|over_charged|double_charged|double_billed|billed_twice|charged_twice"),
        (0.7, "billing error|mistake|dispute"),
        (0.7, "lost [all] trust|confidence|faith"),
        (0.7, "won't|will_not|never [be] coming_back|come_back|return|returning"),
        (0.65, "nobody|no_one|never|didn't|did_not [ever] call|called|got|get|came|come [ME] back"),
        (0.65, "nobody|no_one|never|didn't|did_not [ever] return|returned ? calls|emails|messages"),
        (0.65, "never|not|isn't|doesn't|didn't|don't ? work|works|worked|working|fit|fits ? properly|right|correctly"),
        (0.65, "botched|messed_up|screwed_up|ruined|dropped_the_ball|unacceptable|waste_of_time|waste_of_money"),
        (0.65, "let me|us|him|her|them down"),
        (0.65, "bad|negative|one-star|1-star review"),
        (0.6, "complain*"),
        (0.6, "was|were|is|are|very|so|extremely|staff|receptionist rude"),
        (0.6, "kept ME waiting"),
        (0.35, "refund|unhappy|dissatisfied|disappointed|unprofessional|rude"),
    ),
    DISTRACTION: (
        (0.7, "too|so|very|really|super|crazy|extremely|quite|been|got|gotten ? busy !practice|clinic|office|shop"),
        (0.7, "slipped|slips MY mind"),
        (0.7, "life|things got|gets|gotten|came in_the_way"),
        (0.7, "got|gotten|been|was|were ? caught_up|sidetracked|side-tracked|distracted"),
        (0.7, "meaning to call|get|reach|reply|respond|book|schedule|come|write|set"),
        (0.7, "a_lot|so_much|too_much|a_ton going_on|on_my_plate|on_our_plate|on_her_plate"),
        (0.7, "things are|have_been|got|were ? crazy|hectic"),
        (0.65, "swamped|slammed|snowed_under|tied_up|overwhelmed_with|buried_in_work|buried_at_work"),
        (0.65, "forgot|forgotten|forgetting ![my|our|his|her|their|the] password|login|wallet|keys|glasses"),
        (
            0.65,
            ("haven't|have_not|hasn't|has_not|didn't|did_not|don't|never ? had|have|got|gotten|get|find|found "
            "[the|any|a|enough] time|chance|moment|around|round"),
        ),
        (0.6, "fell|fallen|slipped|slip through the cracks"),
        (0.6, "lost_track"),
        (0.45, "sorry for|about [the|my|our] late|delayed|slow|long reply|response|silence|delay"),
        (0.45, "new_baby|newborn|just_had_a_baby|planning_a_wedding|traveling_a_lot|travelling_a_lot"),
    ),
    MOVED: (
        (0.8, "MOVE ?? away|abroad|overseas"),
        (0.8, "MOVE ?? out_of [the] PLACE"),
        (0.8, "MOVE ?? to another|a_different|a_new PLACE"),
        (0.75, "moved|moving|relocated|relocating [back|down|up|out] to CAPITAL"),
        (0.75, "no_longer ? need*|require*|in_the_market|relevant|applicable|necessary"),
        (0.7, "don't|do_not|doesn't|does_not|won't ? need*|require* ?? anymore|any_more|any_longer"),
        (0.65, "relocated|relocating"),
        (0.65, "too_far away|from_me|from_us|to_drive|to_travel|to_come"),
        (0.65, "need|needs|requirements|situation|circumstances|plans [have|has] changed"),
        (0.65, "sold|selling MY house|home|business|practice|company|car|boat"),
        (0.65, "left the company|firm|organization|organisation"),
        (0.65, "no_longer work*|employed|with_the_company"),
        (0.6, "closed|closing|shut|shutting [down] MY business|practice|company|shop|doors"),
        (0.6, "went|gone|going out of business"),
        (0.6, "project|plan|order|idea [was|is|has_been|got] canceled|cancelled|scrapped|dropped|abandoned"),
        (0.6, "do*|handl*|built|build*|brought|took|taking|solved [it|this|that] in-house|ourselves|internally"),
        (
            0.6,
            ("we|i|they|he|she|we've|i've|they've|family|client|patient|customer|homeowner|tenant [have|has|are|is|am] "
            "[just|recently|since|already|now] moved|moving "
            "!forward|ahead|on|up|MY|this|it|to|into|from|with|quickly|fast|everything|things|between"),
        ),
    ),
}  # fmt: skip

# A name: a word with a capital letter that is no day or month.
_CAPITAL = (
    r"(?!(?-i:(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day|January|February|March|April|May|June|July|August|"
    r"September|October|November|December|Q[1-4]|Stage|I)\b)(?-i:[A-Z])[\w'-]+"
)
_BEGIN, _END = r"(?<![\w'])", r"(?![\w'])"
_WORD = r"[\w'$%-]+"


@dataclass(frozen=True, slots=True)
class Phrase:
    """One phrase, ready to search; a text without a word of each of `needs` cannot hold it."""

    reason: str
    weight: float
    pattern: re.Pattern[str]
    needs: tuple[frozenset[str], ...]


def compiled() -> tuple[Phrase, ...]:
    """Every phrase, ready to search."""
    return tuple(
        Phrase(reason, weight, re.compile(pattern_of(phrase), re.IGNORECASE), needs_of(phrase))
        for reason, phrases in PHRASES.items()
        for weight, phrase in phrases
    )


def words_of(text: str) -> frozenset[str]:
    """The words of a text, as `needs` has them."""
    return frozenset(re.findall(_WORD, text.lower()))


def pattern_of(phrase: str) -> str:
    """A phrase as a regular expression over plain text with single spaces."""
    before, wanted, forbidden = _parts(phrase)
    behind = "".join(f"(?<!{word} )" for word in before.split("|") if word)
    after = f"(?! {_sequence(forbidden)}{_END})" if forbidden else ""
    return _BEGIN + behind + _sequence(wanted) + _END + after


def needs_of(phrase: str) -> tuple[frozenset[str], ...]:
    """For each part of a phrase that must be there, the words it may begin with, where they are known."""
    _, wanted, _ = _parts(phrase)
    found = [_first_words(p) for p in wanted.split() if not p.startswith(("?", "["))]
    return tuple(words for words in found if words)


def _parts(phrase: str) -> tuple[str, str, str]:
    """(what must not stand before, the phrase itself, what must not follow)."""
    wanted, _, forbidden = phrase.partition(" !")
    if not wanted.startswith("<"):
        return "", wanted, forbidden
    before, _, wanted = wanted[1:].partition(" ")
    return before, wanted, forbidden


def _first_words(part: str) -> frozenset[str]:
    """Empty where a part may begin with words that are not listed."""
    found: set[str] = set()
    for word in part.split("|"):
        begins = [p.split()[0] for p in _LISTS[word]] if word in _LISTS else []
        listed = [w for p in begins for w in p.split("|")] if begins else [word]
        if any(w == "CAPITAL" or "*" in w.split("_")[0] for w in listed):
            return frozenset()
        found.update(w.split("_")[0] for w in listed)
    return frozenset(found)


def _sequence(phrase: str) -> str:
    parts = phrase.split()
    return "".join(_part(p, is_last=n == len(parts)) for n, p in enumerate(parts, start=1))


def _part(part: str, *, is_last: bool) -> str:
    if part in {"?", "??"}:
        return f"(?:{_WORD} ){{0,{1 if part == '?' else 3}}}?"
    if part.startswith("["):
        return f"(?:{_alternatives(part[1:-1])} )?"
    return _alternatives(part) + ("" if is_last else " ")


def _alternatives(part: str) -> str:
    return "(?:" + "|".join(_word(word) for word in part.split("|")) + ")"


def _word(word: str) -> str:
    if word == "CAPITAL":
        return _CAPITAL
    if word in _LISTS:
        return "|".join(_sequence(phrase) for phrase in _LISTS[word])
    return re.escape(word).replace("_", " ").replace(r"\*", r"\w*")


def words_of_phrases() -> frozenset[str]:
    """Every word that a phrase may hold, so that none of them is taken for a name."""
    texts = [p for phrases in PHRASES.values() for _, p in phrases]
    texts += [p for listed in _LISTS.values() for p in listed]
    return frozenset(word for text in texts for word in re.findall(r"[a-z'-]+", text))
