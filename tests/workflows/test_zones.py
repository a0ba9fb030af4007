"""In which zones a person may be (D4): address, area code, the business's own, or all of the US."""

import pytest

from contact_rules.local_time import US_ZONES, find_zones
from contact_rules.us_states import STATE_ZONES, find_state

EAST, CENTRAL, WEST = "America/New_York", "America/Chicago", "America/Los_Angeles"


def zones(
    timezone: str | None = None,
    region: str | None = None,
    phone: str | None = None,
    tenant: str | None = None,
) -> set[str]:
    return set(find_zones(timezone=timezone, region=region, phone=phone, tenant=tenant))


@pytest.mark.parametrize(
    ("written", "zone"),
    [
        ("America/New_York", "America/New_York"),
        ("america/new_york", "America/New_York"),
        ("US/Eastern", "US/Eastern"),
        ("us_slash_eastern", "US/Eastern"),
        ("us_slash_indiana-starke", "US/Indiana-Starke"),
        ("america_slash_port_of_spain", "America/Port_of_Spain"),
        ("america_slash_argentina_slash_buenos_aires", "America/Argentina/Buenos_Aires"),
        ("africa_slash_dar_es_salaam", "Africa/Dar_es_Salaam"),
        ("  Europe/Berlin ", "Europe/Berlin"),
        ("utc", "UTC"),
    ],
)
def test_a_persons_own_zone_is_understood_however_it_is_written_d4(written: str, zone: str) -> None:
    assert zones(written, region="CA", phone="+12125550123", tenant="Asia/Tokyo") == {zone}


@pytest.mark.parametrize(
    "nonsense", ["", "  ", "Mars/Olympus", "America", "../../etc/passwd", "\x00", "é", "us_slash_"]
)
def test_an_unknown_zone_counts_as_none_d4(nonsense: str) -> None:
    assert zones(nonsense, tenant="Europe/Berlin") == {"Europe/Berlin"}
    assert zones(None, tenant=nonsense) == set(US_ZONES)


@pytest.mark.parametrize(
    ("written", "state"),
    [
        ("ME", "ME"),
        ("me ", "ME"),
        ("Maine", "ME"),
        ("maine", "ME"),
        ("  NEW   york ", "NY"),
        ("N.Y.", "NY"),
        ("US-KY", "KY"),
        ("rhode island", "RI"),
        ("West Virginia", "WV"),
        ("D.C.", "DC"),
        ("Washington, DC", "DC"),
        ("Washington", "WA"),
        ("Bayern", None),
        ("日本", None),
        ("", None),
        (None, None),
    ],
)
def test_states_are_known_by_code_and_by_name_d4(written: str | None, state: str | None) -> None:
    assert find_state(written) == state


def test_every_state_has_a_code_a_name_and_a_zone_d4() -> None:
    assert len(STATE_ZONES) == 51
    assert {name for found in STATE_ZONES.values() for name in found} == set(US_ZONES)


def test_a_state_named_in_full_overrules_the_businesss_zone_d4() -> None:
    assert zones(region="Maine", tenant="Europe/Berlin") == {EAST}


@pytest.mark.parametrize(
    ("region", "phone", "expected"),
    [
        ("NY", "+1 212 555 0123", {EAST}),
        ("TX", "(214) 555-0123", {CENTRAL}),  # the area code says which of two zones
        ("CA", "+1 212 555 0123", {WEST, EAST}),  # moved and kept the number: both
        (None, "+1 808 555 0100", {"Pacific/Honolulu"}),
        ("FL", None, {EAST, CENTRAL}),
        ("NY", "+1 800 555 0100", {EAST}),  # toll-free says nothing
        (None, "+1 800 555 0100", {"America/Denver"}),
        ("NY", "call me", {EAST}),
        ("NY", "+12", {EAST}),
        ("NY", "555-0100", {EAST}),
    ],
)
def test_address_and_area_code_together_d4(
    region: str | None, phone: str | None, expected: set[str]
) -> None:
    assert zones(region=region, phone=phone, tenant="America/Denver") == expected


@pytest.mark.parametrize(
    ("phone", "some"),
    [
        ("+447911123456", {"Europe/London"}),
        ("+61412345678", {"Australia/Perth", "Australia/Sydney"}),
        ("+33612345678", {"Europe/Paris"}),
        ("+79161234567", {"Europe/Moscow", "Asia/Kamchatka"}),
    ],
)
def test_a_number_from_abroad_is_never_held_to_the_businesss_hours_d4(
    phone: str, some: set[str]
) -> None:
    found = zones(phone=phone, tenant=EAST)
    assert some <= found
    assert EAST not in found


@pytest.mark.parametrize(
    ("phone", "tenant"),
    [
        ("5512345678", "America/Mexico_City"),  # would be New Jersey
        ("07700 900123", "Europe/London"),
        ("7042345678", "Asia/Kolkata"),  # would be North Carolina
        ("06 12 34 56 78", "Europe/Paris"),
    ],
)
def test_a_number_without_country_is_not_read_as_an_american_one_abroad_d4(
    phone: str, tenant: str
) -> None:
    assert zones(phone=phone, tenant=tenant) == {tenant}


@pytest.mark.parametrize("tenant", [None, "America/Chicago", "US/Pacific", "America/Detroit"])
def test_a_number_without_country_is_an_american_one_for_an_american_business_d4(
    tenant: str | None,
) -> None:
    assert zones(phone="212-555-0123", tenant=tenant) == {EAST}


def test_nobody_known_at_all_means_every_us_zone_d4() -> None:
    assert zones() == set(US_ZONES)
    assert zones(tenant="Europe/Berlin") == {"Europe/Berlin"}
