"""What may be a setting, what the rules refuse, and which level's value holds."""

from dataclasses import fields
from datetime import datetime, time, timedelta
from typing import Any, get_args
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contact_rules.local_time import next_open
from contact_rules.us_states import STATE_ZONES
from core.errors import Invalid
from core.moments import from_millis
from core.settings import Settings
from oauth.account_settings.alters import Alters
from oauth.account_settings.choices import READ_TEXTS
from oauth.account_settings.fields import (
    BY_NAME,
    FIELDS,
    VERTICALS,
    AccountSettings,
)
from oauth.account_settings.kinds import Value
from oauth.account_settings.resolve import Layer, Origin, altered, defaults, read_typed, resolve
from scoring.verticals import VERTICALS as SCORED
from workflows.gate.policy import policy_of

NAMES = st.sampled_from([field.name for field in FIELDS])
ANY: Any = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12)
    | st.sampled_from(["llm", "dental", "08:00-21:00", "21:00-08:00", "closed", "EUR", "de"])
)  # fmt: skip


def test_every_setting_has_its_words_once() -> None:
    assert [field.name for field in FIELDS] == list(BY_NAME)
    assert set(BY_NAME) == {f.name for f in fields(AccountSettings)}
    assert len({(field.group, field.label) for field in FIELDS}) == len(FIELDS)


def test_the_defaults_are_allowed_and_read_back_as_typed() -> None:
    usual = AccountSettings(timezone="America/Chicago")
    for field in FIELDS:
        value = getattr(usual, field.name)
        assert field.kind.check(value) == value
        if value != "":
            assert field.kind.read(field.kind.typed(value)) == value
            assert field.kind.show(value)


def test_choices_are_those_that_the_rest_of_the_product_knows() -> None:
    assert tuple(VERTICALS) == tuple(SCORED)
    assert tuple(READ_TEXTS) == get_args(Settings.model_fields["read_texts"].annotation)


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("vertical", "dental", "dental"),
        ("phi", "No", False),
        ("read_texts", "off", "off"),
        ("timezone", "America/Los_Angeles", "America/Los_Angeles"),
        ("currency", "eur", "EUR"),
        ("hours", "8-21", "08:00-21:00"),
        ("hours", "10:30 to 18", "10:30-18:00"),
        ("hours", "9:00–17:00", "09:00-17:00"),
        ("sunday_hours", "Closed", "closed"),
        ("cooldown_days", "120", 120),
        ("holdout_share", "20%", 0.2),
        ("holdout_share", "12.5", 0.125),
        ("holdout_share", "By size", None),
        ("email_cost", "0.0125", 0.0125),
        ("call_cost", "Usual", None),
        ("most_changed", "10", 0.1),
        ("sender_place", "12 Harbor St,  Portland", "12 Harbor St, Portland"),
        ("language", "pt-BR", "pt-BR"),
    ],
)
def test_what_people_type_is_understood(name: str, text: str, value: Value) -> None:
    values, cleared, problems = read_typed({name: text})
    assert (values, cleared, problems) == ({name: value}, set(), {})


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("vertical", "hearing aids", "Choose one of general, audiology"),
        ("phi", "maybe", "yes or no"),
        ("timezone", "Boston", "America/New_York"),
        ("timezone", "america/new_york", "America/New_York"),
        ("currency", "euro", "USD"),
        ("hours", "7-20", "before 08:00 or after 21:00 .* (rule D4)"),
        ("hours", "9-22", "rule D4"),
        ("hours", "20-9", "before the second"),
        ("hours", "9-9", "before the second"),
        ("hours", "25-26", "two times"),
        ("hours", "all day", "two times"),
        ("hours", "9-12-15", "two times"),
        ("hours", "closed", "two times"),
        ("cooldown_days", "89", "rule D7"),
        ("cooldown_days", "9999", "90 to 730"),
        ("cooldown_days", "90.5", "whole number of days"),
        ("quiet_after_staff_days", "30", "rule D8"),
        ("quiet_after_activity_days", "29", "rule D8"),
        ("holdout_share", "0", "5% to 50%, or “by size”"),
        ("holdout_share", "nan", "5% to 50%"),
        ("holdout_share", "80", "5% to 50%"),
        ("first_wave", "51", "rule D12"),
        ("text_cost", "-1", "0 to 1,000, or “usual”"),
        ("text_cost", "1001", "0 to 1,000"),
        ("later_wave", "0", "1 to 1,000"),
        ("most_changed", "100", "1% to 50%"),
        ("sender_name", "x" * 121, "120 characters"),
        ("language", "English", "such as en"),
        ("colour", "blue", "There is no setting colour"),
    ],
)
def test_what_the_rules_forbid_is_refused_in_plain_words(name: str, text: str, says: str) -> None:
    values, cleared, problems = read_typed({name: text})
    assert (values, cleared) == ({}, set())
    with pytest.raises(AssertionError, match=says.replace("(", r"\(").replace(")", r"\)")):
        raise AssertionError(problems[name])


@given(name=NAMES, value=ANY)
def test_whatever_is_accepted_is_within_the_rules_and_can_be_typed(name: str, value: Any) -> None:
    kind = BY_NAME[name].kind
    try:
        checked = kind.check(value)
    except Invalid:
        return
    if checked != "":
        assert kind.read(kind.typed(checked)) == checked
    assert kind.show(checked)
    said: dict[str, Any] = {name: checked}
    assert is_lawful(AccountSettings(**said))


def is_lawful(own: AccountSettings) -> bool:
    policy = policy_of(own)
    return (
        policy.cooldown >= timedelta(days=90)
        and policy.quiet_after_staff >= timedelta(days=90)
        and policy.quiet_after_activity >= timedelta(days=30)
        and 1 <= own.first_wave <= 50
        and (own.holdout_share is None or 0.05 <= own.holdout_share <= 0.5)
        and policy.hours.weekday.opens >= time(8)
        and policy.hours.weekday.closes <= time(21)
    )


LAYER = st.dictionaries(NAMES, ANY)
# What each state's law leaves on a Monday, a Saturday and a Sunday, as an account with 08:00-21:00 has it (D4).
LAWS = {
    "NY": ((8, 21), (8, 21), (8, 21)),
    "FL": ((8, 20), (8, 20), (8, 20)),
    "CT": ((9, 20), (9, 20), (9, 20)),
    "TX": ((9, 21), (9, 21), (12, 21)),
    "KY": ((10, 21), (10, 21), (10, 21)),
    "CA": ((9, 21), (9, 21), (9, 21)),
    "RI": ((9, 18), (10, 17), (10, 17)),
    None: ((9, 20), (9, 20), (12, 20)),
}


@pytest.mark.parametrize("state", LAWS)
def test_d4_no_account_widens_the_hours_of_a_state(state: str | None) -> None:
    hours = policy_of(AccountSettings(hours="08:00-21:00", sunday_hours="08:00-21:00")).hours
    found = [hours.window(weekday, state) for weekday in (0, 5, 6)]
    assert tuple((w.opens.hour, w.closes.hour) for w in found) == LAWS[state]


@given(
    at=st.integers(1_700_000_000_000, 4_100_000_000_000).map(from_millis),
    state=st.sampled_from([*LAWS]),
    opens=st.integers(8, 19),
    lasts=st.integers(1, 6),
)
def test_d4_an_accounts_own_hours_only_narrow_what_the_law_leaves(
    at: datetime, state: str | None, opens: int, lasts: int
) -> None:
    closes = min(opens + lasts, 21)
    own = AccountSettings(hours=f"{opens:02}:00-{closes:02}:00", sunday_hours="closed")
    zones = STATE_ZONES[state] if state else ("America/New_York",)
    try:
        found = next_open(at, zones, hours=policy_of(own).hours, state=state)
    except ValueError:
        return  # an account that leaves no hour contacts nobody
    for zone in zones:
        there = found.astimezone(ZoneInfo(zone))
        assert there.weekday() != 6
        assert opens <= there.hour < closes
        earliest, latest = LAWS[state][1 if there.weekday() == 5 else 0]
        assert earliest <= there.hour < latest


@given(crm=st.dictionaries(st.sampled_from(["timezone", "currency"]), st.text(min_size=1, max_size=3)),
       agency=LAYER, account=LAYER)  # fmt: skip
def test_the_last_level_with_an_allowed_value_wins_and_says_so(
    crm: dict[str, str], agency: dict[str, Any], account: dict[str, Any]
) -> None:
    usual = defaults(environment())
    layers = [
        usual,
        Layer(Origin.CRM, crm),
        Layer(Origin.AGENCY, agency),
        Layer(Origin.ACCOUNT, account),
    ]
    found = resolve(layers)
    assert set(found.origins) == set(BY_NAME)
    for field in FIELDS:
        allowed = [
            layer
            for layer in layers
            if field.name in layer.values
            and (layer in layers[:2] or is_allowed(field.name, layer.values[field.name]))
        ]
        assert found.origins[field.name] is allowed[-1].origin
        assert found.value(field.name) == allowed[-1].values[field.name]


def is_allowed(name: str, value: Any) -> bool:
    try:
        BY_NAME[name].kind.check(value)
    except Invalid:
        return False
    return True


def environment(**more: Any) -> Settings:
    needed = {"vault_keys": "k:" + "x" * 44, "session_secret": "x" * 40}
    return Settings.model_validate({**needed, **more})


def test_the_environment_gives_defaults() -> None:
    given_ = defaults(environment(vertical="dental", phi=False, read_texts="off"))
    found = resolve([given_, Layer(Origin.ACCOUNT, {"phi": True})])
    assert found.settings == AccountSettings(vertical="dental", phi=True, read_texts="off")
    assert found.origins["vertical"] is Origin.DEFAULT
    assert found.origins["phi"] is Origin.ACCOUNT


@pytest.mark.parametrize(
    ("before", "after", "alters"),
    [
        ({}, {}, None),
        ({}, {"sender_name": "Ann"}, Alters.DECIDING),
        ({}, {"later_wave": 10}, None),
        ({}, {"hours": "10:00-18:00"}, Alters.DECIDING),
        ({}, {"cooldown_days": 120, "vertical": "dental"}, Alters.SCORING),
        ({}, {"holdout_share": 0.2}, Alters.SCORING),
        ({}, {"read_texts": "off", "vertical": "dental"}, Alters.READING),
        ({}, {"phi": False}, Alters.DECIDING),
        ({"read_texts": "llm"}, {"phi": False, "read_texts": "llm"}, Alters.READING),
    ],
)
def test_a_change_alters_what_its_settings_are_used_for(
    before: dict[str, Any], after: dict[str, Any], alters: Alters | None
) -> None:
    assert altered(AccountSettings(**before), AccountSettings(**after)) is alters
