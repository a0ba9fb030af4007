"""How many segments a text message takes, and how it is written with fewer; pure."""

import unicodedata

MOST_SEGMENTS = 2
_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENDED = frozenset("^{}\\[~]|€\f")
_GSM = _BASIC | _EXTENDED
_PLAIN = str.maketrans(
    {
        "‘": "'",  # noqa: RUF001
        "’": "'",  # noqa: RUF001
        "“": '"',
        "”": '"',
        "„": '"',
        "«": '"',
        "»": '"',
        "–": "-",
        "—": "-",
        "…": "...",
        "\u00a0": " ",
        "\u202f": " ",
        "ç": "c",
    }
)


def is_gsm(text: str) -> bool:
    """Whether every character is in the alphabet of text messages."""
    return _GSM.issuperset(text)


def segments(text: str) -> int:
    """How many messages a text is sent as: 160 or 153 characters each, 70 or 67 outside the alphabet."""
    if is_gsm(text):
        length = len(text) + sum(map(text.count, _EXTENDED))
        return _parts(length, 160, 153)
    return _parts(len(text.encode("utf-16-be")) // 2, 70, 67)


def _parts(length: int, alone: int, joined: int) -> int:
    if length == 0:
        return 0
    return 1 if length <= alone else -(-length // joined)


def fit(text: str) -> str | None:
    """The text, in plainer characters where it needs them to be short enough; None where it is too long."""
    if segments(text) <= MOST_SEGMENTS:
        return text
    plain = _folded(text)
    return plain if segments(plain) <= MOST_SEGMENTS else None


def _folded(text: str) -> str:
    return "".join(c if c in _BASIC else _letter(c) for c in text.translate(_PLAIN))


def _letter(character: str) -> str:
    """A letter without its accent, where that leaves one of the alphabet."""
    bare = unicodedata.normalize("NFD", character)[0]
    return bare if bare in _BASIC else character
