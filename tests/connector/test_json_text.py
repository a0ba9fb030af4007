"""Whatever characters come from outside, what is read of them can be stored, and nothing else is lost."""

import json
from typing import Any

import orjson
import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.engine import Engine

from connector.json_text import REPLACED, NotJson, decode

pytestmark = pytest.mark.integration

ANY_TEXT = st.text(st.characters(codec=None, categories=None))
ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | ANY_TEXT,
    lambda inner: st.lists(inner) | st.dictionaries(ANY_TEXT, inner),
    max_leaves=20,
)


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (rb'{"a":"cut \ud83d"}', {"a": "cut \ufffd"}),
        (rb'{"a":"\ude00 cut"}', {"a": "\ufffd cut"}),
        (rb'{"a":"\ud83d\ude00"}', {"a": "\U0001f600"}),
        (rb'{"\ud83d":["\ud83d",{"b":"\ud83d"}]}', {"\ufffd": ["\ufffd", {"b": "\ufffd"}]}),
        (rb'{"a":"null \u0000 character"}', {"a": "null \ufffd character"}),
        (rb'{"a":"the letters \\u0000"}', {"a": "the letters \\u0000"}),
        (b'{"a":"\xe9"}', {"a": "\ufffd"}),
        (b'\xef\xbb\xbf{"a":1}', {"a": 1}),
        (rb'{"a":NaN,"b":1e999,"c":"\ud83d"}', {"a": None, "b": None, "c": "\ufffd"}),
        (rb'[12345678901234567890123,"\ud83d"]', [1.2345678901234568e22, "\ufffd"]),
    ],
)
def test_what_no_database_holds_is_replaced_and_all_else_stays(content: bytes, found: Any) -> None:
    assert decode(content) == found


@pytest.mark.parametrize("content", [b"", b"{", b'{"a":', b"<html></html>", b"[" * 100_000])
def test_what_is_not_json_is_refused(content: bytes) -> None:
    with pytest.raises(NotJson):
        decode(content)


def test_replaced_characters_are_counted() -> None:
    before = REPLACED._value.get()
    decode(rb'["\ud83d", "\u0000", "\ud83d\ude00", "good"]')
    decode(b'["\xff", "\xef\xbf\xbd"]')
    assert REPLACED._value.get() - before == 3


@given(ANY_JSON)
def test_every_text_that_json_can_carry_can_be_written_again(value: Any) -> None:
    assert orjson.dumps(decode(json.dumps(value).encode()))


@given(ANY_TEXT)
def test_only_what_is_unfit_differs(text: str) -> None:
    read = decode(json.dumps([text]).encode())[0]
    assert len(read) == len(text)
    assert all(b in {a, "\ufffd"} for a, b in zip(text, read, strict=True))


def test_what_is_read_reaches_the_database(engine: Engine) -> None:
    said = decode(rb'["\ud83d and \u0000"]')[0]
    with engine.begin() as tx:
        tx.execute(sa.text("CREATE TABLE said (words TEXT)"))
        tx.execute(sa.text("INSERT INTO said VALUES (:words)"), {"words": said})
        kept = tx.execute(sa.text("SELECT words FROM said")).scalar_one()
    assert kept == "\ufffd and \ufffd"
