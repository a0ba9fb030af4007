"""The page of fields: the canary is refused with its evidence, and there is no way round (S31, C7)."""

import httpx2
import pytest
import sqlalchemy as sa

from app.pages.fields import FINDINGS, explain, show
from core.db import reading
from core.moments import from_millis
from sync.fields import store as mapped_fields
from sync.fields.store import Judged
from sync.fields.verdicts import INQUIRY, Evidence, FieldVerdict, Reason
from sync.frames import load_frames
from sync.mirror.tables import contacts
from tests.rekindle import Rekindle

PAGE = "/admin/fields"
LATE = "Filled in after the outcome, so it can't be used."


def judged(rekindle: Rekindle) -> dict[str, Judged]:
    with reading(rekindle.context.engine) as connection:
        found = mapped_fields.load_judged(connection, rekindle.account_id, INQUIRY)
    return {one.verdict.name: one for one in found}


def levels(rekindle: Rekindle) -> set[str | None]:
    people, _ = load_frames(
        rekindle.context.engine, rekindle.account_id, as_of=rekindle.context.clock.now()
    )
    return set(people["inquiry"])


def choose(rekindle: Rekindle, name: str, token: str | None = None) -> httpx2.Response:
    if token is None:
        shown = rekindle.web.get(PAGE).text
        token = shown.split('name="form_token" value="')[1].split('"')[0]
    return rekindle.web.post(
        "/admin/fields/inquiry",
        data={"form_token": token, "property": name},
        follow_redirects=False,
    )


def test_s31_c7_the_canary_is_refused_and_the_inquiry_level_used(ready_rekindle: Rekindle) -> None:
    found = judged(ready_rekindle)
    canary, good = found["lead_quality"].verdict, found["inquiry_level"]
    assert canary.reason is Reason.AFTER_OUTCOME
    assert canary.evidence.after == canary.evidence.decided > 20
    assert good.verdict.accepted
    assert good.in_use
    assert levels(ready_rekindle) == {"high", "medium", "low", None}
    shown = ready_rekindle.web.get(PAGE)
    assert shown.status_code == 200
    count = canary.evidence.after
    assert LATE in shown.text.replace("&#39;", "'")
    assert f"{count} of {count} values (100.0%) were set or changed after" in shown.text
    assert 'value="inquiry_level" checked' in shown.text
    assert 'value="lead_quality"' not in shown.text, "a refused property can't be chosen"


def test_c7_who_asks_for_the_canary_by_hand_is_refused_with_the_same_evidence(
    ready_rekindle: Rekindle,
) -> None:
    before = judged(ready_rekindle)
    answer = choose(ready_rekindle, "lead_quality")
    assert answer.status_code == 400
    message = answer.json()["error"]["message"]
    assert LATE in message
    assert f"{before['lead_quality'].verdict.evidence.after} of" in message
    assert judged(ready_rekindle) == before
    assert ready_rekindle.queue.waiting() == []
    assert levels(ready_rekindle) == {"high", "medium", "low", None}


def test_s31_who_wants_none_gets_none_and_may_come_back(rekindle: Rekindle) -> None:
    rekindle.ready()
    assert choose(rekindle, "").status_code == 303
    assert levels(rekindle) == {None}, "at once"
    assert rekindle.queue.waiting() == ["sync.jobs.reread"]
    rekindle.drain()
    assert rekindle.queue.ran[-4:-2] == ["sync.jobs.reread", "sync.jobs.judge_fields"]
    assert levels(rekindle) == {None}
    assert not any(one.in_use for one in judged(rekindle).values())
    assert "Saved." in rekindle.web.get(f"{PAGE}?saved=yes").text
    assert choose(rekindle, "inquiry_level").status_code == 303
    rekindle.drain()
    assert levels(rekindle) == {"high", "medium", "low", None}


def test_s31_another_property_is_read_once_it_is_chosen(rekindle: Rekindle) -> None:
    """A field with a name of its own is never used unasked, and its values come with the next reading."""
    warmth = {"name": "warmth", "label": "How warm?", "type": "enumeration", "fieldType": "select"}
    options = [
        {"label": word, "value": f"o{place}", "displayOrder": place, "hidden": False}
        for place, word in enumerate(("Hot", "Warm", "Cold"))
    ]
    made = rekindle.lab.api(
        "POST",
        "/crm/properties/2026-09/contacts",
        {**warmth, "groupName": "contactinformation", "options": options},
    )
    assert made.status_code == 201, made.text
    rekindle.ready()
    verdict = judged(rekindle)["warmth"].verdict
    assert verdict.reason is Reason.TOO_FEW
    assert verdict.levels == {"o0": "high", "o1": "medium", "o2": "low"}
    assert "Not enough values yet" in rekindle.web.get(PAGE).text
    assert choose(rekindle, "warmth").status_code == 400


def test_s31_the_chosen_property_is_read_at_the_next_reading(rekindle: Rekindle) -> None:
    rekindle.ready()
    accepted = FieldVerdict(
        "hearing_concern", "Concern", is_usual=False, reason=None, evidence=Evidence(), levels={}
    )
    kept = [one.verdict for one in judged(rekindle).values()]
    with rekindle.context.engine.begin() as tx:
        now = rekindle.context.wall.now()
        mapped_fields.save_verdicts(tx, rekindle.account_id, INQUIRY, [*kept, accepted], now=now)
    assert judged(rekindle)["inquiry_level"].in_use, (
        "a property of another name is never used unasked"
    )
    assert choose(rekindle, "hearing_concern").status_code == 303
    rekindle.queue.step(rekindle.context)
    with reading(rekindle.context.engine) as connection:
        query = sa.select(contacts.c.inquiry_source).distinct()
        assert {*connection.execute(query).scalars()} == {"hearing_concern", None}


def test_choosing_the_same_again_reads_nothing_again(rekindle: Rekindle) -> None:
    rekindle.ready()
    assert choose(rekindle, "inquiry_level").status_code == 303
    assert rekindle.queue.waiting() == []


@pytest.mark.parametrize("name", ["email", "no_such_property", "rekindle_status"])
def test_s31_only_what_was_judged_can_be_chosen(ready_rekindle: Rekindle, name: str) -> None:
    assert choose(ready_rekindle, name).status_code == 404


def test_the_choice_needs_the_forms_own_token(ready_rekindle: Rekindle) -> None:
    assert choose(ready_rekindle, "", token="guess").status_code == 401
    assert judged(ready_rekindle)["inquiry_level"].in_use


def test_the_page_says_why_it_is_empty(rekindle: Rekindle) -> None:
    rekindle.install()
    assert "appear here when your contacts have been read" in rekindle.web.get(PAGE).text


def one(reason: Reason | None, **counts: object) -> Judged:
    found = Evidence(**{"sampled": 900, "filled": 40, "decided": 30, "fill": 0.4, **counts})  # type: ignore[arg-type]
    verdict = FieldVerdict("x", "The X", is_usual=False, reason=reason, evidence=found, levels={})
    return Judged(verdict, wish=None, in_use=False, judged_at=from_millis(0))


@pytest.mark.parametrize("reason", [None, *Reason])
def test_every_verdict_has_its_words(reason: Reason | None) -> None:
    line = show([one(reason)], is_read=True).lines[0]
    assert line.evidence.endswith(".")
    assert line.usable == (reason is None)
    assert bool(line.finding) == (reason is not None)


def test_every_refusal_has_a_sentence_of_its_own() -> None:
    assert {*FINDINGS} == {*Reason}
    assert len({*FINDINGS.values()}) == len(Reason)


@pytest.mark.parametrize(
    ("found", "words"),
    [
        ({"filled": 29}, "29 contacts of those looked at had a value; 30 are needed."),
        ({"filled": 1}, "1 contact of those looked at had a value; 30 are needed."),
        ({"fill": 0.031}, "Filled in for 3.1% of contacts; 5% is needed."),
        ({"fill": None}, "Filled in for 0.0% of contacts; 5% is needed."),
        ({"decided": 19}, "19 contacts with a value had a deal won or lost; 20 are needed"),
    ],
)
def test_what_is_missing_is_said(found: dict[str, object], words: str) -> None:
    assert words in explain(one(Reason.TOO_FEW, **found))


def test_a_refusal_names_what_may_be_used_instead_only_if_there_is_something() -> None:
    assert show([one(Reason.NO_TIMES)], is_read=True).instead is None
    view = show([one(Reason.NO_TIMES), one(None)], is_read=True)
    assert view.instead is not None
    assert view.counted == "0 in use · 1 refused"
