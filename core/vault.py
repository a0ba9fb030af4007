"""Secrets at rest: AES-256-GCM with a named key in front and the row's identity bound to the text."""

import base64
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from core.errors import AppError, SettingsInvalid

_NONCE = 12


class VaultError(AppError):
    """A stored secret cannot be opened: its key is gone or it was moved to another row."""

    code = "vault"


class Vault:
    """Seals and opens short texts; the first key seals, every key opens."""

    def __init__(self, keys: dict[str, bytes]) -> None:
        if not keys:
            raise SettingsInvalid(
                "REKINDLE_VAULT_KEYS is empty: the service does not start without a key"
            )
        self._keys = {name: AESGCM(key) for name, key in keys.items()}
        self._sealing = next(iter(keys))

    def seal(self, text: str, *, identity: str) -> str:
        nonce = os.urandom(_NONCE)
        body = self._keys[self._sealing].encrypt(nonce, text.encode(), identity.encode())
        return f"{self._sealing}:{base64.b64encode(nonce + body).decode()}"

    def open(self, sealed: str, *, identity: str) -> str:
        """The text again; raises VaultError for an unknown key, another identity or a changed text."""
        name, _, body = sealed.partition(":")
        if name not in self._keys:
            raise VaultError("a stored secret was sealed with a key that is no longer configured")
        try:
            raw = base64.b64decode(body, validate=True)
            return self._keys[name].decrypt(raw[:_NONCE], raw[_NONCE:], identity.encode()).decode()
        except (InvalidTag, ValueError):  # ValueError: cut short, or no longer base64
            raise VaultError("a stored secret does not belong to this row or was changed") from None


def parse_keys(text: str) -> dict[str, bytes]:
    """`id:base64,id:base64` into keys of 32 bytes, in order; raises SettingsInvalid."""
    keys: dict[str, bytes] = {}
    for item in filter(None, (part.strip() for part in text.split(","))):
        name, _, encoded = item.partition(":")
        try:
            key = base64.b64decode(encoded, validate=True)
        except ValueError:
            key = b""
        if not name or len(key) != 32:
            raise SettingsInvalid(
                "REKINDLE_VAULT_KEYS wants id:base64 pairs of 32 bytes; "
                "make one with: python -c 'import base64,os; print(base64.b64encode(os.urandom(32)).decode())'"
            )
        if name in keys:
            raise SettingsInvalid(
                f"REKINDLE_VAULT_KEYS names two keys {name}: give each its own id"
            )
        keys[name] = key
    return keys


def new_key() -> str:
    """A fresh key in the form the setting wants, for development and demonstrations."""
    return "dev:" + base64.b64encode(os.urandom(32)).decode()
