"""The weekly report: what a week's figures count, once a week, and the same numbers as the page of results."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast

import orjson
import pytest

from app.reports.results.jobs import tell_results
from app.reports.results.loading import Known
from app.reports.weekly.counting import count_week
from app.reports.weekly.jobs import tell_week
from app.reports.weekly.week import last_week
from app.schedule import _to_tell_week
from core.db import reading
from scoring import store as scores
from tests.app.test_results_command import mirrored, run_a_programme
from tests.app.test_results_page import browse, words_of
from tests.scoring.mirrored import ACCOUNT, Mirrored
from workflows.results import weekly

pytestmark = pytest.mark.integration
assert mirrored  # the fixture


def test_a_week_begins_and_ends_on_the_accounts_own_clock() -> None:
    """The clocks of Berlin go back on October 25, 2026: that week has an hour more."""
    week = last_week(datetime(2026, 10, 26, 0, 30, tzinfo=UTC), "Europe/Berlin")
    assert week.key == "2026-10-19"
    assert week.since == datetime(2026, 10, 18, 22, tzinfo=UTC)
    assert week.until == datetime(2026, 10, 25, 23, tzinfo=UTC)
    assert week.until - week.since == timedelta(days=7, hours=1)
    assert last_week(week.until - timedelta(seconds=1), "Europe/Berlin").key == "2026-10-12"
    assert last_week(week.until, "Europe/Berlin") == week
    assert last_week(week.next_until, "Europe/Berlin").since == week.until


def test_only_what_happened_within_the_week_counts() -> None:
    week = last_week(datetime(2026, 11, 25, tzinfo=UTC), "UTC")
    first, last = week.since, week.until - timedelta(seconds=1)
    moments = (first - timedelta(seconds=1), first, last, week.until, None)
    known = cast(
        "Known",
        SimpleNamespace(
            rounds=[{"started_at": at} for at in moments],
            touched=[{"asked_at": at, "channel": "sms"} for at in (first, week.until)]
            + [{"asked_at": last, "channel": "email"}],
            assigned=[
                {"held_out": held, "assigned_at": at} for held in (True, False) for at in moments
            ],
        ),
    )
    answer: dict[str, Any] = {"ended_by": "answered", "tone": "positive", "task_id": "t"}
    answers = [
        {**answer, "state": "done", "done_at": last},
        {**answer, "state": "late", "done_at": None},
        {**answer, "ended_by": "opted_out", "tone": None, "task_id": None, "state": "closed"},
        {**answer, "ended_by": "taken_over", "tone": None, "state": "open", "done_at": None},
    ]
    assert count_week(known, answers, week) == {
        "started": 2,
        "left_alone": 2,
        "messages": 2,
        "channels": {"email": 1, "sms": 1},
        "answers": 3,
        "positive": 2,
        "opted_out": 1,
        "tasks": 3,
        "done": 1,
    }


def test_the_report_says_what_the_results_say_is_kept_and_comes_once_a_week(
    mirrored: Mirrored,
) -> None:
    run_a_programme(mirrored)
    mirrored.run(tell_results)

    def due() -> list[str]:
        here = replace(mirrored.context, clock=mirrored.clock)
        with reading(mirrored.engine) as connection:
            return _to_tell_week(connection, here)

    web = browse(mirrored)
    assert "No report yet" in words_of(web.get("/admin/weekly").text)
    assert web.get("/admin/weekly.pdf").status_code == 404
    assert due() == [], "nobody has been scored"
    scored = {
        **{key: {} for key in ("dormant", "tracks", "segments", "sales", "cuts")},
        **dict.fromkeys(("as_of", "scored_at"), mirrored.clock.now()),
        "contacts": 0,
        "pass_no": 1,
    }
    with mirrored.engine.begin() as tx:
        scores.record_scoring(tx, ACCOUNT, scored)
    assert due() == [ACCOUNT]
    mirrored.run(tell_week)
    mirrored.run(tell_week)
    assert due() == []
    page = words_of(web.get("/admin/weekly").text)
    results = words_of(web.get("/admin/results").text)
    with reading(mirrored.engine) as connection:
        row = weekly.find(connection, ACCOUNT)
    assert row is not None
    extra = orjson.loads(row["figures"])["results"]["extra"]
    finding = f"{round(extra['responded']['value'])} responses"
    assert finding in page
    assert finding in results
    assert "Not yet measurable" in page, "few of them bought"
    assert row["task_state"] == "none"
    file = web.get(f"/admin/weekly.pdf?week={row['week']}")
    assert file.headers["content-type"] == "application/pdf"
    assert file.content.startswith(b"%PDF-")
    assert file.content.count(b"/Type /Page\n") == 1, "one A4 page"
    assert web.get("/admin/weekly?week=2020-01-06").status_code == 404
    assert web.get("/admin/weekly?week=nonsense").status_code == 400
    mirrored.later(7)
    assert due() == [ACCOUNT]
    mirrored.run(tell_week)
    with reading(mirrored.engine) as connection:
        assert len(weekly.load_weeks(connection, ACCOUNT, limit=9)) == 2
        assert weekly.find(connection, ACCOUNT, row["week"]) == row, "it stays as it was"
