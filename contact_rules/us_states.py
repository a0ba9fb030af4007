"""The US states: what people write into an address, their codes, and the time zones each lies in."""

from functools import lru_cache

NEW_YORK, CHICAGO, DENVER, LOS_ANGELES = (
    "America/New_York",
    "America/Chicago",
    "America/Denver",
    "America/Los_Angeles",
)
PHOENIX, ANCHORAGE, HONOLULU = "America/Phoenix", "America/Anchorage", "Pacific/Honolulu"


def _states(codes: str, *zones: str) -> dict[str, tuple[str, ...]]:
    return dict.fromkeys(codes.split(), zones)


# State → its zones; a state in two zones has both.
STATE_ZONES: dict[str, tuple[str, ...]] = {
    **_states("CT DC DE GA MA MD ME NC NH NJ NY OH PA RI SC VA VT WV", NEW_YORK),
    **_states("AL AR IA IL LA MN MO MS OK WI", CHICAGO),
    **_states("CO MT NM UT WY", DENVER),
    **_states("CA NV WA", LOS_ANGELES),
    **_states("FL IN KY MI TN", NEW_YORK, CHICAGO),
    **_states("KS ND NE SD TX", CHICAGO, DENVER),
    **_states("ID OR", DENVER, LOS_ANGELES),
    **_states("AZ", PHOENIX),
    **_states("AK", ANCHORAGE),
    **_states("HI", HONOLULU),
}

_NAMES = {
    "alabama": "AL", "alaska": "AK", "arizona": "AZ", "arkansas": "AR", "california": "CA",
    "colorado": "CO", "connecticut": "CT", "delaware": "DE", "district of columbia": "DC",
    "washington dc": "DC", "florida": "FL", "georgia": "GA", "hawaii": "HI", "idaho": "ID",
    "illinois": "IL", "indiana": "IN", "iowa": "IA", "kansas": "KS", "kentucky": "KY",
    "louisiana": "LA", "maine": "ME", "maryland": "MD", "massachusetts": "MA", "michigan": "MI",
    "minnesota": "MN", "mississippi": "MS", "missouri": "MO", "montana": "MT", "nebraska": "NE",
    "nevada": "NV", "new hampshire": "NH", "new jersey": "NJ", "new mexico": "NM",
    "new york": "NY", "north carolina": "NC", "north dakota": "ND", "ohio": "OH",
    "oklahoma": "OK", "oregon": "OR", "pennsylvania": "PA", "rhode island": "RI",
    "south carolina": "SC", "south dakota": "SD", "tennessee": "TN", "texas": "TX", "utah": "UT",
    "vermont": "VT", "virginia": "VA", "washington": "WA", "west virginia": "WV",
    "wisconsin": "WI", "wyoming": "WY",
}  # fmt: skip


# Thousands of people in a few states are asked about at one moment.
@lru_cache(maxsize=4096)
def find_state(region: str | None) -> str | None:
    """A state's code from its code or name in any case (`ME`, `Maine`, `us-me`, `D.C.`), or None."""
    words = (region or "").casefold().replace(".", "").replace(",", " ").split()
    text = " ".join(words).removeprefix("us-")
    if text.upper() in STATE_ZONES:
        return text.upper()
    return _NAMES.get(text)
