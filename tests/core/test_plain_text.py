"""Only the writer's own words are left of a message."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contact_rules.plain_text import LONGEST, plain

OWN = "We went elsewhere."


@pytest.mark.parametrize(
    "rest",
    [
        "\n\nOn Tue, Nov 3, 2026 at 8:15 AM Ann <ann@x.example> wrote:\n> old words",
        "\n\nOn Tue, Nov 3, 2026 at 8:15 AM\nAnn Long Name <ann@x.example> wrote:\n> old words",
        "\r\n\r\n-----Original Message-----\r\nFrom: Ann\r\nold words",
        "\n________________________________\nFrom: Ann\nold words",
        "\nFrom: Ann <ann@x.example>\nSent: Tuesday\nTo: Me\n\nold words",
        "\nBegin forwarded message:\nold words",
        "\n> old words\n> more old words",
        "\n-- \nold words",
        "\nSent from my iPhone",
        "\nGet Outlook for iOS",
    ],
)
def test_quotes_and_signatures_are_cut_off(rest: str) -> None:
    assert plain(OWN + rest) == OWN


@pytest.mark.parametrize(
    "markup",
    [
        f"<p>{OWN}</p>",
        f"<html><head><title>old words</title></head><body><div>{OWN}</div></body></html>",
        f"<div>{OWN}</div><blockquote>old words</blockquote>",
        f'<div>{OWN}</div><div class="gmail_quote">old words<div>old words</div></div>old words',
        f'{OWN}<br><div id="divRplyFwdMsg">old words</div>',
        f"<script>old words()</script>{OWN}",
        "<p>We&nbsp;went elsewhere.<br></p>",
    ],
)
def test_markup_and_what_it_marks_as_quoted_go(markup: str) -> None:
    assert plain(markup) == OWN


def test_blocks_are_lines_and_words_do_not_run_together() -> None:
    assert plain("<p>One</p><p>Two<br>Three</p><ul><li>Four</li></ul>") == "One\nTwo\nThree\nFour"
    assert plain("a   b\t c") == "a b c"


def test_signs_that_only_look_like_markup_stay() -> None:
    assert plain("5 < 7 and a<b") == "5 < 7 and a<b"
    assert plain("it\u2019s \u201cfine\u201d") == 'it\'s "fine"'


def test_unclosed_markup_still_gives_the_words() -> None:
    assert plain(f"<div><p>{OWN}") == OWN
    assert plain("<p>Half a <b>tag") == "Half a tag"


@given(st.text(max_size=400))
def test_anything_can_be_read(text: str) -> None:
    assert len(plain(text)) <= LONGEST + 1
    assert plain(plain(text)) is not None


def test_only_the_beginning_of_an_endless_text_is_read() -> None:
    assert len(plain("a " * LONGEST)) <= LONGEST
