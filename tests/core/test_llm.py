"""A language model is believed only when it says one of our words; nothing it says or fails at shows a text."""

from collections.abc import Iterator
from typing import Any, Literal

import httpx2
import pytest

from contact_rules import language_model as llm
from contact_rules.language_model import Model, NoVerdict, ask
from contact_rules.reasons import REASONS
from tests.oracle import Oracle, consulted

pytestmark = pytest.mark.integration

TEXT = "They went elsewhere, says [name]."
APIS: tuple[Literal["openai", "anthropic"], ...] = ("openai", "anthropic")


@pytest.fixture
def oracle() -> Iterator[Oracle]:
    with consulted() as found:
        yield found


def asked(oracle: Oracle, api: Literal["openai", "anthropic"], key: str | None = "k-1") -> Any:
    with httpx2.Client() as client:
        return ask(client, Model(oracle.url, api, "small-model", key), TEXT)


@pytest.mark.parametrize("api", APIS)
@pytest.mark.parametrize("reason", [*REASONS, "unknown"])
def test_s7_one_of_our_words_is_a_verdict(
    oracle: Oracle, api: Literal["openai", "anthropic"], reason: str
) -> None:
    oracle.says({"reason": reason, "confidence": 0.8}, api=api)
    verdict = asked(oracle, api)
    assert (verdict.reason, verdict.confidence) == (reason, 0.8)


@pytest.mark.parametrize("api", APIS)
def test_words_and_fences_around_the_answer_are_passed_over(
    oracle: Oracle, api: Literal["openai", "anthropic"]
) -> None:
    oracle.says('Sure!\n```json\n{"reason": "moved", "confidence": 1, "why": "x"}\n```', api=api)
    assert asked(oracle, api).reason == "moved"


def test_an_openai_compatible_server_is_asked_as_it_wants() -> None:
    with consulted() as oracle:
        oracle.says({"reason": "moved", "confidence": 0.5})
        asked(oracle, "openai")
        asked(oracle, "openai", key=None)
    assert oracle.paths == ["/chat/completions"] * 2
    assert oracle.headers[0]["authorization"] == "Bearer k-1"
    assert "authorization" not in oracle.headers[1]
    assert oracle.asked[0]["model"] == "small-model"
    system, user = oracle.asked[0]["messages"]
    assert all(word in system["content"] for word in (*REASONS, "unknown"))
    assert user == {"role": "user", "content": TEXT}


def test_anthropic_is_asked_as_it_wants() -> None:
    with consulted() as oracle:
        oracle.says({"reason": "moved", "confidence": 0.5}, api="anthropic")
        asked(oracle, "anthropic")
    assert oracle.paths == ["/v1/messages"]
    assert oracle.headers[0]["x-api-key"] == "k-1"
    assert oracle.headers[0]["anthropic-version"] == llm.ANTHROPIC_VERSION
    assert oracle.asked[0]["messages"] == [{"role": "user", "content": TEXT}]
    assert oracle.asked[0]["max_tokens"] > 0


@pytest.mark.parametrize("api", APIS)
@pytest.mark.parametrize(
    "content",
    [
        "",
        "I can't help with that.",
        "{",
        "competitor",
        {"reason": "price", "confidence": 0.9},
        {"reason": "moved"},
        {"reason": "moved", "confidence": 1.5},
        {"reason": "moved", "confidence": "very"},
        {"confidence": 0.9},
        ["moved", 0.9],
        '{"reason": "moved", "confidence": NaN}',
    ],
)
def test_s7_everything_else_is_no_verdict_and_names_no_text(
    oracle: Oracle, api: Literal["openai", "anthropic"], content: object
) -> None:
    oracle.says(content, api=api)
    with pytest.raises(NoVerdict) as failed:
        asked(oracle, api)
    assert TEXT not in str(failed.value)
    assert failed.value.__cause__ is None
    assert failed.value.__suppress_context__


@pytest.mark.parametrize("api", APIS)
@pytest.mark.parametrize(
    "answer",
    [
        (200, b"<html>"),
        (200, b"[]"),
        (200, b"null"),
        (200, b'{"choices": []}'),
        (200, b'{"choices": [{"message": {"content": null, "refusal": "no"}}]}'),
        (200, b'{"content": [], "stop_reason": "refusal"}'),
        (204, b""),
        (302, b""),
        (401, b'{"error": "bad key"}'),
        (429, b"{}"),
        (500, b"{}"),
    ],
)
def test_refusals_and_strange_answers_are_no_verdict(
    oracle: Oracle, api: Literal["openai", "anthropic"], answer: tuple[int, bytes]
) -> None:
    oracle.answer = answer
    with pytest.raises(NoVerdict):
        asked(oracle, api)


def test_a_slow_model_and_an_absent_one_are_no_verdict(oracle: Oracle) -> None:
    oracle.says({"reason": "moved", "confidence": 0.9})
    oracle.delay = 0.4
    hurried = Model(oracle.url, "openai", "small-model", patience=0.05)
    with httpx2.Client() as client, pytest.raises(NoVerdict, match="Timeout"):
        ask(client, hurried, TEXT)
    gone = Oracle(url="http://127.0.0.1:9")
    with pytest.raises(NoVerdict):
        asked(gone, "openai")


def test_the_key_does_not_show() -> None:
    assert "k-secret" not in repr(Model("http://x", "openai", "m", "k-secret"))
