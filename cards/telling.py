"""The card of a contact: chance beside chance without us, the sentence, actions, then the evidence."""

from collections.abc import Mapping
from typing import Any

from cards import rows, words
from cards.actions import actions_of, undo_of
from cards.card import Card, Ring, words_of
from cards.contributions import moved_by
from cards.facts import Facts
from cards.sentences import SAYS, meaning_told
from cards.states import State, state_of
from cards.words import _
from contact_rules.meanings import Meaning
from core.wording import gettext

# In the other states the card is about something else than the chance of an answer.
SHOWS_MOVES = (State.READY, State.RUNNING, State.CAME_BACK)
_SPEAKS = (State.READY, State.RUNNING, State.REPLIED, State.HUMAN_FIRST)
# Whoever sees odds acts on them; whom nobody may approach has none to show.
_NO_RING = (State.UNSCORED, State.HELD_OUT, State.ACTIVE)
# Fewer contacts missed than this say no more than the score does.
_WORTH_TELLING = 2
_NUMBERS = {
    "prior": _("A starting figure, not yet your own."),
    "model": _("Learnt from your own results."),
}


def card_of(facts: Facts, *, look_only: str | None = None) -> Card:
    """The card of a contact; `look_only` is why whoever looks may do nothing."""
    state = state_of(facts)
    said = SAYS[state](facts)
    score, ring = facts.score, _ring(facts, state)
    is_about_chance = state in SHOWS_MOVES and score is not None and ring is not None
    return Card(
        contact_id=facts.contact_id,
        name=facts.name,
        state=state,
        pill=said.pill,
        ring=ring,
        title=said.title,
        lines=said.lines,
        dormancy=_dormancy(facts, state),
        sentence=said.sentence,
        # Of who came back the sentence tells it already.
        signal=words.signal(score, facts.at) if score and state is not State.CAME_BACK else None,
        actions=() if look_only else actions_of(state, facts),
        look_only=look_only,
        undo=None if look_only else undo_of(facts),
        rows=(
            *said.rows,
            *rows.rows(facts, shows_worth=state in (*SHOWS_MOVES, State.REPLIED)),
        ),
        why=rows.why(facts),
        touches=rows.sent(facts),
        evidence=rows.evidence(facts),
        moved=moved_by(score) if is_about_chance and score is not None else (),
        opener=words_of(facts.known or {}) if state in _SPEAKS else None,
        note=" ".join(filter(None, (said.note, _numbers(facts, ring)))) or None,
    )


def _ring(facts: Facts, state: State) -> Ring | None:
    """The chance, in colour only where the CRM may write today."""
    score = facts.score
    is_over = meaning_told(facts) in (Meaning.WISH, Meaning.CIRCUMSTANCE, Meaning.OUT)
    if score is None or score["likelihood"] is None or state in _NO_RING:
        return None
    if state is State.SUPPRESSED and is_over:
        return None
    value = round(score["likelihood"] * 100)
    if state is State.UNKNOWN:
        return Ring(value, "unsure")
    return Ring(value, "now" if state in (State.READY, State.RUNNING) else "past")


def _dormancy(facts: Facts, state: State) -> str | None:
    """How long they have been quiet, as a line of text; of who is not quiet any more what the chance was."""
    score = facts.score
    if score is None:
        return None
    last, chance = score["last_human_at"], score["likelihood"]
    if state in (State.REPLIED, State.BOOKED, State.CAME_BACK) and chance is not None:
        return gettext("Chance was %(chance)s in 100") % {"chance": round(chance * 100)}
    quiet = (
        gettext("quiet since %(day)s") % {"day": words.day(last)}
        if last is not None
        else gettext("no visit on record")
    )
    if state is State.HELD_OUT:
        return quiet[:1].upper() + quiet[1:]
    if score["dormancy_score"] is None:
        return " · ".join((gettext("Dormancy can't be told"), quiet))
    dormancy = gettext("Dormancy %(score)s") % {"score": round(score["dormancy_score"])}
    if state is State.ACTIVE:
        return dormancy
    return " · ".join(filter(None, (dormancy, quiet, _missed(score))))


def _missed(score: Mapping[str, Any]) -> str | None:
    """What tells the long silent apart, where the score is near its top for nearly everybody."""
    count = round(score["contacts_missed"] or 0)
    if count < _WORTH_TELLING:
        return None
    return gettext("about %(count)s contacts missed") % {"count": f"{count:,}"}


def _numbers(facts: Facts, ring: Ring | None) -> str | None:
    score = facts.score
    if score is None:
        return None
    as_of = gettext("Scored %(moment)s.") % {"moment": words.moment(score["as_of"], now=facts.at)}
    if not ring or score["likelihood_low"] is None:
        return as_of
    between = gettext("Between %(low)s and %(high)s in 100, 95 times of 100.") % {
        "low": round(score["likelihood_low"] * 100),
        "high": round(score["likelihood_high"] * 100),
    }
    source = gettext(_NUMBERS.get(score["likelihood_source"] or "", ""))
    share = {"share": round((score["own_share"] or 0.0) * 100)}
    own = gettext("Your own results weigh %(share)s%% in it.") % share
    return " ".join(filter(None, (as_of, between, source, own)))
