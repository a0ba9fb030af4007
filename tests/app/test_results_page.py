"""The results page shows what a job worked out: the same figures as the command (S21)."""

import csv
import io
import re
from dataclasses import replace

import orjson
import pytest
from fastapi.testclient import TestClient

from app.pages.session import sign_link
from app.pipeline import JOBS, reaction_of
from app.reports.results import marks
from app.reports.results.jobs import tell_results
from app.schedule import TELL_AFTER
from app.web import create_app
from connector.registry import sandbox_variables
from core.db import reading
from core.facts import OutcomesTold
from core.settings import Environment
from tests.app.test_results_command import mirrored, results, run_a_programme
from tests.scoring.mirrored import ACCOUNT, Mirrored
from workflows.decisions import draws
from workflows.jobs import record_outcomes
from workflows.results import store

pytestmark = pytest.mark.integration
assert mirrored  # the fixture


def browse(mirrored: Mirrored) -> TestClient:
    """A signed-in admin's browser; the CRM that the account is said to be in does not answer."""
    environment = Environment(sandbox_variables("hubspot", "http://127.0.0.1:9"))
    context = replace(mirrored.context, environment=environment)
    web = TestClient(create_app(context), base_url=context.settings.public_url)
    web.get(sign_link(context, ACCOUNT), follow_redirects=False)
    return web


def words_of(page: str) -> str:
    """What a person reads."""
    body = re.sub(r"<style>.*?</style>", "", page, flags=re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", body).split())


def test_s21_the_page_shows_what_the_command_tells(mirrored: Mirrored) -> None:
    run_a_programme(mirrored)
    assert any(isinstance(fact, OutcomesTold) for fact in mirrored.facts)
    assert reaction_of(OutcomesTold(ACCOUNT)) == ("app.reports.results.jobs.tell_results", ())
    mirrored.run(tell_results)
    found = results(mirrored)
    web = browse(mirrored)
    page = web.get("/admin/results").text
    told = words_of(page)
    extra = found.extra["responded"]
    assert extra.value is not None
    assert "Results after 30 days" in told, "the most days that anybody has come to"
    assert f"{round(extra.value)} responses" in told
    assert "37 of 120" in told
    assert "1 of 40" in told
    assert "1 of those to be contacted got nothing: refused by a rule before the start" in told
    assert "1 of those left alone heard from your team all the same" in told
    assert "Planning range, not a promise" in told
    assert "smallest detectable" in told
    sheet = list(csv.DictReader(io.StringIO(web.get("/admin/results.csv?days=30").text)))
    (row,) = [r for r in sheet if (r["by"], r["days"], r["outcome"]) == ("all", "30", "responded")]
    assert (row["started_count"], row["left_alone_count"]) == ("37", "1")
    assert "Nobody is that far yet" in web.get("/admin/results?days=90").text
    assert web.get("/admin/results?days=8").status_code == 400
    assert web.get("/admin/results?of=nonsense").status_code == 400
    assert "Were the scores right?" not in told, "nobody's 90 days are over"
    mirrored.later(60)
    mirrored.run(record_outcomes)
    mirrored.run(tell_results)
    told = words_of(browse(mirrored).get("/admin/results").text)
    assert "Approached: the chance of an answer – more than foretold." in told
    assert "Left alone: the chance of coming back – as foretold." in told
    assert "by more than luck makes" in told
    assert re.search(r"All 119 people 22\.0% 31\.1% \(23\.5% to 39\.9%\) More than foretold", told)


def test_s21_what_says_nothing_yet_stands_below_with_the_people_it_takes(
    mirrored: Mirrored,
) -> None:
    run_a_programme(mirrored)
    mirrored.run(tell_results)
    page = browse(mirrored).get("/admin/results?of=sold").text
    with reading(mirrored.engine) as connection:
        figures = orjson.loads(store.find_figures(connection, ACCOUNT, 30) or "")
    groups = figures["by"]["priority"]
    unsure = [g for g in groups if g["lift"]["sold"]["verdict"] != "measured"]
    assert unsure, "few of them bought"
    section = page[page.index('id="groups"') :]
    assert section.count('class="dot unsure"') >= len(unsure)
    for group in unsure:
        needed = group["lift"]["sold"]["people_needed"]
        people = group["started"]["people"] + group["left_alone"]["people"]
        if needed and needed > people:
            assert f"{marks.nearly(needed):,} would show an effect this size" in words_of(section)


def test_results_are_worked_out_daily_once_a_batch_was_let_go_ahead(mirrored: Mirrored) -> None:
    def due() -> list[str]:
        with reading(mirrored.engine) as connection:
            before = mirrored.clock.now() - TELL_AFTER
            return draws.load_accounts_to_tell(connection, before=before)

    assert due() == []
    told = words_of(browse(mirrored).get("/admin/results").text)
    assert "They begin with the first batch" in told
    run_a_programme(mirrored)
    with mirrored.engine.begin() as tx:
        draws.set_share(tx, ACCOUNT, "lead_reactivation", 0.25, now=mirrored.clock.now())
    assert due() == [ACCOUNT]
    mirrored.run(tell_results)
    assert due() == []
    mirrored.later(1.1)
    assert due() == [ACCOUNT]
    assert "app.reports.results.jobs.tell_results" in JOBS


@pytest.mark.parametrize(
    ("values", "low", "high"),
    [
        ([0.121, 0.085, 0.149], 0.0, 0.15),
        ([-0.05, 0.068], -0.05, 0.1),
        ([], 0.0, 0.2),
        ([0], 0, 0.2),
    ],
)
def test_an_axis_holds_its_values_and_zero_in_round_steps(
    values: list[float], low: float, high: float
) -> None:
    scale = marks.axis(values)
    assert scale.low == pytest.approx(low)
    assert scale.high == pytest.approx(high)
    assert 0.0 in scale.ticks
    assert all(0 <= scale.at(value) <= 100 for value in values)


def test_people_needed_are_told_in_two_figures() -> None:
    assert [marks.nearly(n) for n in (7, 42, 330, 1_557, 18_449)] == [7, 42, 330, 1_600, 18_000]
