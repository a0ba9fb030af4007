"""Sessions without a time become visits once; a click stays a scanner's when its e-mail is no longer the last."""

from dataclasses import replace

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from connector.port.records import Page, WebSession
from core.db import reading
from sync.inbox.deliveries import keep
from sync.mirror.tables import activities
from tests.scoring.mirrored import Mirrored
from tests.sync.test_unscored import ACCOUNT, act, person

pytestmark = pytest.mark.integration

MADE, CHANGED, NOW = 1_000, 5_000, 9_000


def store(engine: Engine, page: Page) -> list[str]:
    return keep(Mirrored(engine, ACCOUNT).context, ACCOUNT, page, asked_at=NOW)


def session(mark: str, at: int | None) -> Page:
    return Page(0, None, sessions=[WebSession("1", mark, MADE, at)])


def stored(engine: Engine) -> list[tuple[str, int, str | None]]:
    a = activities.c
    query = sa.select(a.kind, a.occurred_at, a.outcome).order_by(a.occurred_at)
    with reading(engine) as connection:
        return [(kind, at, outcome) for kind, at, outcome in connection.execute(query)]


def test_the_first_session_that_is_met_is_no_news(engine: Engine) -> None:
    page = session("a", NOW)
    store(engine, replace(page, contacts=[person("1", updated_at=CHANGED)]))
    assert stored(engine) == [("visit", MADE, None)]


def test_a_session_after_what_was_read_is_a_visit_when_it_happened_and_once(engine: Engine) -> None:
    store(engine, Page(1, None, contacts=[person("1", updated_at=CHANGED)]))
    assert store(engine, session("a", NOW)) == ["1"]
    assert stored(engine) == [("visit", NOW, None)]
    assert store(engine, session("a", NOW + 60_000)) == []
    assert stored(engine) == [("visit", NOW, None)]
    assert store(engine, session("b", NOW + 60_000)) == ["1"]
    assert stored(engine) == [("visit", NOW, None), ("visit", NOW + 60_000, None)]


@pytest.mark.parametrize("at", [None, CHANGED - 1])
def test_a_session_of_before_or_without_a_time_is_no_older_than_its_contact(
    engine: Engine, at: int | None
) -> None:
    store(engine, Page(1, None, contacts=[person("1", updated_at=CHANGED)]))
    store(engine, session("a", at))
    assert stored(engine) == [("visit", MADE, None)]


def test_a_scanners_click_stays_one(engine: Engine) -> None:
    click = act("1", 7, kind="click")
    store(engine, Page(1, None, activities=[{**click, "outcome": "machine"}]))
    assert store(engine, Page(1, None, activities=[click])) == []
    assert stored(engine) == [("click", 7, "machine")]
    store(engine, Page(1, None, activities=[act("1", 8, kind="click")]))
    assert stored(engine) == [("click", 7, "machine"), ("click", 8, None)]
