"""The report: self-contained, well-formed, fit for a phone, and without any id."""

import re
from collections.abc import Callable
from datetime import date
from functools import partial
from html.parser import HTMLParser
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Request
from typer.testing import Result

from app.reports.backtest.charts import HEIGHT, calibration_chart
from scoring.learn.metrics import CalibrationBin

Rows = list[tuple[str, date, float]]
VOID = {"meta", "line", "rect", "circle", "path", "br", "hr"}


class Outline(HTMLParser):
    """Addresses, headings and balance of a page's elements, and pictures without a label."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.addresses: list[str] = []
        self.headings: list[str] = []
        self.unlabelled = 0
        self.open: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.addresses += [str(found[name]) for name in ("href", "src", "action") if name in found]
        if re.fullmatch(r"h\d", tag):
            self.headings.append(tag)
        if tag == "svg" and not (found.get("aria-label") or found.get("aria-hidden")):
            self.unlabelled += 1
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop() == tag


@pytest.fixture(params=["customers", "few", "both"])
def report(
    request: pytest.FixtureRequest, write: Callable[..., Path], run: Callable[..., Result],
    purchases: Rows, make_shop: Callable[..., Rows], to_csv: Callable[[Rows], str],
) -> Path:  # fmt: skip
    """A report on customers, on very few of them, and on customers and leads."""
    few = "customer_id,date\n00001,2024-09-01\n00002,2024-09-02\nx<y,2024-09-05\nx<y,2024-10-01\n"
    path = write("<i>p&q.csv", few if request.param == "few" else to_csv(purchases))
    options: list[object] = ["--report", "r.html"]
    if request.param == "both":
        calls = "".join(f"L{who},{day},Call,in\n" for who, day, _ in make_shop(250, seed=5))
        options += ["--activities", write("a.csv", "id,date,type,direction\n" + calls)]
        options += ["--fit-customers", 40, "--draws", 1]
    assert run(path, *options).exit_code == 0
    return path.parent / "r.html"


def test_the_report_is_self_contained_and_well_formed(report: Path) -> None:
    page = report.read_text(encoding="utf-8")
    outline = Outline(page)
    assert outline.open == []
    assert outline.addresses == ["#main"]
    assert not re.search(r"https?:|//[a-z]|@import|url\((?!#)|<script", page)
    assert outline.unlabelled == 0
    assert outline.headings[0] == "h1"
    assert outline.headings.count("h1") == 1
    assert "&lt;i&gt;p&amp;q" in page


def test_the_report_has_the_table_and_no_id(report: Path) -> None:
    page = report.read_text(encoding="utf-8")
    assert "Show as table" in page
    assert "Not yet measurable" in page or ">BG/NBD<" in page
    assert "What the figures mean" in page
    assert "alive" not in page
    assert "00001" not in page
    assert "x&lt;y" not in page


def note_address(asked: list[str], request: Request) -> None:
    asked.append(request.url)


@pytest.mark.browser
def test_the_report_fits_a_phone_and_asks_nobody(report: Path, browser: Browser) -> None:
    for width in (320, 390, 1_200):
        page = browser.new_page(viewport={"width": width, "height": 900})
        asked: list[str] = []
        page.on("request", partial(note_address, asked))
        page.goto(report.as_uri())
        page.locator("summary").first.focus()
        page.keyboard.press("Enter")
        assert page.locator("details[open]").count() == 1
        assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0
        assert asked == [report.as_uri()]


def test_what_was_predicted_right_is_on_the_diagonal() -> None:
    bins = [CalibrationBin(10, p, p, max(0.0, p - 0.1), p + 0.1) for p in (0.0, 0.1, 0.27)]
    chart = calibration_chart(bins, sure=True)
    for dot in chart.dots:
        assert dot.y == pytest.approx(HEIGHT * (1 - dot.x / 100))
        assert dot.high <= dot.y <= dot.low
    assert [tick.label for tick in chart.ticks] == ["0%", "10%", "20%", "30%", "40%"]
    assert (chart.ticks[-1].x, chart.ticks[-1].y) == (100, 0)
