"""Settings of the HighLevel app: what is missing or wrong is named, secrets are not."""

import pytest

from connector.highlevel.settings import WEBHOOK_KEY, read, sandbox_variables
from connector.highlevel.signature import public_keys
from core.errors import SettingsInvalid
from core.settings import Environment

PREFIX = "REKINDLE_HIGHLEVEL_"
CREDENTIALS = {PREFIX + "CLIENT_ID": "app01-suffix", PREFIX + "CLIENT_SECRET": "hidden"}


def test_settings_have_highlevels_own_addresses_and_key_unless_told() -> None:
    settings = read(Environment(CREDENTIALS))
    assert settings.api_url == "https://services.leadconnectorhq.com"
    assert settings.app_url == "https://marketplace.gohighlevel.com"
    assert settings.app_id == "app01"
    assert settings.daily_share == 0.5
    assert len(public_keys(settings.webhook_keys)) == 1
    assert "{contact_id}" in settings.record_url
    assert "hidden" not in repr(settings)


def test_empty_variables_are_no_variables() -> None:
    names = ("API_URL", "APP_URL", "WEBHOOK_KEYS", "SSO_KEY", "DAILY_SHARE", "RECORD_URL")
    empty = {PREFIX + name: "" for name in names}
    assert read(Environment({**CREDENTIALS, **empty})) == read(Environment(CREDENTIALS))


@pytest.mark.parametrize("left_out", list(CREDENTIALS))
def test_missing_credentials_are_named(left_out: str) -> None:
    with pytest.raises(SettingsInvalid) as refused:
        read(Environment({**CREDENTIALS, left_out: ""}))
    assert left_out in refused.value.message
    assert "hidden" not in refused.value.message


@pytest.mark.parametrize("share", ["0", "-1", "1.5", "half", "nan"])
def test_a_share_that_is_none_is_refused(share: str) -> None:
    with pytest.raises(SettingsInvalid, match="DAILY_SHARE"):
        read(Environment({**CREDENTIALS, PREFIX + "DAILY_SHARE": share}))


def test_keys_may_stand_on_one_line_and_be_several() -> None:
    line = (WEBHOOK_KEY + WEBHOOK_KEY).replace("\n", "\\n")
    settings = read(Environment({**CREDENTIALS, PREFIX + "WEBHOOK_KEYS": line}))
    assert len(public_keys(settings.webhook_keys)) == 2


@pytest.mark.parametrize(
    "value",
    [
        "https://keys.example.test/key",
        "http://127.0.0.1.example.test/key",
        "file:///etc/passwd",
        "-----BEGIN PRIVATE KEY-----",
        "key",
    ],
)
def test_only_this_machine_may_be_asked_for_a_key(value: str) -> None:
    with pytest.raises(SettingsInvalid, match="WEBHOOK_KEYS"):
        read(Environment({**CREDENTIALS, PREFIX + "WEBHOOK_KEYS": value}))


def test_the_sandbox_needs_no_other_settings() -> None:
    settings = read(Environment(sandbox_variables("http://127.0.0.1:1")))
    assert settings.api_url == settings.app_url == "http://127.0.0.1:1/highlevel"
    assert settings.webhook_keys == "http://127.0.0.1:1/control/highlevel/webhook-key"
