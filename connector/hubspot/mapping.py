"""Which HubSpot property feeds which field of ours, given the properties that exist in the account."""

from collections.abc import Iterable

# Our field → HubSpot's property names, the first existing one wins.
# The last two fields have no standard property: customers' usual names for them are tried.
CANDIDATES: dict[str, tuple[str, ...]] = {
    "created_at": ("createdate",),
    "updated_at": ("lastmodifieddate",),
    "first_name": ("firstname",),
    "last_name": ("lastname",),
    "email": ("email",),
    "phone": ("mobilephone", "phone"),
    "timezone": ("hs_timezone",),
    "region": ("state",),
    "source": ("hs_analytics_source",),
    "lifecycle": ("lifecyclestage",),
    "owner_id": ("hubspot_owner_id",),
    "email_opt_out": ("hs_email_optout",),
    "email_bounced": ("hs_email_hard_bounce_reason_enum",),
    "unengaged_sends": ("hs_email_sends_since_last_engagement",),
    "in_sequence": ("hs_sequences_is_enrolled",),
    "sms_consent": ("sms_consent", "sms_opt_in", "sms_marketing_consent"),
    "reason": ("lost_reason", "closed_lost_reason"),
}

# Contact properties that tell of a moment the contact acted: property → kind of activity.
MOMENTS: dict[str, str] = {
    "first_conversion_date": "form",
    "recent_conversion_date": "form",
    "hs_analytics_last_visit_timestamp": "visit",
    "hs_email_last_click_date": "click",
    "hs_sales_email_last_clicked": "click",
    "hs_email_last_reply_date": "email",
    "hs_sales_email_last_replied": "email",
}

OWN_PREFIX = "rekindle_"

# HubSpot's stages in our three words; the rest is None.
LIFECYCLES = {
    "subscriber": "lead",
    "lead": "lead",
    "marketingqualifiedlead": "lead",
    "salesqualifiedlead": "lead",
    "opportunity": "opportunity",
    "customer": "customer",
    "evangelist": "customer",
}


def choose(existing: Iterable[str]) -> dict[str, str]:
    """Our field → the property to read it from, for the fields that this account has."""
    names = set(existing)
    chosen: dict[str, str] = {}
    for field, candidates in CANDIDATES.items():
        found = next((name for name in candidates if name in names), None)
        if found:
            chosen[field] = found
    return chosen


def wanted(existing: Iterable[str]) -> tuple[str, ...]:
    """Every property a contact is read with: mapped fields, moments and our own."""
    names = set(existing)
    mapped = [name for candidates in CANDIDATES.values() for name in candidates if name in names]
    moments = [name for name in MOMENTS if name in names]
    own = sorted(name for name in names if name.startswith(OWN_PREFIX))
    return tuple(dict.fromkeys([*mapped, *moments, *own]))
