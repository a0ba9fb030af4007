"""A free phrase as plain words: lower case, without accents, however it was put together."""

import re
import unicodedata

_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_NO_WORD = re.compile(r"[^\w]+|_+")
_HYPHENATED = re.compile(r"\be[-\s]?mail", re.IGNORECASE)


def words(phrase: str) -> tuple[str, ...]:
    """The words of a phrase: "FORM_SUBMISSION", "formSubmission" and "Form submission" are the same."""
    plain = unicodedata.normalize("NFKD", _HYPHENATED.sub("email", phrase))
    plain = "".join(sign for sign in plain if not unicodedata.combining(sign))
    plain = plain.replace("ß", "ss")
    return tuple(_NO_WORD.sub(" ", _HUMP.sub(" ", plain)).lower().split())


def plain_words(phrase: str) -> str:
    """The words with one space between them."""
    return " ".join(words(phrase))
