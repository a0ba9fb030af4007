"""Texts go through the catalogue, can be filled in, and have their words in every language that is shipped."""

import re
from collections import defaultdict
from collections.abc import Iterable
from io import BytesIO
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from jinja2.ext import babel_extract

from app.lab.texts import every_text
from core.wording import CATALOGUE, LANGUAGES

ROOT = Path(__file__).parents[2]
OPTIONS = {"trim_blocks": "true", "lstrip_blocks": "true", "silent": "false"}
TEMPLATES = sorted((ROOT / "app").rglob("*.html"))
# What no person reads: styles, scripts, and what Jinja does.
UNREAD = re.compile(
    r"\{% block style %\}.*?\{% endblock %\}|\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}|<(style|script)\b.*?</\1>",
    re.DOTALL,
)
ATTRIBUTE = re.compile(r'(?<![\w-])(?:aria-label|placeholder|title|data-label|alt)="([^"]*)"')
WORD = re.compile(r"[A-Za-z]{2,}")
NAMES = {"Rekindle", "· Rekindle"}
VALUE = re.compile(r"%\((\w+)\)s")


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda p: p.name)
def test_every_text_of_a_template_can_be_filled_in(path: Path) -> None:
    source = BytesIO(path.read_bytes())
    for line, _function, said, _comments in babel_extract(source, ("_", "ngettext"), (), OPTIONS):
        for text in [said] if isinstance(said, str) else said or ():
            if text is not None:
                assert text % defaultdict(str), (line, text)


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda p: p.name)
def test_no_text_of_a_template_bypasses_the_catalogue(path: Path) -> None:
    bare = UNREAD.sub("", path.read_text())
    texts = [*re.split(r"<[^>]*>", bare), *ATTRIBUTE.findall(bare)]
    assert [text.strip() for text in texts if WORD.search(text) and text.strip() not in NAMES] == []


@pytest.mark.parametrize("language", [one for one in LANGUAGES if one != "en"])
def test_a_language_has_words_for_every_text(language: str) -> None:
    """`./run python -m app.lab.texts` brings the file up to date and names what it lacks."""
    with (CATALOGUE / f"{language}.po").open("rb") as file:
        known = {message.id: message.string for message in read_po(file) if message.id}
    wanted = every_text()
    assert sorted(map(str, wanted - set(known))) == [], "without words"
    assert sorted(map(str, set(known) - wanted)) == [], "nobody says these any more"
    for said, told in known.items():
        for ours, theirs in zip(each(said), each(told), strict=True):
            assert theirs, ours
            assert set(VALUE.findall(theirs)) <= set(VALUE.findall(ours)), ours
            if VALUE.search(ours):
                assert theirs % defaultdict(lambda: "x"), ours


def each(message: str | Iterable[str] | None) -> list[str]:
    return [message] if isinstance(message, str) else list(message or ())
