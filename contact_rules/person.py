"""What the rules need to know of a person, and of the account: the fields are the columns of the same name."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from contact_rules.local_time import QuietHours, find_zones, next_open
from contact_rules.us_states import find_state


@dataclass(frozen=True, slots=True)
class Person:
    """One contact as the rules see them; None means that the CRM does not say."""

    contact_id: str
    archived: bool | None = False
    has_email: bool | None = False
    has_phone: bool | None = False
    do_not_contact: bool | None = None
    email_opt_out: bool | None = None
    email_consent: bool | None = None  # False: refused some kind of e-mail, or consent to it
    email_bounced: bool | None = None
    marketable: bool | None = None  # False: the CRM sends them no marketing e-mail
    sms_consent: bool | None = None
    sms_opt_out: bool | None = None
    call_opt_out: bool | None = None
    unengaged_sends: int | None = None
    ever_engaged: bool | None = False  # with an e-mail, by a click: machines open them too
    in_sequence: bool | None = None
    open_deal: bool | None = False
    open_ticket: bool | None = False
    next_meeting_at: datetime | None = None
    last_human_at: datetime | None = None
    last_staff_at: datetime | None = None  # somebody of the business wrote or called, by hand
    # Our own last start, by the ledger or by the CRM's property.
    last_started_at: datetime | None = None
    in_round: bool | None = False  # a round of ours runs, and this is a further touch of it
    rounds_unanswered: int | None = None  # our starts since their last sign of life
    signal: bool | None = None  # something since our last start says that they may listen again
    # Marketing messages, ours and those that the CRM records: the last, and the last but two.
    last_marketing_at: datetime | None = None
    third_marketing_at: datetime | None = None
    last_touch_at: datetime | None = None  # the last of ours
    on_list: bool | None = None  # on the account's own do-not-contact list
    is_staff: bool | None = None
    is_competitor: bool | None = None
    disqualified: bool | None = None  # the staff's word for who will never be a customer
    complained: bool | None = None  # marked a message as spam
    same_as_another: bool | None = False  # another record of the same person stands for this one
    in_workflow: bool | None = None  # of the CRM, and not one of ours
    soft_bounced_at: datetime | None = None  # the last of three e-mails that came back
    sms_consent_at: datetime | None = None
    created_at: datetime | None = None
    last_purchase_at: datetime | None = None
    last_inquiry_at: datetime | None = None  # wrote, called, filled in a form or met somebody
    country: str | None = (
        None  # of two letters; the one with the strictest law where it may be several
    )
    reason: str | None = None  # why they went quiet, in our words
    # What was written of contacting them, in words for people: what they asked for, and what forbids it otherwise.
    wish: str | None = None
    circumstance: str | None = None
    set_aside: str | None = None  # how somebody of the team has put them off, in words for people
    timezone: str | None = None
    region: str | None = None
    phone: str | None = None


@dataclass(frozen=True, slots=True)
class Policy:
    """What an account decided; every default may be tightened, none loosened here."""

    tenant_zone: str | None = None
    own_domains: frozenset[str] = frozenset()  # of the business's own addresses
    competitor_domains: frozenset[str] = frozenset()
    hours: QuietHours = field(default_factory=QuietHours)
    cooldown: timedelta = timedelta(days=90)
    quiet_after_staff: timedelta = timedelta(days=90)
    quiet_after_activity: timedelta = timedelta(days=30)


def opens_at(
    timezone: str | None, region: str | None, phone: str | None, at: datetime, policy: Policy
) -> datetime | None:
    """The first decent moment from `at` on where a person is; None where the zones leave none in common."""
    zones = find_zones(timezone=timezone, region=region, phone=phone, tenant=policy.tenant_zone)
    try:
        return next_open(at, zones, hours=policy.hours, state=find_state(region))
    except ValueError:
        return None
