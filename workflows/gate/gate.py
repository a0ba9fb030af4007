"""May we contact this person, this way, now? One pure function, asked when planning and again just before acting."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from contact_rules.local_time import QuietHours, find_zones, next_open
from contact_rules.reasons import SERVICE_ISSUE
from contact_rules.us_states import find_state


class Channel(StrEnum):
    EMAIL = "email"
    SMS = "sms"


@dataclass(frozen=True, slots=True)
class Person:
    """What the gate needs to know of a contact."""

    contact_id: str
    archived: bool = False
    has_email: bool = False
    has_phone: bool = False
    email_opt_out: bool | None = None
    email_bounced: bool | None = None
    sms_consent: bool | None = None
    unengaged_sends: int | None = None
    ever_engaged: bool = False
    in_sequence: bool | None = None
    open_deal: bool = False
    open_ticket: bool = False
    next_meeting_at: datetime | None = None
    last_human_at: datetime | None = None
    last_staff_at: datetime | None = None  # somebody of the business wrote or called, by hand
    last_started_at: datetime | None = (
        None  # our own last start, by ledger or by the CRM's property
    )
    reason: str | None = None  # why they went quiet, in our words
    timezone: str | None = None
    region: str | None = None
    phone: str | None = None


@dataclass(frozen=True, slots=True)
class Policy:
    """What an account decided; every default may be tightened, none loosened here."""

    tenant_zone: str | None = None
    hours: QuietHours = field(default_factory=QuietHours)
    cooldown: timedelta = timedelta(days=90)
    quiet_after_staff: timedelta = timedelta(days=90)
    quiet_after_activity: timedelta = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Allow:
    channel: Channel


@dataclass(frozen=True, slots=True)
class Defer:
    until: datetime
    rule: str
    reason: str


@dataclass(frozen=True, slots=True)
class Deny:
    """`human_first` where nothing automatic may start, but a person of the team should call."""

    rule: str
    reason: str
    human_first: bool = False


Verdict = Allow | Defer | Deny

# Graymail: after so many unopened sends a CRM skips a person silently (D6).
GRAYMAIL_NEVER_ENGAGED = 11
GRAYMAIL_ONCE_ENGAGED = 16


def may_contact(person: Person, channel: Channel, at: datetime, policy: Policy) -> Verdict:
    """The first rule that speaks against it, by its id in the rules D1-D12, or Allow."""
    return (
        _never(person)
        or _not_by(person, channel)
        or _not_now(person, at, policy)
        or _not_at_this_hour(person, at, policy)
        or Allow(channel)
    )


def choose_channel(person: Person, at: datetime, policy: Policy) -> Verdict:
    """E-mail if it may be used, else a text; the verdict of the better of the two."""
    first = may_contact(person, Channel.EMAIL, at, policy)
    if not isinstance(first, Deny) or first.rule not in {"D1", "D5", "D6"}:
        return first
    second = may_contact(person, Channel.SMS, at, policy)
    # The reason against e-mail is what an admin can act on; a missing consent is the usual case.
    return first if isinstance(second, Deny) else second


def _never(person: Person) -> Deny | None:
    if person.archived:
        return Deny("D8", "No longer in the CRM")
    if person.open_deal:
        return Deny("D8", "Has an open deal: it's with a person already")
    if person.open_ticket:
        return Deny("D8", "Has an open ticket: help first")
    if person.reason == SERVICE_ISSUE and not person.email_opt_out:
        # Who opted out is refused by D1 instead: nobody is asked to call them either.
        return Deny("D8", "Left over a service issue: a person should call first", human_first=True)
    if person.in_sequence:
        return Deny("D7", "Already in another sequence")
    return None


def _not_by(person: Person, channel: Channel) -> Deny | None:
    match channel:
        case Channel.EMAIL:
            return _not_by_email(person)
        case Channel.SMS:
            return _not_by_sms(person)


def _not_by_email(person: Person) -> Deny | None:
    if not person.has_email:
        return Deny("D5", "No e-mail address")
    if person.email_opt_out:
        return Deny("D1", "Opted out of e-mail")
    if person.email_bounced:
        return Deny("D5", "E-mail bounced for good")
    limit = GRAYMAIL_ONCE_ENGAGED if person.ever_engaged else GRAYMAIL_NEVER_ENGAGED
    if (person.unengaged_sends or 0) >= limit:
        return Deny("D6", f"At least {limit} e-mails unopened: the CRM would skip it")
    return None


def _not_by_sms(person: Person) -> Deny | None:
    if not person.has_phone:
        return Deny("D5", "No mobile number")
    if not person.sms_consent:
        return Deny("D3", "No proof of consent to texts")
    if person.email_opt_out:
        # Revoking one channel counts for all until the rule of 2027-01-31 says otherwise (D2).
        return Deny("D1", "Opted out")
    return None


def _not_now(person: Person, at: datetime, policy: Policy) -> Deny | None:
    if person.next_meeting_at is not None and person.next_meeting_at > at:
        return Deny("D8", "Has a meeting coming up")
    if _within(person.last_human_at, at, policy.quiet_after_activity):
        return Deny("D8", "Was in touch in the last 30 days")
    if _within(person.last_staff_at, at, policy.quiet_after_staff):
        return Deny("D8", "Somebody of the team was in touch in the last 90 days")
    if _within(person.last_started_at, at, policy.cooldown):
        return Deny("D7", "Was approached in the last 90 days")
    return None


def _not_at_this_hour(person: Person, at: datetime, policy: Policy) -> Defer | Deny | None:
    zones = find_zones(
        timezone=person.timezone,
        region=person.region,
        phone=person.phone,
        tenant=policy.tenant_zone,
    )
    try:
        opens = next_open(at, zones, hours=policy.hours, state=find_state(person.region))
    except ValueError:
        return Deny("D4", "Address and phone number leave no decent hour in common")
    return None if opens == at else Defer(opens, "D4", "Outside decent hours where they live")


def _within(moment: datetime | None, at: datetime, span: timedelta) -> bool:
    return moment is not None and at - moment < span
