"""A language model words openers without seeing anything of anybody; what it gets wrong never goes out."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Literal

import httpx2
import orjson
import pytest
from sqlalchemy.engine import Engine

from contact_rules.language_model import Model, NoVerdict
from tests.oracle import Oracle, consulted
from workflows.openers import store
from workflows.openers.compose import compose, draft_of, named_values
from workflows.openers.drafts import Draft, Refused, filled, read_answer
from workflows.openers.facts import Anchor, Business, OpenerFacts, TouchAsk
from workflows.openers.lint import lint
from workflows.openers.model import reword

pytestmark = pytest.mark.integration

AT = datetime(2026, 11, 29, 12, tzinfo=UTC)
ASK = TouchAsk(at=AT)
MARIA = OpenerFacts(
    "c1",
    "lead",
    Anchor.FORM,
    datetime(2025, 3, 4, tzinfo=UTC),
    first_name="Maria",
    asked_for="roof windows",
    concern="noise",
    served_by="Dr. Lee",
)
HARBOR = Business(
    "Harbor Roofing", place="12 Harbor Street", phi=False, news="We are open on Saturdays now."
)
DRAFT = draft_of(MARIA, ASK, HARBOR)
GOOD = {
    "subject": "Still thinking about {about}?",
    "email": "Hi {name},\n\n{who} here. You asked us about {asked_for} in {month}. Is it still on your mind? "
    "Would {offer} suit you for a short talk?\n\nKind regards\n{practice}\n{place}\n\n"
    "If you would rather not hear from us, reply STOP and we will not write again.",
    "sms": "Hi {name}, {who} here. You asked us about {asked_for} in {month}. "
    "Would {offer} suit you? Reply STOP to opt out.",
}
# What a model may not do, each as a change of a good answer.
BAD = {
    "a number": ("email", "Is it still", "There are 3 left. Is it still"),
    "a name": ("email", "Is it still", "Jennifer says hello. Is it still"),
    "a product": ("email", "Is it still", "The Velux is back. Is it still"),
    "a promise": ("email", "Is it still", "You get a discount. Is it still"),
    "a price": ("sms", "Would {offer}", "It is free. Would {offer}"),
    "health": ("email", "Is it still", "How is your hearing? Is it still"),
    "a date": ("email", "Is it still", "See you in September. Is it still"),
    "a day": ("sms", "Would {offer}", "Monday is good. Would {offer}"),
    "a link": ("email", "Is it still", "See www.example.com. Is it still"),
    "an address": ("email", "Is it still", "Write to bob@example.com. Is it still"),
    "guilt": ("email", "Is it still", "You never replied. Is it still"),
    "pressure": ("email", "Is it still", "This is your last chance. Is it still"),
    "flattery": ("email", "Is it still", "We miss you. Is it still"),
    "a slot of its own": ("email", "{asked_for}", "{diagnosis}"),
    "an attribute": ("email", "{name}", "{name.__class__}"),
    "a conversion": ("email", "{name}", "{name!r}"),
    "a form": ("email", "{name}", "{name:>5}"),
    "a number as a slot": ("email", "{name}", "{0}"),
    "an open brace": ("email", "{name}", "{name"),
    "double braces": ("email", "{name}", "{{name}}"),
    "another kind of slot": ("email", "{name}", "[Name]"),
    "no sender": ("sms", "{who} here. ", ""),
    "no opt-out": ("sms", " Reply STOP to opt out.", ""),
    "no way out": ("email", GOOD["email"].rpartition("\n\n")[2], ""),
    "no place": ("email", "\n{place}", ""),
    "another language": ("email", "Is it still on your mind?", "Denken Sie noch daran?"),
    "a false subject": ("subject", "Still thinking", "RE: Still thinking"),
}


@pytest.fixture
def oracle() -> Iterator[Oracle]:
    with consulted() as found:
        yield found


def answer_of(oracle: Oracle, api: Literal["openai", "anthropic"] = "openai") -> Draft:
    with httpx2.Client() as client:
        return reword(client, Model(oracle.url, api, "small", "k", patience=0.4), DRAFT)


@pytest.mark.parametrize("api", ["openai", "anthropic"])
def test_a_good_answer_is_filled_and_looked_at_s11(
    oracle: Oracle, api: Literal["openai", "anthropic"]
) -> None:
    oracle.says(GOOD, api=api)
    usual = compose(MARIA, ASK, HARBOR)
    made = filled(answer_of(oracle, api), named_values(MARIA, ASK, HARBOR)[0], usual)
    assert made is not None
    assert lint(made, MARIA, HARBOR, ASK) == ()
    assert "You asked us about roof windows in March 2025." in made.email
    assert made.version != usual.version


def test_a_model_sees_slot_codes_and_nothing_of_anybody_d11(oracle: Oracle) -> None:
    oracle.says(GOOD)
    answer_of(oracle)
    whole = orjson.dumps(oracle.asked).decode()
    secrets = ("Maria", "roof", "noise", "Lee", "Harbor", "March", "2025", "Saturdays", "c1")
    assert [word for word in secrets if word in whole] == []
    assert "{asked_for}" in whole


@pytest.mark.parametrize("fault", BAD)
def test_what_a_model_invents_or_leaves_out_never_goes_out_s11_d9_d11(fault: str) -> None:
    part, before, after = BAD[fault]
    answer = {**GOOD, part: GOOD[part].replace(before, after)}
    assert answer != GOOD
    values, usual = named_values(MARIA, ASK, HARBOR)[0], compose(MARIA, ASK, HARBOR)
    try:
        draft = read_answer(DRAFT, orjson.dumps(answer).decode())
    except Refused:
        return
    made = filled(draft, values, usual)
    assert made is None or lint(made, MARIA, HARBOR, ASK), "neither refused nor stopped"


@pytest.mark.parametrize(
    "content",
    ["", "no", "{", "[]", '{"subject": "x"}', '{"subject": 1, "email": [], "sms": {}}', "null"],
)
def test_broken_json_is_no_answer(oracle: Oracle, content: str) -> None:
    oracle.says(content)
    with pytest.raises(Refused):
        answer_of(oracle)


@pytest.mark.parametrize("answer", [(500, b"{}"), (200, b"<html>"), (200, b"{}"), (429, b"")])
def test_a_broken_server_is_no_answer(oracle: Oracle, answer: tuple[int, bytes]) -> None:
    oracle.answer = answer
    with pytest.raises(NoVerdict):
        answer_of(oracle)


def test_a_server_that_stalls_is_not_waited_for(oracle: Oracle) -> None:
    oracle.says(GOOD)
    oracle.delay = 1.0
    with pytest.raises(NoVerdict):
        answer_of(oracle)


def test_texts_are_noted_once_asked_for_three_times_and_kept(engine: Engine) -> None:
    good = read_answer(DRAFT, orjson.dumps(GOOD).decode())
    with engine.begin() as tx:
        for _ in range(2):
            store.record_wanted(tx, "a1", [DRAFT])
        assert store.load_wanted(tx, "a1", limit=5) == [DRAFT]
        assert store.load_answers(tx, "a1") == {}
        store.record_answer(tx, "a1", DRAFT.shape, None, "no sender", now=AT)
        assert store.load_wanted(tx, "a1", limit=5) == [DRAFT]
        store.record_answer(tx, "a1", DRAFT.shape, good, None, now=AT)
        assert store.load_wanted(tx, "a1", limit=5) == []
        assert store.load_answers(tx, "a1") == {DRAFT.shape: good}
        assert store.load_answers(tx, "a2") == {}
        other = draft_of(MARIA, TouchAsk(touch_no=2), HARBOR)
        store.record_wanted(tx, "a1", [other])
        for _ in range(store.MOST_TRIES):
            assert store.load_wanted(tx, "a1", limit=5) == [other]
            store.record_answer(tx, "a1", other.shape, None, "no place", now=AT)
        assert store.load_wanted(tx, "a1", limit=5) == []
