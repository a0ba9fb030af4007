"""A person's page in lines: the gate's verdict for each channel, and what was decided and done, in words."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cards import words
from cards.words import _
from contact_rules.channels import CHANNELS, Channel, split
from contact_rules.person import Person, Policy
from contact_rules.reasons import REASONS
from contact_rules.verdict import Allow, Defer, Deny, may_contact
from core.wording import gettext
from workflows.acts.kinds import Act
from workflows.decisions.decide import Decision
from workflows.enrollment.states import End
from workflows.log.entries import What, Who
from workflows.properties import STATUSES, playbook_label

_WHAT = {
    What.STANDING: _("Stands as: %(standing)s"),
    What.PROPOSED: _("Proposed for a batch"),
    What.REPLACED: _("The proposal gave way to a newer one"),
    What.APPROVED: _("Let go ahead"),
    What.ASKED: _("Your CRM was asked for a message"),
    What.REFUSED: _("Refused"),
    What.DEFERRED: _("Put off to a later hour"),
    What.FAILED: _("Your CRM did not take it"),
    What.PROVED: _("Your CRM shows the message"),
    What.UNPROVED: _("Your CRM shows no message"),
    What.ENDED: _("The round ended"),
    What.SUPPRESSED: _("Not to be contacted"),
    What.LIFTED: _("May be contacted again"),
    What.HANDED_OVER: _("Handed to a person"),
    What.SET_ASIDE: _("Set aside"),
    What.CORRECTED: _("The reason was corrected"),
    What.COPIED: _("The words were copied"),
    What.UNDONE: _("Taken back"),
}
_WHO = {Who.RULE_BOOK: _("The rule book"), Who.SCHEDULE: _("By itself")}
_REASONS = {
    **REASONS,
    End.OPTED_OUT.value: _("asked to stop"),
    End.ANSWERED.value: _("answered"),
    End.BOOKED.value: _("booked"),
    End.BOUGHT.value: _("bought"),
    End.CLICKED.value: _("went to book"),
    End.LEFT.value: _("left the sequence"),
    End.REFUSED.value: _("refused by a rule"),
    End.UNPROVED.value: _("no message is to be seen"),
    End.FINISHED.value: _("no answer"),
    End.STOPPED.value: _("stopped by your team"),
    End.TAKEN_OVER.value: _("taken over by your team"),
    Act.START.value: _("start"),
    Act.STOP.value: _("stop"),
    Act.SNOOZE.value: _("snoozed"),
    Act.TAKE_OVER.value: _("taken over"),
    Act.NOT_A_FIT.value: _("not a fit"),
    Act.WAKE.value: _("brought back"),
    Act.CORRECT.value: _("corrected reason"),
}


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a channel may be used today: `tone` is good, warn or bad."""

    channel: str
    says: str
    tone: str
    rule: str | None


@dataclass(frozen=True, slots=True)
class History:
    """One decision: what, why, who answers for it, and when."""

    at: datetime
    what: str
    why: str
    who: str
    rule: str | None


def verdicts_of(
    person: Person, decision: Decision | None, open_ones: str, at: datetime, policy: Policy
) -> tuple[Verdict, ...]:
    """The rule book's answer for each channel at this moment.

    `open_ones` are the channels that the last scoring found open: what it and the decision refused by a mapped
    property stays refused.
    """
    return tuple(
        _verdict(may_contact(person, channel, at, policy), channel, decision, open_ones, at)
        for channel in CHANNELS
    )


def _verdict(
    found: Allow | Defer | Deny,
    channel: Channel,
    decision: Decision | None,
    open_ones: str,
    at: datetime,
) -> Verdict:
    label = gettext(CHANNELS[channel].label)
    if not isinstance(found, Deny):
        if decision is not None and decision.rule is not None:
            found = Deny(decision.rule, decision.reason or "")
        elif channel not in split(open_ones):
            return Verdict(label, gettext("Was not open when it was last looked at"), "bad", None)
    if isinstance(found, Allow):
        return Verdict(label, gettext("May be used now"), "good", None)
    if isinstance(found, Defer):
        told = {"moment": words.moment(found.until, now=at), "reason": gettext(found.reason)}
        return Verdict(label, gettext("From %(moment)s: %(reason)s") % told, "warn", found.rule)
    return Verdict(label, gettext(found.reason), "bad", found.rule)


def history_of(entry: Mapping[str, Any]) -> History | None:
    """An entry of the decision log in words; None for what says nothing to a person."""
    what = _WHAT.get(entry["what"])
    if what is None:
        return None
    standing = gettext(STATUSES.get(entry["standing"] or "", ""))
    if entry["what"] == What.STANDING and not standing:
        return None
    parts = (
        playbook_label(entry["programme"]) if entry["programme"] else None,
        words.channel(entry["channel"]),
        _why(entry),
    )
    who = entry["by"] or gettext(_WHO.get(entry["who"], ""))
    return History(
        entry["at"],
        gettext(what) % {"standing": standing},
        " · ".join(part for part in parts if part),
        who,
        entry["rule"],
    )


def _why(entry: Mapping[str, Any]) -> str | None:
    reason = entry["reason"]
    return gettext(_REASONS.get(reason, reason)) if reason else None
