"""Remembers what was made of a text without keeping the text: a digest of it is all that stays."""

import hashlib
from collections.abc import Callable
from functools import wraps
from threading import Lock
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")


def by_digest(size: int) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Decorates a pure function of texts; beyond `size` answers the oldest is forgotten.

    CRMs hold the same subjects, titles and answers thousands of times.
    """

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        known: dict[bytes, R] = {}
        turn = Lock()

        @wraps(function)
        def remembering(*args: P.args, **kwargs: P.kwargs) -> R:
            said = repr((args, sorted(kwargs.items()))).encode("utf-8", "backslashreplace")
            key = hashlib.blake2b(said, digest_size=16).digest()
            with turn:
                if key in known:
                    return known[key]
            found = function(*args, **kwargs)
            with turn:
                if len(known) >= size:
                    known.pop(next(iter(known)))
                known[key] = found
            return found

        return remembering

    return decorate
