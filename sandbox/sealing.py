"""Seals what a sandbox knows of its people, before its time moves, under a key of the evaluator's."""

import os
import secrets
from collections.abc import Iterable, Mapping
from pathlib import Path

from sandbox.config import StartError
from sandbox.world.truth import reveal, write_sealed
from sandbox.world.world import World

SHORTEST_KEY = 16

#: A world, and the contact that each of its people is in the CRM.
KnownPeople = tuple[World, Mapping[int, str]]


class SealError(StartError):
    """A truth that cannot be sealed or a key that cannot be used; the message says what to do."""


def read_key(path: Path) -> bytes:
    """The key in a file, without blanks around it; raises SealError."""
    try:
        key = path.read_bytes().strip()
    except OSError as error:
        raise SealError(f"the key file cannot be read: {error.strerror}") from error
    if len(key) < SHORTEST_KEY:
        raise SealError(f"the key file must hold {SHORTEST_KEY} characters or more")
    return key


def find_or_make_key(path: Path) -> bytes:
    """The key in a file, which only its owner may read if it is made here; raises SealError."""
    if not path.exists():
        _write_privately(path, secrets.token_hex(32) + "\n")
    return read_key(path)


def seal_people(groups: Iterable[KnownPeople], path: Path, key_file: Path) -> int:
    """Write the truth about all of these people; returns how many. Raises SealError.

    Call it before time moves: later the same people have other chances.
    """
    key = find_or_make_key(key_file)
    rows = [row for world, ids in groups for row in reveal(world).rows(key, ids)]
    if not rows:
        raise SealError("there is no truth to seal: this sandbox has no people of its own")
    _write_privately(path, write_sealed(rows))
    return len(rows)


def _write_privately(path: Path, text: str) -> None:
    def private(name: str, flags: int) -> int:
        return os.open(name, flags, 0o600)

    try:
        with open(path, "w", encoding="utf-8", opener=private) as file:
            file.write(text)
    except OSError as error:
        raise SealError(f"{path.name} cannot be written: {error.strerror}") from error
