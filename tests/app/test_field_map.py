"""Saving a mapping: only what is wanted anew is read, nobody's change is lost, and what cannot be is refused."""

from collections.abc import Mapping
from typing import Any

import pytest
import sqlalchemy as sa

from app.lab.browser import read_forms
from core.db import reading
from inputs.values.style import Style
from sync.fields.mapping import MappedInput
from sync.fields.mapping_store import (
    find_version,
    load_definitions,
    load_findings,
    load_mirrored,
    load_settled_mapping,
)
from sync.frames import load_frames
from sync.mirror.store import erase_contacts
from sync.mirror.tables import contacts, field_trials, unread_values
from tests.rekindle import Rekindle

PAGE, LIST = "/admin/fields", "/crm/objects/2026-09/contacts"
NAME = "seen_on"

pytestmark = pytest.mark.integration


@pytest.fixture
def ready(rekindle: Rekindle) -> Rekindle:
    """An account with a text property of dates, under a name that says nothing; a few have a value."""
    made = rekindle.lab.api(
        "POST",
        "/crm/properties/2026-09/contacts",
        {
            "name": NAME,
            "label": "Box 12",
            "type": "string",
            "fieldType": "text",
            "groupName": "contactinformation",
        },
    )
    assert made.status_code == 201, made.text
    listed = rekindle.lab.api("GET", f"{LIST}?limit=5").json()["results"]
    for record, value in zip(
        listed, ("13.02.2026", "03.04.2026", "soon", "", "01.05.2026"), strict=True
    ):
        change = {"properties": {NAME: value}}
        assert rekindle.lab.api("PATCH", f"{LIST}/{record['id']}", change).status_code == 200
    rekindle.ready()
    return rekindle


def save(rekindle: Rekindle, path: str = PAGE, **values: str) -> Any:
    """Post the form as it is shown, with these fields in the place of its own."""
    form = next(f for f in read_forms(rekindle.web.get(PAGE).text) if f.action == PAGE)
    filled = {n: v for n, v in form.fields.items() if n in {"form_token", "version"}}
    changed = {n.replace("__", "."): v for n, v in values.items()}
    return rekindle.web.post(path, data={**filled, **changed}, follow_redirects=False)


def chosen(rekindle: Rekindle) -> Mapping[str, MappedInput]:
    with reading(rekindle.context.engine) as connection:
        version = find_version(connection, rekindle.account_id)
    return version.mapping if version else {}


def test_s31_only_the_property_that_is_wanted_anew_is_read_and_nothing_where_it_is_there(
    ready: Rekindle,
) -> None:
    ready.lab.control("counters", method="DELETE")
    assert save(ready, source__last_appointment_at="Box 12").status_code == 303
    assert chosen(ready)["last_appointment_at"].names == (NAME,), "a label names it as well"
    ready.drain()
    asked = {r["path"] for r in ready.lab.control("counters")["requests"]}
    assert LIST in asked
    assert not {p for p in asked if "/meetings" in p or "/calls" in p or "/deals" in p}, asked
    with reading(ready.context.engine) as connection:
        assert NAME in load_mirrored(connection, ready.account_id)
        finding = load_findings(connection, ready.account_id)["last_appointment_at", NAME]
    assert (finding.filled, finding.unread) == (4, 1)
    assert finding.style.day_first is True
    now = ready.context.clock.now()
    _, events = load_frames(ready.context.engine, ready.account_id, as_of=now)
    days = {(at.month, at.day) for at in events["occurred_at"] if at.year == 2026}
    assert {(2, 13), (4, 3), (5, 1)} <= days

    shown = ready.web.get(PAGE).text
    assert "3 of 4 values read as dates; 1 can&#39;t." in shown
    unread = ready.web.get(f"{PAGE}/unread?name=last_appointment_at&source={NAME}").text
    assert "soon" in unread

    ready.lab.control("counters", method="DELETE")
    assert save(ready, source__last_appointment_at=NAME, source__fitting_at=NAME).status_code == 303
    ready.queue.step(ready.context)
    assert [r for r in ready.lab.control("counters")["requests"] if r["path"] == LIST] == []


def test_every_property_that_is_not_used_is_named_with_the_reason(ready: Rekindle) -> None:
    shown = ready.web.get(PAGE).text
    unused = shown.split("properties not used")[1]
    assert f"<code>{NAME}</code>" in unused
    assert "Neither its name nor its values say which field it belongs to." in unused
    assert "It was filled in after sales were won or lost: see below." in unused
    with reading(ready.context.engine) as connection:
        known = load_definitions(connection, ready.account_id)
        used = {
            n for m in load_settled_mapping(connection, ready.account_id).values() for n in m.names
        }
    assert unused.count("<dt>") == len(known.keys() - used)


def test_s31_a_mapping_that_somebody_else_changed_meanwhile_is_kept(ready: Rekindle) -> None:
    assert save(ready, source__last_appointment_at=NAME).status_code == 303
    late = save(ready, source__fitting_at=NAME, version="0")
    assert late.status_code == 409
    assert "fitting_at" not in chosen(ready)


@pytest.mark.parametrize(
    ("typed", "said"),
    [("no such thing", "There is no property"), ("lead_quality", "can&#39;t be used")],
)
def test_s31_c7_what_is_not_there_or_came_after_the_outcome_is_refused(
    ready: Rekindle, typed: str, said: str
) -> None:
    answer = save(ready, source__lifecycle=typed)
    assert answer.status_code == 400
    assert said.replace("&#39;", "'") in answer.text.replace("&#39;", "'")
    assert chosen(ready) == {}


def test_s31_a_saved_order_of_day_and_month_and_meanings_are_kept(ready: Rekindle) -> None:
    save(ready, **{"source__fitting_at": NAME, f"style__fitting_at__{NAME}": "month"})
    assert chosen(ready)["fitting_at"].styles == {NAME: Style(day_first=False)}


def test_nothing_is_saved_without_the_forms_own_token(ready: Rekindle) -> None:
    assert save(ready, source__fitting_at=NAME, form_token="guess").status_code == 401
    assert chosen(ready) == {}


def test_d10_what_was_tried_or_could_not_be_read_goes_with_the_person(ready: Rekindle) -> None:
    save(ready, source__last_appointment_at=NAME)
    ready.drain()
    with reading(ready.context.engine) as connection:
        somebody = connection.execute(sa.select(unread_values.c.contact_id)).scalar_one()
        email = connection.execute(
            sa.select(contacts.c.email).where(contacts.c.contact_id == somebody)
        ).scalar_one()
    assert save(ready, f"{PAGE}/draft", action="try", contact=email or somebody).status_code == 303
    ready.drain()
    with ready.context.engine.begin() as tx:
        answers = list(tx.execute(sa.select(field_trials.c.answer)).scalars())
        assert any(answers), "the trial was answered"
        erase_contacts(tx, ready.account_id, [somebody])
        for table in (unread_values, field_trials):
            held = sa.select(table.c.contact_id).where(table.c.contact_id == somebody)
            assert tx.execute(held).first() is None
