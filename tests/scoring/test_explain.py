"""Every sentence is short, and every number in it is the frame's own column that it speaks of."""

import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scoring.explain import LAST_SIGN, MOST, REASON_TEXT
from scoring.features.terms import LABELS
from scoring.learn.learnt import Learnt
from scoring.score import COLUMNS, Scored, ScoreSettings, score_contacts
from tests.scoring.people import (
    NOW,
    OLD,
    Row,
    contact,
    event,
    experienced,
    made_up_account,
    row,
    score,
)

pytestmark = pytest.mark.integration

_SIGNS = "|".join(LAST_SIGN.values())
_LABELS = "|".join(re.escape(label[:1].lower() + label[1:]) for label in set(LABELS.values()))
_DATE = r"([A-Z][a-z]{2} \d{1,2}, \d{4})"
# Every part a sentence may have, and the columns that its numbers are; "%" are whole percents, "@" dates.
PARTS: dict[str, tuple[str, ...]] = {
    rf"Quiet since {_DATE}\.": ("@last_human_at",),
    rf"Added on {_DATE}, no activity on record\.": ("@created_at",),
    rf"Back after a long silence: (?:{_SIGNS}) on {_DATE}\.": ("@last_human_at",),
    rf"Last heard from on {_DATE}, by (?:{_SIGNS}): not dormant\.": ("@last_human_at",),
    r"Added recently, no activity on record yet: not dormant\.": (),
    r"No activity on record, and too little history to tell silence from missing data\.": (),
    r" Used to be in touch every (\d+) days?\.": ("rhythm_days",),
    rf" Why: (?:{'|'.join(REASON_TEXT.values())})\.": (),
    rf" Last sign: (?:{_SIGNS})\.": (),
    r" Bought (\d+) times\.": ("purchases",),
    rf" Helps: (?:{_LABELS})\.": (),
    r" (\d+) in 100 like this reply \((\d+) to (\d+)\), (\d+) without outreach": (
        *("%likelihood", "%likelihood_low", "%likelihood_high"),
        "%p_return",
    ),
    r"; starting figures\.": (),
    r"\.(?= )": (),
    r" About (\d+) in 100 like this come back by themselves\.": ("%p_return",),
    r" Fill in their last visit or purchase\.$": (),
    r" Carry on as usual\.$": (),
    r" Nothing may be sent: leave them be\.$": (),
    r" Carry on with what is under way\.$": (),
    r" Get in touch today\.$": (),
    r" Call them: nothing may be sent\.$": (),
    r" Let a person call first\.$": (),
    r" Start the playbook\.$": (),
}
STARTING, OWN = r"; starting figures\.", r"\.(?= )"
ACTIONS = tuple(part for part in PARTS if part.endswith("$"))
# What only we say to each other.
INTERNAL = ("planning value", "prior", "inquiry level", "signal", "pattern", "dormancy", "segment")


def check_sentence(found: Row) -> set[str]:
    """The parts of a contact's sentence, each of whose numbers must be the column's."""
    sentence, parts = found["explanation"], set()
    assert isinstance(sentence, str)
    assert 0 < len(sentence) <= MOST == 160
    rest = sentence
    while rest:
        part, match = next((p, m) for p in PARTS if (m := re.match(p, rest)))
        for number, name in zip(match.groups(), PARTS[part], strict=True):
            if name.startswith("%"):
                assert abs(int(number) - 100 * found[name[1:]]) <= 0.5 + 1e-9, sentence
            elif name.startswith("@"):
                assert number == f"{found[name[1:]]:%b %-d, %Y}", sentence
            else:
                assert int(number) == found[name], sentence
        for word, days in re.findall(r"(\d+) (days?)\b", match.group()):
            assert (word == "1") == (days == "day"), sentence
        parts.add(part)
        rest = rest[match.end() :]
    check_meaning(found, sentence)
    return parts


def check_meaning(found: Row, sentence: str) -> None:
    """What is said in words is what the columns say."""
    told = found["uplift"] is not None
    assert (told and found["band"] != "active") == ("in 100 like this" in sentence)
    assert (found["likelihood"] is not None) == ("like this reply" in sentence)
    assert any(re.search(action, sentence) for action in ACTIONS), sentence
    assert not [word for word in INTERNAL if word in sentence.lower()], sentence
    if found["likelihood"] is not None:
        # Who may be written to is known, and so is how sure the chance is.
        assert found["channels"].split()[0] in {"email", "sms"}, found["channels"]
        assert found["likelihood_low"] < found["likelihood"] < found["likelihood_high"]
    if "Used to be in touch" in sentence:
        assert found["repeats"] >= 5
        assert found["span_days"] >= 60
    assert ("not dormant" in sentence) == (found["band"] == "active" and not told)
    assert ("too little history" in sentence) == (found["band"] == "unmeasurable")
    assert ("Back after" in sentence) == (found["signal"] == "came_back")
    assert ("starting figures" in sentence) == (found["likelihood_source"] == "prior")
    for said, column, words in (
        (r"Why: ([^.]+)", "reason", REASON_TEXT),
        (r"Last sign: ([^.]+)", "last_human_kind", LAST_SIGN),
        (r"Back after a long silence: (\D+) on [A-Z]", "last_human_kind", LAST_SIGN),
        (r"\d, by ([^:]+)", "last_human_kind", LAST_SIGN),
    ):
        match = re.search(said, sentence)
        assert match is None or words[found[column]] == match.group(1), sentence
    match = re.search(r"Helps: (.+?)\. ", sentence)
    assert match is None or match.group(1) == found["speaks_for"], sentence


def account(outcomes: int) -> Scored:
    """A few thousand people of every kind; many outcomes leave a third of the doubt that there was."""
    contacts, events = made_up_account(7, 3_000)
    busy = pl.int_range(contacts.height) % 9 == 0
    contacts = contacts.with_columns(open_deal=busy)
    learnt: Learnt = experienced()
    if outcomes:
        start = learnt.responding.belief
        surer = replace(start, precision=9 * start.precision)
        learnt = replace(learnt, responding=replace(learnt.responding, belief=surer))
    return score_contacts(contacts, events, as_of=NOW, settings=ScoreSettings(), learnt=learnt)


@pytest.mark.parametrize("outcomes", [0, 500])
def test_every_number_in_every_sentence_of_an_account_is_its_column_s9_s11(outcomes: int) -> None:
    frame = account(outcomes).frame
    seen: set[str] = set()
    for found in frame.iter_rows(named=True):
        seen |= check_sentence(found)
    assert seen | {STARTING, OWN} == set(PARTS)
    assert (STARTING in seen) == (not outcomes)
    assert (OWN in seen) == bool(outcomes)
    own = frame["own_share"].drop_nulls()
    for most in (own.min(), own.max()):
        assert most == pytest.approx(8 / 9 if outcomes else 0, abs=1e-4)


_kinds = st.sampled_from([*LAST_SIGN, "call", "lost_deal", "ticket", "open"])
_event = st.builds(
    lambda ago, kind, reason: event(
        "a", ago, kind, direction="in", reason=reason, reason_confidence=reason and 0.8
    ),
    ago=st.floats(0, 1_900) | st.integers(0, 3).map(float),
    kind=_kinds,
    reason=st.sampled_from([None, None, *REASON_TEXT]),
)
_contact: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {
        "created_at": st.none() | st.integers(0, 1_999).map(lambda age: NOW - timedelta(days=age)),
        "has_email": st.booleans(),
        "has_phone": st.booleans(),
        "sms_consent": st.none() | st.booleans(),
        "inquiry": st.sampled_from([None, "high", "low"]),
        "source": st.sampled_from([None, "OFFLINE", "REFERRALS"]),
    }
)


@settings(max_examples=40, deadline=None)
@given(events=st.lists(_event, max_size=9), fields=_contact)
def test_any_contact_has_one_short_sentence_of_its_own_numbers_s9(
    events: list[Row], fields: dict[str, Any]
) -> None:
    found = row(score([contact("a", **fields)], events, learnt=experienced()))
    assert check_sentence(found)


@pytest.mark.parametrize(
    ("zone", "day"), [("UTC", "Jun 30, 2025"), ("Pacific/Auckland", "Jul 1, 2025")]
)
def test_a_sentence_tells_dates_where_the_business_is_so_that_it_stays_true(
    zone: str, day: str
) -> None:
    """The same sentence tomorrow: nothing of it has to be written again for a day that has passed."""
    of, tomorrow = ScoreSettings(timezone=zone), NOW + timedelta(days=1)
    heads = [
        row(score([contact("a")], [event("a", 365, "visit")], as_of=at, settings=of))["explanation"]
        for at in (NOW, tomorrow)
    ]
    assert all(head.startswith(f"Quiet since {day}. ") for head in heads)
    assert "days" not in heads[0]


def test_what_the_silence_and_the_chance_say_stands_even_in_the_longest_sentence() -> None:
    many = [event("a", 1_000 + 100 * i, "purchase") for i in range(9)]
    many += [event("a", 999, "note", reason="moved", reason_confidence=0.9)]
    fields: Row = {
        "reason": "Moved away",
        "reason_at": OLD + timedelta(days=900),
        "source": "REFERRALS",
    }
    sentence = row(score([contact("a", **fields)], many, learnt=experienced()))["explanation"]
    since = NOW - timedelta(days=1_000)
    assert sentence.startswith(f"Quiet since {since:%b %-d, %Y}. Why: moved away")
    assert sentence.endswith("without outreach; starting figures. Start the playbook.")
    assert len(sentence) <= 160


def test_the_sentence_uses_only_columns_that_are_handed_out() -> None:
    names = {name.lstrip("%@") for columns in PARTS.values() for name in columns}
    assert names | {"explanation", "speaks_for", "reason", "last_human_kind"} <= set(COLUMNS)
    assert pl.Series(COLUMNS).is_unique().all()
