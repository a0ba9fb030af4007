"""What people write back, and that nobody answers who has asked to be left alone (S18, D2)."""

from datetime import UTC, datetime, timedelta
from functools import partial

import pytest

from sandbox.virtual_time import VirtualTime
from sandbox.world.answers import LANGUAGES, WISHES, Meaning, addressed_in, meaning_of, words
from sandbox.world.events import REPLIES, Channel, Event, Kind, Sentiment, Touch
from sandbox.world.tenant import hearing_care
from sandbox.world.world import World

AS_OF = datetime(2026, 11, 16, 14, tzinfo=UTC)


@pytest.fixture(scope="module")
def answered() -> list[list[Event]]:
    """What followed from three touches of each of 1,500 people, written in German."""
    world = World(hearing_care(seed=5, contacts=1_500, as_of=AS_OF, language="de"))
    told = []
    for person in range(1_500):
        for day, channel in ((0, Channel.EMAIL), (4, Channel.SMS), (9, Channel.EMAIL)):
            told.append(world.react(person, Touch(AS_OF + timedelta(days=day), channel)))
    return told


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_says_everything(language: str) -> None:
    for meaning in Meaning:
        said = {words(language, meaning, luck / 20) for luck in range(20)}
        assert len(said) >= 2
        assert {meaning_of(language, text) for text in said} == {meaning}
    assert addressed_in(language, "Hello, how are you?") is None


def test_answers_are_in_the_tenants_language_and_mean_what_they_should(
    answered: list[list[Event]],
) -> None:
    written = [e for events in answered for e in events if e.text is not None]
    meant = {e.text: meaning_of("de", e.text or "") for e in written}
    assert None not in meant.values()
    moods = {Sentiment.POSITIVE: Meaning.POSITIVE, Sentiment.NEUTRAL: Meaning.UNCLEAR}
    for event in written:
        meaning = meant[event.text]
        if event.sentiment in moods:
            assert meaning is moods[event.sentiment]
        assert event.wish is (meaning in WISHES and event.kind is not Kind.SMS_STOP)
    assert {Meaning.POSITIVE, Meaning.UNCLEAR, Meaning.NEGATIVE, Meaning.STOP} <= set(
        meant.values()
    )


def test_e_mails_are_opened_and_clicked_without_an_answer(answered: list[list[Event]]) -> None:
    def kinds(events: list[Event]) -> set[Kind]:
        return {e.kind for e in events if not e.by_machine}

    silent = [kinds(events) for events in answered if Kind.OPEN in kinds(events)]
    assert any(found == {Kind.OPEN} for found in silent)
    late = [events for events in answered if {Kind.CLICK, Kind.EMAIL_IN} <= kinds(events)]
    assert late


def test_who_asked_to_be_left_alone_answers_nothing_and_the_touch_is_counted() -> None:
    world = World(hearing_care(seed=5, contacts=20, as_of=AS_OF))
    person = next(p.number for p in world.people() if p.email)
    assert world.happened(Event(person, Kind.EMAIL_IN, AS_OF, wish=True)) == []
    later = Touch(AS_OF + timedelta(days=1), Channel.EMAIL)
    assert world.react(person, later) == []
    assert world.against_wishes == [(person, later)]


def test_an_apology_is_found_in_the_words() -> None:
    """S7: a message that addresses the trouble has the effect that addressing has."""
    assert addressed_in("en", "We are sorry about your last visit.") == "service_issue"
    assert addressed_in("fr", "Nous sommes désolés.") == "service_issue"
    assert addressed_in("en", "Shall we find a time?") is None


def test_what_touches_brought_is_counted_beside_its_odds() -> None:
    """Answers are drawn by their odds, and a message after one is one too many."""
    world = World(hearing_care(seed=7, contacts=1_500, as_of=AS_OF))
    answered = {}
    for person in range(1_500):
        events = world.react(person, Touch(AS_OF, Channel.EMAIL))
        if found := [e for e in events if e.kind in REPLIES and e.caused and not e.wish]:
            answered[person] = found[0]
    brought = world.brought
    assert brought.answers >= len(answered) > 50
    assert abs(brought.answers - brought.answers_expected) < 4 * brought.answers_variance**0.5
    assert brought.ending == 0, "nothing has happened yet"
    person, answer = next(iter(answered.items()))
    world.happened(answer)
    assert brought.ending == 1
    world.react(person, Touch(answer.at + timedelta(days=3), Channel.EMAIL))
    assert brought.after_an_answer == 1
    world.react(person, Touch(answer.at + timedelta(days=100), Channel.EMAIL))
    assert brought.after_an_answer == 1, "another programme"
    assert brought.json()["people"] == len(brought.people)


def test_time_stands_still_at_what_is_waited_for() -> None:
    time, done = VirtualTime.starting_at(AS_OF), list[int]()
    for hour in (1, 2, 3):
        time.agenda.schedule(AS_OF + timedelta(hours=hour), partial(done.append, hour))
    time.advance_to(AS_OF + timedelta(days=1), stop=lambda: 2 in done)
    assert (done, time.now()) == ([1, 2], AS_OF + timedelta(hours=2))
    time.advance_to(AS_OF + timedelta(days=1))
    assert (done, time.now()) == ([1, 2, 3], AS_OF + timedelta(days=1))
