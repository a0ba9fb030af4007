"""The rule book: everything that speaks against contacting somebody, each rule once, with its id.

A new rule is a line in one of these tables, its test, and its row in docs/admin.md. Its condition is asked of one
person before anything is done (contact_rules/verdict.py), and over columns for everybody (contact_rules/columns.py).
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from contact_rules.channels import CHANNELS, Channel
from contact_rules.conditions import (
    AtLeast,
    Condition,
    Known,
    Not,
    ToCome,
    Within,
    every,
)
from contact_rules.person import Policy
from contact_rules.reasons import SERVICE_ISSUE

Span = Callable[[Policy], timedelta]

# Graymail: after so many sends without a click a CRM leaves a person out silently (D6).
GRAYMAIL_NEVER_ENGAGED = 11
GRAYMAIL_ONCE_ENGAGED = 16


@dataclass(frozen=True, slots=True)
class Rule:
    """One reason not to contact somebody, with the id that it has in the list of rules D1 to D12.

    `says` is what people read; {days} in it are those of `span`. `human_first`: nothing automatic may start, but a
    person of the team should call.
    """

    id: str
    when: Condition
    says: str
    human_first: bool = False
    span: Span | None = None

    def told(self, policy: Policy) -> str:
        """What people read, under an account's policy."""
        return self.says if self.span is None else self.says.format(days=self.span(policy).days)


def _within(rule: str, field: str, span: Span, says: str) -> Rule:
    return Rule(rule, Within(field, span), says, span=span)


LEFT_ALONE = Known("do_not_contact")
OPTED_OUT = Known("email_opt_out")
# Somebody of the team is at it already.
IN_A_DEAL = Known("open_deal")
# They are expected anyway.
EXPECTED = ToCome("next_meeting_at")

# Against everything, whatever the channel: first who must not be approached at all ...
ALWAYS = (
    Rule("D8", Known("archived"), "No longer in the CRM"),
    Rule("D8", IN_A_DEAL, "Has an open deal: it's with a person already"),
    Rule("D8", Known("open_ticket"), "Has an open ticket: help first"),
    # Who opted out is refused by D1 instead: nobody is asked to call them either.
    Rule(
        "D8",
        every(Known("reason", SERVICE_ISSUE), Not(OPTED_OUT), Not(LEFT_ALONE)),
        "Left over a service issue: a person should call first",
        human_first=True,
    ),
    Rule("D7", Known("in_sequence"), "Already in another sequence"),
)
# ... and, once a channel is found, who must not be approached just now.
NOW = (
    Rule("D8", EXPECTED, "Has a meeting coming up"),
    _within(
        "D8",
        "last_human_at",
        lambda policy: policy.quiet_after_activity,
        "Was in touch in the last {days} days",
    ),
    _within(
        "D8",
        "last_staff_at",
        lambda policy: policy.quiet_after_staff,
        "Somebody of the team was in touch in the last {days} days",
    ),
    _within(
        "D7",
        "last_started_at",
        lambda policy: policy.cooldown,
        "Was approached in the last {days} days",
    ),
)
# Against every channel, and so against being reachable at all.
_NO_CHANNEL = Rule("D1", LEFT_ALONE, "Is not to be contacted")
# Against one channel: the others may still be used.
BY_CHANNEL: dict[Channel, tuple[Rule, ...]] = {
    Channel.EMAIL: (
        _NO_CHANNEL,
        Rule("D5", Not(Known(CHANNELS[Channel.EMAIL].address)), "No e-mail address"),
        Rule("D1", OPTED_OUT, "Opted out of e-mail"),
        Rule("D1", Known("email_consent", value=False), "Refused this kind of e-mail"),
        Rule("D5", Known("email_bounced"), "E-mail bounced for good"),
        Rule("D1", Known("marketable", value=False), "The CRM sends them no marketing e-mail"),
        Rule(
            "D6",
            every(AtLeast("unengaged_sends", GRAYMAIL_NEVER_ENGAGED), Not(Known("ever_engaged"))),
            f"At least {GRAYMAIL_NEVER_ENGAGED} e-mails unopened: the CRM would skip it",
        ),
        Rule(
            "D6",
            AtLeast("unengaged_sends", GRAYMAIL_ONCE_ENGAGED),
            f"At least {GRAYMAIL_ONCE_ENGAGED} e-mails unopened: the CRM would skip it",
        ),
    ),
    Channel.SMS: (
        _NO_CHANNEL,
        Rule("D5", Not(Known(CHANNELS[Channel.SMS].address)), "No mobile number"),
        Rule("D1", Known("sms_opt_out"), "Wants no texts, or the number takes none"),
        Rule("D3", Not(Known("sms_consent")), "No proof of consent to texts"),
        # Revoking one channel counts for all until the rule of 2027-01-31 says otherwise (D2).
        Rule("D1", OPTED_OUT, "Opted out"),
    ),
    # Somebody of the team may call without a proof of consent, but nobody who has refused anything.
    Channel.CALL: (
        _NO_CHANNEL,
        Rule("D5", Not(Known(CHANNELS[Channel.CALL].address)), "No number"),
        Rule("D1", OPTED_OUT, "Opted out"),
        Rule("D1", Known("sms_consent", value=False), "Opted out of texts"),
        Rule("D1", Known("sms_opt_out"), "Wants no texts, or the number takes none"),
        Rule("D1", Known("call_opt_out"), "Wants no calls, or the number is wrong"),
    ),
}
# Not at this hour where they live; worded here, asked with the zones in contact_rules/verdict.py.
OUTSIDE_HOURS = ("D4", "Outside decent hours where they live")
NO_HOUR = ("D4", "Address and phone number leave no decent hour in common")
GONE = ("D8", "No longer in the CRM")
# No rule of D1 to D12: the draw of the control group.
HELD_OUT = ("holdout", "Left alone on purpose, to measure what comes back by itself")
