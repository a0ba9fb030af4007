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
    Given,
    Known,
    Not,
    OneOf,
    ToCome,
    Within,
    every,
    some,
)
from contact_rules.consent_ages import LAWS, SMS_CONSENT_LASTS, ConsentAges
from contact_rules.meanings import BY_ID, Meaning
from contact_rules.person import Person, Policy
from contact_rules.reasons import SERVICE_ISSUE

Span = Callable[[Policy], timedelta]

# Graymail: after so many sends without a click a CRM leaves a person out silently (D6).
GRAYMAIL_NEVER_ENGAGED = 11
GRAYMAIL_ONCE_ENGAGED = 16
# E-mails that come back may be a full mailbox: after three of them the address rests (D5).
_AFTER_SOFT_BOUNCES = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Rule:
    """One reason not to contact somebody, with the id that it has in the list of rules D1 to D12.

    `says` is what people read; {days} in it are those of `span`. `human_first`: nothing automatic may start, but a
    person of the team should call. `means` is what it forbids, where that is not what its id stands for.
    """

    id: str
    when: Condition
    says: str
    human_first: bool = False
    span: Span | None = None
    # The person's own field whose text people read instead: what was said, where and when.
    words: str | None = None
    means: Meaning | None = None

    @property
    def meaning(self) -> Meaning:
        return self.means or BY_ID[self.id]

    def told(self, policy: Policy, person: Person | None = None) -> str:
        """What people read, under an account's policy; of a person, where the rule goes by words about them."""
        if self.words is not None and person is not None:
            return str(getattr(person, self.words))
        return self.says if self.span is None else self.says.format(days=self.span(policy).days)


@dataclass(frozen=True, slots=True)
class Wait:
    """Something that leaves no room for a message until so long after a moment."""

    id: str
    field: str
    span: timedelta
    says: str


def _within(
    rule: str, field: str, span: Span, says: str, *, means: Meaning = Meaning.RESTS
) -> Rule:
    return Rule(rule, Within(field, span), says, span=span, means=means)


# What the words begin with of whom somebody of the team has put off.
SET_ASIDE = "Set aside by your team"
LEFT_ALONE = Known("do_not_contact")
OPTED_OUT = Known("email_opt_out")
# Somebody of the team is at it already.
IN_A_DEAL = Known("open_deal")
# They are expected anyway.
EXPECTED = ToCome("next_meeting_at")


def _lasts(field: str, span: timedelta) -> Condition:
    """A moment is known, and lies within a span that no account changes."""
    return Given(field) if span == timedelta.max else Within(field, lambda _policy: span)


def _out_of_contact(law: ConsentAges, span: timedelta) -> Condition:
    """Nothing came from them for as long; who never did anything counts from the day on which they were added."""
    return every(
        OneOf("country", law.countries),
        Not(_lasts("last_human_at", span)),
        Not(_lasts("last_purchase_at", span)),
        Not(every(Not(Given("last_human_at")), _lasts("created_at", span))),
    )


def _without_ground(law: ConsentAges) -> Condition:
    """No consent, and no purchase or inquiry that stands in for one."""
    return every(
        OneOf("country", law.countries),
        Not(Known("email_consent")),
        Not(_lasts("last_purchase_at", law.after_purchase)),
        Not(_lasts("last_inquiry_at", law.after_inquiry)),
    )


# Consent to texts that is no more than a memory: neither it nor a sign of life is recent.
_CONSENT_IS_OLD = every(
    Known("sms_consent"),
    some(Given("sms_consent_at"), Given("last_human_at"), Given("created_at")),
    Not(_lasts("sms_consent_at", SMS_CONSENT_LASTS)),
    Not(_lasts("last_human_at", SMS_CONSENT_LASTS)),
    # Of what has no date of its own nothing is older than the record.
    Not(every(Not(Given("sms_consent_at")), _lasts("created_at", SMS_CONSENT_LASTS))),
)
# No sign of life since two rounds of ours.
_TWICE_UNANSWERED = every(Not(Known("in_round")), AtLeast("rounds_unanswered", 2))


def _second_cooldown(policy: Policy) -> timedelta:
    return 2 * policy.cooldown


# Against everything, whatever the channel: first who must not be approached at all ...
ALWAYS = (
    Rule("D8", Known("archived"), "No longer in the CRM"),
    Rule("D2", Given("wish"), "Asked in words not to be contacted", words="wish"),
    Rule(
        "D8",
        Given("circumstance"),
        "What was written of them forbids it",
        words="circumstance",
        means=Meaning.CIRCUMSTANCE,
    ),
    Rule("D1", Known("on_list"), "On your do-not-contact list"),
    Rule("D8", Known("is_staff"), "Works for you: the address is one of your own"),
    Rule("D8", Known("is_competitor"), "Works for a competitor on your list"),
    Rule("D8", Known("disqualified"), "Marked as unqualified"),
    Rule("D5", Known("complained"), "Marked a message as spam", means=Meaning.WISH),
    Rule(
        "D8",
        every(Given("set_aside"), Not(OPTED_OUT), Not(LEFT_ALONE)),
        SET_ASIDE,
        words="set_aside",
        means=Meaning.SET_ASIDE,
    ),
    Rule(
        "D8",
        IN_A_DEAL,
        "Has an open deal: it's with a person already",
        means=Meaning.WITH_A_PERSON,
    ),
    Rule("D8", Known("open_ticket"), "Has an open ticket: help first", means=Meaning.HELP_FIRST),
    # A refusal is told of each record that has it, also where another one stands for the person.
    Rule(
        "D8",
        every(Known("same_as_another"), Not(OPTED_OUT), Not(LEFT_ALONE)),
        "Same person as another record",
    ),
    # Who opted out is refused by D1 instead: nobody is asked to call them either.
    Rule(
        "D8",
        every(Known("reason", SERVICE_ISSUE), Not(OPTED_OUT), Not(LEFT_ALONE)),
        "Left over a service issue: a person should call first",
        human_first=True,
        means=Meaning.PERSON_FIRST,
    ),
    Rule("D7", Known("in_sequence"), "Already in another sequence", means=Meaning.WITH_A_PERSON),
    Rule("D7", Known("in_workflow"), "Already in another workflow", means=Meaning.WITH_A_PERSON),
    *(
        Rule(
            "D10",
            _out_of_contact(law, law.since_contact),
            f"Nothing came from them for {law.since_contact.days // 30} months ({law.law})",
        )
        for law in LAWS
        if law.since_contact is not None
    ),
    *(
        Rule(
            "D10",
            _without_ground(law),
            f"No consent, and no purchase or inquiry that stands in for one ({law.law})",
        )
        for law in LAWS
    ),
)
# ... and, once a channel is found, who must not be approached just now.
NOW = (
    Rule("D8", EXPECTED, "Has a meeting coming up", means=Meaning.EXPECTED),
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
        means=Meaning.WITH_A_PERSON,
    ),
    Rule(
        "D7",
        every(_TWICE_UNANSWERED, Not(Known("signal"))),
        "Two rounds without an answer: left in peace until they give a sign",
        means=Meaning.ASLEEP,
    ),
    Rule(
        "D7",
        every(_TWICE_UNANSWERED, Within("last_started_at", _second_cooldown)),
        "Was approached twice without an answer: not within {days} days",
        span=_second_cooldown,
        means=Meaning.ASLEEP,
    ),
    Rule(
        "D7",
        every(Not(Known("in_round")), Within("last_started_at", lambda policy: policy.cooldown)),
        "Was approached in the last {days} days",
        span=lambda policy: policy.cooldown,
    ),
)
# Not yet: what was sent lately leaves no room before a moment that is known (D7). The last that ends counts.
WAITS = (
    Wait(
        "D7", "last_marketing_at", timedelta(days=1), "Had a marketing message in the last 24 hours"
    ),
    Wait(
        "D7",
        "third_marketing_at",
        timedelta(days=7),
        "Had three marketing messages in the last 7 days",
    ),
    Wait(
        "D7",
        "last_touch_at",
        timedelta(hours=72),
        "Was written to by Rekindle in the last 72 hours",
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
        Rule(
            "D5",
            Within("soft_bounced_at", lambda _policy: _AFTER_SOFT_BOUNCES),
            f"Three e-mails came back: none for {_AFTER_SOFT_BOUNCES.days} days",
        ),
        Rule(
            "D1",
            Known("marketable", value=False),
            "The CRM sends them no marketing e-mail",
            means=Meaning.UNREACHABLE,
        ),
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
        Rule(
            "D3",
            _CONSENT_IS_OLD,
            "Consent to texts is older than 18 months, with no sign of life since",
        ),
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


def meaning_of(rule: str | None, reason: str | None, policy: Policy) -> Meaning:
    """What a stored refusal forbids, told by its rule's id and the words that people read of it."""
    every_rule = (*ALWAYS, *NOW, *(r for rules in BY_CHANNEL.values() for r in rules))
    mine = [r for r in every_rule if r.id == rule]
    said = reason or ""
    told = next((r for r in mine if r.words is None and r.told(policy) == said), None)
    if told is None:
        # Words about one person begin as the rule says them, or are what was written of that person.
        by_words = [r for r in mine if r.words is not None]
        starts = (r for r in by_words if said.startswith(r.says))
        told = next(starts, by_words[0] if by_words else None)
    return told.meaning if told is not None else BY_ID.get(rule or "", Meaning.OUT)
