"""Looks for personal values and tokens where none may be: log files, the queue server, error pages."""

import base64
import binascii
import re
import zlib
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from redis import Redis

_SHORT = 6  # what is shorter says nothing about anybody


@dataclass(slots=True)
class Sentinel:
    """Knows what must not be seen, and remembers where it was seen all the same."""

    forbidden: set[str] = field(default_factory=set)
    found: dict[str, int] = field(default_factory=dict)  # where and what kind → how often

    def forbid(self, texts: Iterable[str]) -> None:
        """Watch out for these texts from now on."""
        for text in texts:
            plain = text.strip()
            if len(plain) >= _SHORT:
                self.forbidden |= set(_spellings(plain))

    def look(self, where: str, content: bytes) -> None:
        """Look through some bytes, also through what is packed in them."""
        for layer in _layers(content):
            text = layer.decode("utf-8", "replace")
            for seen in self.forbidden:
                if seen in text:
                    key = f"{_kind(seen)} in {where.replace(seen, '...')}"
                    self.found[key] = self.found.get(key, 0) + 1

    def look_into_files(self, folder: Path) -> None:
        for path in sorted(folder.glob("*.log")):
            self.look(path.name, path.read_bytes())

    def look_into_queue(self, redis: Redis) -> None:
        for where, content in _everything(redis):
            self.look(where, content)


def _spellings(text: str) -> Iterator[str]:
    yield text
    if "@" in text:
        yield text.replace("@", "%40")
    digits = re.sub(r"\D", "", text)
    if len(digits) >= 10 and re.fullmatch(r"[\d\s()+.-]+", text):
        yield digits[-10:]


def _kind(text: str) -> str:
    if "@" in text or "%40" in text:
        return "an e-mail address"
    if text.lstrip("+").isdigit():
        return "a phone number"
    return "a name" if " " in text else "a token"


def _layers(content: bytes) -> Iterator[bytes]:
    """The bytes and what RQ packs: zlib, or base64 around it."""
    yield content
    packed = [content]
    with suppress(binascii.Error, ValueError):
        packed.append(base64.b64decode(content, validate=True))
    for some in packed:
        try:
            yield zlib.decompress(some)
        except zlib.error:
            continue


def _everything(redis: Any) -> Iterator[tuple[str, bytes]]:
    """Every key with every value of the server."""
    for key in redis.scan_iter(count=1000):
        where = "the queue server's " + re.sub(
            r"[0-9a-f]{8,}|\d+", "*", key.decode("utf-8", "replace")
        )
        yield where, key
        for value in _values(redis, key):
            yield where, value


def _values(redis: Any, key: bytes) -> Iterator[bytes]:
    match redis.type(key):
        case b"string":
            yield redis.get(key) or b""
        case b"list":
            yield from redis.lrange(key, 0, -1)
        case b"set":
            yield from redis.smembers(key)
        case b"zset":
            yield from redis.zrange(key, 0, -1)
        case b"hash":
            yield from redis.hgetall(key).values()
        case b"stream":
            for _, fields in redis.xrange(key):
                yield from fields.values()
