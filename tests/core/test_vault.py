"""Secrets at rest: what was sealed opens again in its own row, and nowhere else."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import SettingsInvalid
from core.vault import Vault, VaultError, new_key, parse_keys

KEYS = parse_keys(new_key())
VAULT = Vault(KEYS)
KEY = base64.b64encode(b"k" * 32).decode()


@given(text=st.text(), identity=st.text())
def test_what_was_sealed_opens_again(text: str, identity: str) -> None:
    sealed = VAULT.seal(text, identity=identity)
    assert VAULT.open(sealed, identity=identity) == text


def test_the_same_text_is_never_sealed_the_same_and_never_readable() -> None:
    sealed = {VAULT.seal("a-refresh-token", identity="1") for _ in range(50)}
    assert len(sealed) == 50
    assert not any("refresh" in s for s in sealed)


def test_a_secret_moved_to_another_row_stays_shut() -> None:
    sealed = VAULT.seal("secret", identity="hubspot-1")
    with pytest.raises(VaultError, match="does not belong to this row"):
        VAULT.open(sealed, identity="hubspot-2")


@given(position=st.integers(0, 33), flipped=st.integers(1, 255))
def test_a_changed_text_stays_shut(position: int, flipped: int) -> None:
    name, _, body = VAULT.seal("secret", identity="1").partition(":")
    raw = bytearray(base64.b64decode(body))
    assert len(raw) == 34
    raw[position] ^= flipped
    with pytest.raises(VaultError):
        VAULT.open(f"{name}:{base64.b64encode(raw).decode()}", identity="1")


@pytest.mark.parametrize("body", ["", "A", "AAAA", "%%%%", "é", "AAAAAAAAAAAAAAAA", "=" * 40])
def test_a_mutilated_text_is_an_error_one_can_act_on(body: str) -> None:
    with pytest.raises(VaultError):
        VAULT.open(f"dev:{body}", identity="1")


@pytest.mark.parametrize("sealed", ["", "gone", "gone:AAAA", ":AAAA"])
def test_an_unknown_key_is_named_as_the_cause(sealed: str) -> None:
    with pytest.raises(VaultError, match="no longer configured"):
        VAULT.open(sealed, identity="1")


def test_a_new_key_seals_and_the_old_one_still_opens() -> None:
    sealed = Vault({"old": b"o" * 32}).seal("secret", identity="1")
    both = Vault({"new": b"n" * 32, "old": b"o" * 32})
    assert both.open(sealed, identity="1") == "secret"
    again = both.seal("secret", identity="1")
    assert Vault({"new": b"n" * 32}).open(again, identity="1") == "secret"


def test_keys_keep_their_order() -> None:
    assert list(parse_keys(f" b:{KEY} , a:{KEY},")) == ["b", "a"]


@pytest.mark.parametrize(
    "text",
    [
        "nocolon",
        f":{KEY}",
        "a:",
        "a:short",
        "a:é" + KEY,
        "a:" + base64.b64encode(b"k" * 31).decode(),
        "a:" + base64.b64encode(b"k" * 33).decode(),
        f"a:{KEY},b:!!",
        f"a:{KEY},a:{KEY}",
    ],
)
def test_a_wrong_key_setting_is_refused_without_showing_it(text: str) -> None:
    with pytest.raises(SettingsInvalid) as refused:
        parse_keys(text)
    assert "REKINDLE_VAULT_KEYS" in refused.value.message
    assert KEY not in refused.value.message


def test_no_key_at_all_is_refused() -> None:
    with pytest.raises(SettingsInvalid, match="REKINDLE_VAULT_KEYS"):
        Vault(parse_keys(" , "))
