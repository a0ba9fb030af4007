"""By which first name somebody may be greeted; pure."""

import re
from functools import lru_cache

_LONGEST = 24
_SHAPE = re.compile(r"[^\W\d_]+(?:['’. -][^\W\d_]+){0,2}\.?")  # noqa: RUF001
# What stands in the field where nobody knew the name, or typed the wrong thing.
_NO_NAMES = frozenset(
    (
        *("test", "tester", "testing", "unknown", "unbekannt", "inconnu", "desconocido", "sconosciuto", "desconhecido"),
        *("onbekend", "none", "null", "nan", "na", "nil", "undefined", "anonymous", "anonym", "noname", "spam", "stop"),
        *("customer", "client", "kunde", "cliente", "klant", "patient", "lead", "contact", "kontakt", "contacto"),
        *("firstname", "first", "name", "vorname", "prenom", "nombre", "nome", "voornaam", "user", "admin", "info"),
        *("sales", "support", "office", "hello", "team", "owner", "guest", "gast", "visitor", "subscriber", "member"),
        *("mr", "mrs", "ms", "miss", "dr", "prof", "herr", "frau", "sir", "madam", "newsletter", "friend", "there"),
        *("deceased", "duplicate", "the", "von", "van", "xxx", "abc", "asdf", "qwerty"),
    )
)  # fmt: skip
_VOWELS = re.compile(r"[aeiouyáàâãäåæéèêëíìîïóòôõöøúùûüý]", re.IGNORECASE)
_LATIN = re.compile(r"[A-Za-zÀ-ɏ '’.-]+")  # noqa: RUF001


@lru_cache(maxsize=1 << 16)
def greeting_name(said: str | None) -> str | None:
    """The first name to greet by, written properly; None where what is there is none."""
    name = " ".join((said or "").split())
    if not 2 <= len(name) <= _LONGEST or not _SHAPE.fullmatch(name):
        return None
    words = re.split(r"[ .'’-]+", name.casefold())  # noqa: RUF001
    if any(word in _NO_NAMES for word in words) or len(set(name.casefold())) == 1:
        return None
    if any(len(word) == 1 for word in words if word) and len(words) == 1:
        return None
    if _LATIN.fullmatch(name) and not _VOWELS.search(name):
        return None
    is_shouted = name.isupper() or name.islower()
    return name.title().replace("’S", "’s").replace("'S", "'s") if is_shouted else name  # noqa: RUF001
