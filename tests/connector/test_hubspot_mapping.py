"""Which of HubSpot's properties feed which field, and from which of several a value is read."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.hubspot import consent, parse
from connector.hubspot.mapping import CANDIDATES, ONE_ONLY, choose, wanted

MAPPING = choose(name for names in CANDIDATES.values() for name in names)


def contact(**properties: str | None) -> Any:
    return parse.contact({"id": "512", "properties": properties}, MAPPING)


def test_only_properties_that_exist_are_mapped_and_asked_for_s31() -> None:
    existing = ["email", "phone", "hs_email_last_click_date", "rekindle_track", "secret_note"]
    assert choose(existing) == {"email": ("email",), "phone": ("phone",)}
    always = "hs_merged_object_ids"  # every account has it, and without it a person would be two
    mapped = ("email", "phone", "hs_email_last_click_date")
    assert wanted(existing) == (*mapped, always, "rekindle_track")
    assert choose([]) == {}
    assert wanted([]) == (always,)
    assert choose(["phone", "mobilephone"])["phone"] == ("mobilephone", "phone")


def test_a_number_in_either_phone_property_is_read_s31() -> None:
    """Every real account has `mobilephone`: that it exists says nothing of where the numbers are."""
    assert contact(mobilephone=None, phone="+1 207 555 0148")["phone"] == "+1 207 555 0148"
    assert contact(mobilephone="", phone="+1 207 555 0148")["phone"] == "+1 207 555 0148"
    both = contact(mobilephone="+1 207 555 0100", phone="+1 207 555 0148")
    assert both["phone"] == "+1 207 555 0100"
    assert both["fields"] == '{"phone":"+1 207 555 0148"}'


# Of what speaks against contacting somebody every property counts: test_hubspot_consent.py.
ONE_OF_ALL = ONE_ONLY | consent.PROPERTIES.keys()
SEVERAL = {f: n for f, n in CANDIDATES.items() if len(n) > 1 and f not in ONE_OF_ALL}


@pytest.mark.parametrize(("field", "names"), SEVERAL.items(), ids=list(SEVERAL))
@pytest.mark.parametrize("empty", [None, "", [], {}])
def test_every_field_is_read_from_the_first_property_with_a_value_s31(
    field: str, names: tuple[str, ...], empty: Any
) -> None:
    for place, name in enumerate(names):
        values = dict.fromkeys(names[:place], empty) | dict.fromkeys(names[place:], "true")
        row = contact(**values)
        assert row[field] in {"true", True}
        if field == "reason":
            assert row["reason_source"] == name
    assert contact(**dict.fromkeys(names, empty))[field] is None


@given(st.lists(st.sampled_from(["true", "false", "", None]), min_size=3, max_size=3))
def test_d3_a_no_to_texts_in_any_property_outweighs_a_yes(said: list[str | None]) -> None:
    values = dict(zip(CANDIDATES["sms_consent"], said, strict=True))
    expected = False if "false" in said else True if "true" in said else None
    assert contact(**values)["sms_consent"] is expected


def test_what_was_settled_on_is_read_first_and_an_inquiry_from_it_alone_s31() -> None:
    existing = ["phone", "mobilephone", "work_phone", "inquiry_level", "interest_level", "heat"]
    assert choose(existing, {"phone": "work_phone"})["phone"] == (
        "work_phone",
        "mobilephone",
        "phone",
    )
    assert choose(existing)["inquiry"] == ("inquiry_level",)
    assert choose(existing, {"inquiry": "heat"})["inquiry"] == ("heat",)
    assert "heat" in wanted(existing, {"inquiry": "heat"})
    assert "inquiry_level" not in wanted(existing, {"inquiry": "heat"})
    for nothing in ("", "gone_since"):
        assert "inquiry" not in choose(existing, {"inquiry": nothing})
    assert choose(existing, {"phone": ""}).get("phone") is None
    row = parse.contact(
        {"id": "1", "properties": {"inquiry_level": None, "interest_level": "high"}},
        choose(["inquiry_level", "interest_level"]),
    )
    assert (row["inquiry"], row["inquiry_source"]) == (None, None)
