"""Who reads a text: nobody, this machine, or a model that the policy allows; and that nothing is left of it."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import httpx2
import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from contact_rules.language_model import Model
from contact_rules.reasons import BY_MODEL, Heard
from core import log
from oauth.account_settings.fields import AccountSettings
from sync.mirror.store import load_names
from sync.mirror.tables import contacts
from sync.texts import (
    MOST_CONFIDENCE,
    MOST_FAILURES,
    TextPolicy,
    TextReader,
    decide_texts,
    open_reader,
)
from tests.oracle import Oracle, consulted
from tests.rekindle import Rekindle

pytestmark = pytest.mark.integration

GONE = "We went with another provider, thanks. Anna Smith, 212-555-0123"
BOTH = "We did not go with a competitor. anna is simply done."


@pytest.fixture
def oracle() -> Iterator[Oracle]:
    with consulted() as found:
        yield found


@pytest.fixture
def reader(oracle: Oracle) -> Iterator[TextReader]:
    """A reader that asks the oracle and knows one name."""
    model = Model(oracle.url, "openai", "small-model")
    found = TextReader(model=model, client=httpx2.Client(), names=lambda _ids: ["Anna"])
    yield found
    found.close()


@pytest.mark.parametrize(
    ("setting", "phi", "reads", "asks", "rule"),
    [
        ("off", True, False, False, None),
        ("off", False, False, False, None),
        ("local", True, True, False, None),
        ("local", False, True, False, None),
        ("llm", True, True, False, "D11"),
        ("llm", False, True, True, None),
    ],
)
def test_d11_health_data_is_never_sent_to_a_model(
    setting: str, *, phi: bool, reads: bool, asks: bool, rule: str | None
) -> None:
    policy = decide_texts(setting, phi=phi)
    assert (policy.reads, policy.asks, policy.rule) == (reads, asks, rule)
    assert (policy.reason is None) == (rule is None)
    assert isinstance(policy, TextPolicy)


def test_s7_without_a_model_the_phrases_decide() -> None:
    reader = TextReader()
    assert reader(GONE, ["1"]) == Heard("competitor", 0.85)
    assert reader("See you on Tuesday", ["1"]) is None
    reader.close()


def test_s7_a_model_that_may_be_asked_decides(reader: TextReader, oracle: Oracle) -> None:
    oracle.says({"reason": "distraction", "confidence": 0.7})
    assert reader(GONE, ["1"]) == Heard("distraction", 0.7, BY_MODEL)
    oracle.says({"reason": "unknown", "confidence": 0.9})
    assert reader(GONE, ["1"]) is None
    oracle.says({"reason": "moved", "confidence": 0.4})
    assert reader(GONE, ["1"]) is None
    oracle.says({"reason": "moved", "confidence": 1.0})
    assert reader(GONE, ["1"]) == Heard("moved", MOST_CONFIDENCE, BY_MODEL)


def test_d11_what_is_sent_is_masked(reader: TextReader, oracle: Oracle) -> None:
    oracle.says({"reason": "moved", "confidence": 0.9})
    reader(f"<p>{GONE}</p>", ["1"])
    reader(BOTH, ["1"])
    assert oracle.texts == [
        "We went with another provider, thanks. [name] [name], [number]",
        "We did not go with a competitor. [name] is simply done.",
    ]


def test_texts_without_a_telling_word_stay_here(reader: TextReader, oracle: Oracle) -> None:
    assert reader("See you on Tuesday", ["1"]) is None
    assert reader("", ["1"]) is None
    assert oracle.asked == []


@pytest.mark.parametrize(
    "answer", [(500, b""), (200, b"no"), (200, b'{"choices":[{"message":{"content":"sorry"}}]}')]
)
def test_s7_a_model_that_fails_leaves_it_to_the_phrases(
    reader: TextReader, oracle: Oracle, answer: tuple[int, bytes]
) -> None:
    oracle.answer = answer
    assert reader(GONE, ["1"]) == Heard("competitor", 0.85)
    assert len(oracle.asked) == 1


def test_a_model_that_keeps_failing_is_left_alone(reader: TextReader, oracle: Oracle) -> None:
    oracle.answer = (503, b"")
    assert {reader(GONE, ["1"]) for _ in range(MOST_FAILURES + 4)} == {Heard("competitor", 0.85)}
    assert len(oracle.asked) == MOST_FAILURES


def test_a_success_in_between_counts_anew(reader: TextReader, oracle: Oracle) -> None:
    for _ in range(3):
        oracle.answer = (503, b"")
        reader(GONE, ["1"])
        oracle.says({"reason": "moved", "confidence": 0.9})
        reader(GONE, ["1"])
    assert len(oracle.asked) == 6


def test_d11_nothing_of_a_text_is_logged(
    reader: TextReader, oracle: Oracle, capsys: pytest.CaptureFixture[str]
) -> None:
    oracle.answer = (500, GONE.encode())
    try:
        log.configure("json")
        for _ in range(MOST_FAILURES + 1):
            reader(GONE, ["1"])
        said = capsys.readouterr()
    finally:
        log.configure("json", level="CRITICAL")
    assert "sync.texts.model_failed" in said.err
    for word in ("provider", "Anna", "212-555", "went"):
        assert word not in said.err + said.out


def context(rekindle: Rekindle, **more: Any) -> Any:
    settings = rekindle.context.settings.model_copy(update=more)
    return replace(rekindle.context, settings=settings)


def test_the_settings_say_who_reads(
    rekindle: Rekindle, oracle: Oracle, capsys: pytest.CaptureFixture[str]
) -> None:
    oracle.says({"reason": "moved", "confidence": 0.9})
    model = {"llm_url": oracle.url, "llm_model": "small-model", "llm_api": "openai"}
    off = AccountSettings(read_texts="off")
    assert open_reader(rekindle.context, "hubspot-1", settings=lambda: off) is None
    asking = context(rekindle, **model)
    own = AccountSettings(read_texts="llm", phi=True)
    try:
        log.configure("json")
        forbidden = open_reader(asking, "hubspot-1", settings=lambda: own)
        said = capsys.readouterr().err
    finally:
        log.configure("json", level="CRITICAL")
    assert forbidden is not None
    assert forbidden(GONE, ["1"]) == Heard("competitor", 0.85)
    assert oracle.asked == []
    assert "D11" in said
    told = [replace(own, phi=False)]
    allowed = open_reader(asking, "hubspot-1", settings=lambda: told[-1])
    assert allowed is not None
    assert allowed(GONE, ["1"]) == Heard("moved", MOST_CONFIDENCE, BY_MODEL)
    told.append(own)
    assert allowed(GONE, ["1"]) == Heard("competitor", 0.85), "health data is obeyed at once"
    assert len(oracle.asked) == 1
    for reader in (forbidden, allowed):
        reader.close()


def test_names_come_from_the_mirror_of_the_account(engine: Engine) -> None:
    row = {"archived": False, "fields": "{}", "known": "{}", "content_hash": ""}
    with engine.begin() as tx:
        for account, contact, first in (
            ("a-1", "1", "Ann"),
            ("a-1", "2", "Bo"),
            ("b-1", "1", "Cy"),
        ):
            values = {"account_id": account, "contact_id": contact, "first_name": first, **row}
            tx.execute(sa.insert(contacts).values(values))
        assert load_names(tx, "a-1", ["1"]) == ["Ann"]
        assert load_names(tx, "a-1", ["1", "2"]) == ["Ann", "Bo"]
        assert load_names(tx, "a-1", []) == []
