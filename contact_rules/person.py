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
    ever_engaged: bool | None = False
    in_sequence: bool | None = None
    open_deal: bool | None = False
    open_ticket: bool | None = False
    next_meeting_at: datetime | None = None
    last_human_at: datetime | None = None
    last_staff_at: datetime | None = None  # somebody of the business wrote or called, by hand
    # Our own last start, by the ledger or by the CRM's property.
    last_started_at: datetime | None = None
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


def opens_at(
    timezone: str | None, region: str | None, phone: str | None, at: datetime, policy: Policy
) -> datetime | None:
    """The first decent moment from `at` on where a person is; None where the zones leave none in common."""
    zones = find_zones(timezone=timezone, region=region, phone=phone, tenant=policy.tenant_zone)
    try:
        return next_open(at, zones, hours=policy.hours, state=find_state(region))
    except ValueError:
        return None
