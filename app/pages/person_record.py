"""What the CRM's record tells of somebody, in lines: what happened, who did it, and what came of it."""

from dataclasses import dataclass
from datetime import datetime

from cards import words
from cards.words import _
from connector.clicks import MACHINE
from contact_rules.tones import Tone
from contact_rules.wishes import COMPLAINED, SAYS, Wish
from core.amounts import money
from core.wording import gettext
from sync.mirror.timeline import Happened

# What goes either way between them and the business.
_SAID = frozenset({"email", "sms", "other", "call"})
_CAME = {
    "in": _("%(what)s from them"),
    "out": _("%(what)s to them"),
}
_OUTCOMES = {
    "scheduled": _("planned"),
    "completed": _("took place"),
    "no_show": _("did not come"),
    "cancelled": _("called off"),
    "answered": _("answered"),
    "no_answer": _("no answer"),
    "bounced": _("came back"),
    "automated": _("sent by software"),
    "open": _("open"),
    "closed": _("closed"),
    MACHINE: _("by a machine"),
    COMPLAINED: _("marked as spam"),
    Tone.POSITIVE.value: _("sounds willing"),
    Tone.NEGATIVE.value: _("sounds unwilling"),
}
_RATED = {"positive": _("satisfied"), "neutral": _("neutral"), "negative": _("dissatisfied")}


@dataclass(frozen=True, slots=True)
class RecordLine:
    """One thing that happened; `is_wish` where it closes the contact to us."""

    at: datetime
    what: str
    outcome: str | None
    is_wish: bool


def record_line(one: Happened, currency: str) -> RecordLine:
    what = words.kind(one.kind)
    if one.kind in _SAID and one.direction in _CAME:
        what = gettext(_CAME[one.direction]) % {"what": what}
    if one.minor is not None:
        return RecordLine(one.at, what, money(one.minor / 100, currency), is_wish=False)
    if one.wish is not None:
        return RecordLine(one.at, what, gettext(SAYS[Wish(one.wish)]), is_wish=True)
    outcome = (_RATED if one.kind == "feedback" else _OUTCOMES).get(one.outcome or "")
    return RecordLine(one.at, what, None if outcome is None else gettext(outcome), is_wish=False)
