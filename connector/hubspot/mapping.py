"""Which HubSpot properties feed which field of ours, given the properties that exist in the account."""

from collections.abc import Iterable, Mapping, Sequence

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

# When marketing e-mail was last sent to a contact: a click within seconds is a mail scanner's.
LAST_SENT = "hs_email_last_send_date"
CLICKED = "hs_email_last_click_date"
OPENED = "hs_email_last_open_date"

# Contact properties that tell of a moment the contact acted: property → kind of activity.
MOMENTS: dict[str, str] = {
    "first_conversion_date": "form",
    "recent_conversion_date": "form",
    CLICKED: "click",
    "hs_sales_email_last_clicked": "click",
    "hs_email_last_reply_date": "email",
    "hs_sales_email_last_replied": "email",
    # No sign of life, because machines open as well: it only tells how the next message may begin.
    OPENED: "open",
    "hs_sales_email_last_opened": "open",
}

# When the last session on the site began, and when the contact was last seen: further pages move the second alone.
SESSION_BEGAN = "hs_analytics_last_visit_timestamp"
LAST_SEEN = "hs_analytics_last_timestamp"
# What a property that is read by itself tells, in the words of the list of inputs, beside the names above.
READ_AS: dict[str, tuple[str, ...]] = {
    "mobilephone": ("mobile",),
    "first_conversion_date": ("first_form_at",),
    "recent_conversion_date": ("last_form_at",),
    SESSION_BEGAN: ("last_visit_at",),
    LAST_SEEN: ("last_seen_at",),
    "hs_email_last_click_date": ("last_click_at",),
    "hs_sales_email_last_clicked": ("last_sales_click_at",),
    "hs_email_last_reply_date": ("last_reply_at",),
    "hs_sales_email_last_replied": ("last_sales_reply_at",),
}
# HubSpot's own properties that people fill in and that no column holds.
MEANS: dict[str, str] = {
    "date_of_birth": "birth_date",
}
# Columns that hold a text as it is: any property may feed them.
_AS_IT_IS = frozenset(
    {
        "first_name",
        "last_name",
        "email",
        "phone",
        "timezone",
        "region",
        "source",
        "owner_id",
        "reason",
    }
)
_MARKETING = "marketing_status"
# Both numbers share a column, the mobile one first.
_SHARED = {"phone": ("mobile", "phone")}

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
    existing: Iterable[str],
    settled: Mapping[str, str] | None = None,
    sources: Mapping[str, Sequence[str]] | None = None,
) -> dict[str, tuple[str, ...]]:
    """Our field → the properties to read it from, in order, for the fields that this account has.

    `settled` is our field → the property that was chosen for it; an empty text: read it from none. `sources` is
    input → the properties that feed it.
    """
    names = set(existing)
    found = {field: _of(field, names, settled or {}, sources or {}) for field in CANDIDATES}
    further = [name for name in (sources or {}).get(consent.UNSUBSCRIBED, ()) if name in names]
    found[consent.UNSUBSCRIBED] = (*consent.unsubscribing(names), *further)
    return {field: properties for field, properties in found.items() if properties}


def wanted(
    existing: Iterable[str],
    settled: Mapping[str, str] | None = None,
    sources: Mapping[str, Sequence[str]] | None = None,
) -> tuple[str, ...]:
    """Every property a contact is read with: mapped fields, moments and our own."""
    names = set(existing)
    mapped = [name for found in choose(names, settled, sources).values() for name in found]
    moments = [
        name
        for name in (*MOMENTS, SESSION_BEGAN, LAST_SEEN, LAST_SENT, FEEDBACK_RATING, FEEDBACK_AT)
        if name in names
    ]
    fed = [name for found in (sources or {}).values() for name in found if name in names]
    own = sorted(name for name in names if name.startswith(OWN_PREFIX))
    return tuple(dict.fromkeys([*mapped, *moments, *fed, MERGED_IDS, *own]))


def _of(
    field: str,
    names: set[str],
    settled: Mapping[str, str],
    sources: Mapping[str, Sequence[str]],
) -> tuple[str, ...]:
    usual = CANDIDATES[field]
    shared = _SHARED.get(field, (field,))
    if field in _AS_IT_IS and not sources.keys().isdisjoint(shared):
        own = {one: [name for name in usual if one in read_as(name)] for one in shared}
        fed = [name for one in shared for name in sources.get(one, own[one])]
        return tuple(name for name in dict.fromkeys(fed) if name in names)
    if field in consent.PROPERTIES:
        # What speaks against contacting somebody does so wherever it stands.
        further = sources.get(_MARKETING if field == "marketable" else field, ())
        return tuple(name for name in dict.fromkeys((*usual, *further)) if name in names)
    if field not in settled:
        existing = tuple(name for name in usual if name in names)
        return existing[:1] if field in ONE_ONLY else existing
    first = settled[field]
    tried = (first,) if field in ONE_ONLY or not first else (first, *usual)
    return tuple(name for name in dict.fromkeys(tried) if name in names)


def read_as(name: str) -> tuple[str, ...]:
    """The inputs that the adapter reads from a property by itself."""
    fields = [field for field, found in CANDIDATES.items() if name in found]
    fields += [consent.UNSUBSCRIBED] if consent.unsubscribing([name]) else []
    return READ_AS.get(name, tuple(_MARKETING if f == "marketable" else f for f in fields))
