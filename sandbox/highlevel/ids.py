"""Ids as HighLevel makes them: twenty letters and digits, drawn from a seed."""

import random
import string
import uuid

_LETTERS = string.ascii_letters + string.digits


class Ids:
    """Draws ids that do not repeat; the same seed draws the same ones."""

    def __init__(self, seed: int) -> None:
        self._dice = random.Random(seed)

    def draw(self) -> str:
        """One id, such as `ve9EPM428h8vShlRW1KT`."""
        return "".join(self._dice.choices(_LETTERS, k=20))

    def draw_object(self) -> str:
        """One id of 24 hexadecimal digits, as payments carry."""
        return f"{self._dice.getrandbits(96):024x}"

    def draw_uuid(self) -> str:
        """One UUID, as workflows carry."""
        return str(uuid.UUID(int=self._dice.getrandbits(128), version=4))
