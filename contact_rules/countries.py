"""In which country a person may be, from their number, their region and their time zone; else the business's own."""

import re
from functools import lru_cache
from importlib.resources import files

from contact_rules.canada import zones_of_province
from contact_rules.consent_ages import STRICTEST
from contact_rules.us_states import find_state

# Names of zones that are no place of the list of zones, and the beginnings of others.
_ALIASES = {"gb": "GB", "gb-eire": "GB", "europe/belfast": "GB", "eire": "IE", "iceland": "IS",
            "poland": "PL", "portugal": "PT"}  # fmt: skip
_BEGINNINGS = (("us/", "US"), ("canada/", "CA"))


def find_country(
    *, timezone: str | None, region: str | None, phone: str | None, tenant: str | None
) -> str | None:
    """The country with the strictest law of those where somebody may be (D10), as a code of two letters.

    Where nothing is known of a person, they are where the business is.
    """
    told = (of_number(phone), of_region(region), of_zone(timezone))
    found = [country for country in told if country]
    if not found:
        return of_zone(tenant)
    return next((country for country in STRICTEST if country in found), found[0])


def of_zone(name: str | None) -> str | None:
    """The country of a time zone, also as some CRMs write it (`us_slash_eastern`)."""
    zone = (name or "").strip().casefold().replace("_slash_", "/")
    known = _zones().get(zone) or _ALIASES.get(zone)
    return known or next((c for start, c in _BEGINNINGS if zone.startswith(start)), None)


def of_region(region: str | None) -> str | None:
    """A country from the name or the code of a US state or a Canadian province; None for any other region."""
    if find_state(region):
        return "US"
    return "CA" if zones_of_province(region) else None


def of_number(phone: str | None) -> str | None:
    """The country of a number that is written with its country's code."""
    text = (phone or "").strip()
    digits = re.sub(r"\D", "", text)
    if not text.startswith("+"):
        if not digits.startswith("00"):
            return None
        digits = digits[2:]
    return _of_digits(digits[:4])


@lru_cache(maxsize=16_384)
def _of_digits(start: str) -> str | None:
    # Its tables are large: loaded with the first number, not with the process.
    import phonenumbers  # noqa: PLC0415

    if start.startswith("1"):
        # One code for 25 countries: the area tells which.
        return phonenumbers.region_code_for_number(
            phonenumbers.PhoneNumber(country_code=1, national_number=int(f"{start[1:]:0<3}5552345"))
        )
    for length in (1, 2, 3):
        countries = phonenumbers.COUNTRY_CODE_TO_REGION_CODE.get(int(start[:length] or 0))
        if countries:
            return str(countries[0])
    return None


def calling_code(zone: str | None) -> str | None:
    """What stands before the numbers of a business's country when they are dialled from abroad."""
    import phonenumbers  # noqa: PLC0415

    country = of_zone(zone)
    code = phonenumbers.country_code_for_region(country) if country else 0
    return str(code) if code else None


@lru_cache(maxsize=1)
def _zones() -> dict[str, str]:
    listed = (files("tzdata") / "zoneinfo" / "zone.tab").read_text(encoding="ascii")
    rows = (line.split("\t") for line in listed.splitlines() if not line.startswith("#"))
    return {zone.casefold(): country for country, _, zone, *_ in rows}
