"""Which HubSpot properties feed which field of ours, given the properties that exist in the account."""

from collections.abc import Iterable, Mapping

from connector.hubspot import consent

# Our field → HubSpot's property names; of those that exist the first that a contact has a value in counts.
# Fields without a standard property are looked for under customers' usual names. Of what speaks against contacting
# somebody every property counts.
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
    "unengaged_sends": ("hs_email_sends_since_last_engagement",),
    "in_sequence": ("hs_sequences_is_enrolled",),
    **consent.PROPERTIES,
    "reason": ("lost_reason", "closed_lost_reason"),
    "inquiry": ("inquiry_level", "interest_level", "lead_interest"),
}
# Whether a property may be used for these is decided for each by itself: no other stands in for it.
ONE_ONLY = frozenset({"inquiry"})

# Contact properties that tell of a moment the contact acted: property → kind of activity.
MOMENTS: dict[str, str] = {
    "first_conversion_date": "form",
    "recent_conversion_date": "form",
    "hs_email_last_click_date": "click",
    "hs_sales_email_last_clicked": "click",
    "hs_email_last_reply_date": "email",
    "hs_sales_email_last_replied": "email",
}

# When the last session on the site began, and when the contact was last seen: further pages move the second alone.
SESSION_BEGAN = "hs_analytics_last_visit_timestamp"
LAST_SEEN = "hs_analytics_last_timestamp"

# The ids of the records that have become part of a contact by merges, separated by semicolons; complete also for merges
# of merges, which hs_calculated_merged_vids is not (dbt_hubspot#168, #172).
MERGED_IDS = "hs_merged_object_ids"

# The last survey's answer and its time: a number from 0 to 10, or one of three words.
FEEDBACK_RATING = "hs_feedback_last_nps_rating"
FEEDBACK_AT = "hs_feedback_last_survey_date"

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


def choose(
    existing: Iterable[str], settled: Mapping[str, str] | None = None
) -> dict[str, tuple[str, ...]]:
    """Our field → the properties to read it from, in order, for the fields that this account has.

    `settled` is our field → the property that was chosen for it; an empty text: read it from none.
    """
    names = set(existing)
    found = {field: _of(field, names, settled or {}) for field in CANDIDATES}
    found[consent.UNSUBSCRIBED] = consent.unsubscribing(names)
    return {field: properties for field, properties in found.items() if properties}


def wanted(existing: Iterable[str], settled: Mapping[str, str] | None = None) -> tuple[str, ...]:
    """Every property a contact is read with: mapped fields, moments and our own."""
    names = set(existing)
    mapped = [name for properties in choose(names, settled).values() for name in properties]
    moments = [
        name
        for name in (*MOMENTS, SESSION_BEGAN, LAST_SEEN, FEEDBACK_RATING, FEEDBACK_AT)
        if name in names
    ]
    own = sorted(name for name in names if name.startswith(OWN_PREFIX))
    return tuple(dict.fromkeys([*mapped, *moments, MERGED_IDS, *own]))


def _of(field: str, names: set[str], settled: Mapping[str, str]) -> tuple[str, ...]:
    usual = CANDIDATES[field]
    if field not in settled:
        existing = tuple(name for name in usual if name in names)
        return existing[:1] if field in ONE_ONLY else existing
    first = settled[field]
    tried = (first,) if field in ONE_ONLY or not first else (first, *usual)
    return tuple(name for name in dict.fromkeys(tried) if name in names)
