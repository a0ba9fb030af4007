"""The report and the pages: complete, self-contained, told the truth by their numbers."""

import re
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.reports.audit.charts import brackets, marks
from app.reports.audit.render import audit_context, render_report
from app.templating import day, environment, moment, money, number, share
from scoring.features.input_frames import CONTACT_COLUMNS, EVENT_COLUMNS
from scoring.features.recency import BANDS
from scoring.score import ScoreSettings, score_contacts
from scoring.summary.audit import summarise
from scoring.summary.audit_summary import AuditSummary, Part

pytestmark = pytest.mark.integration

NOW = datetime(2026, 8, 24, 7, tzinfo=UTC)
VOID = {"meta", "line", "rect", "circle", "path", "br", "input", "hr"}


class Outline(HTMLParser):
    """Addresses, ids, labels and balance of a page's elements."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.addresses: list[str] = []
        self.ids: list[str] = []
        self.unlabelled = 0
        self.open: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        for name in ("href", "src", "action", "data"):
            if found.get(name):
                self.addresses.append(str(found[name]))
        if found.get("id"):
            self.ids.append(str(found["id"]))
        if tag == "svg" and not (found.get("aria-label") or found.get("aria-hidden")):
            self.unlabelled += 1
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop() == tag


def summary(*, people: int = 400, amount: float | None = 250.0) -> AuditSummary:
    quiet = [10, 100, 200, 500, None, 1_200]
    kinds = ["purchase", "form", "visit", "meeting"]
    contacts = [
        {
            "contact_id": str(i),
            "created_at": NOW - timedelta(days=900),
            "has_email": i % 5 > 0,
            "source": "import" if i % 12 == 4 else None,
        }
        for i in range(people)
    ]
    events = [
        {
            "contact_id": str(i),
            "occurred_at": NOW - timedelta(days=days),
            "kind": kinds[i % 4],
            "amount": amount,
        }
        for i in range(people)
        if (days := quiet[i % 6]) is not None
    ]
    return summarise(
        score_contacts(
            pl.DataFrame(contacts, schema=CONTACT_COLUMNS),
            pl.DataFrame(events, schema=EVENT_COLUMNS),
            as_of=NOW,
            settings=ScoreSettings(),
        )
    )


CASES = {
    "usual": summary(),
    "few, by hand": summary(people=12),
    "one": summary(people=1),
    "nobody dormant": summary(people=0),
    "no sale values": summary(amount=None),
}


@pytest.mark.parametrize("case", CASES)
def test_the_report_is_self_contained_and_well_formed(case: str) -> None:
    page = render_report(CASES[case], title="Database audit", prepared_for="Harbor & <Sons>")
    outline = Outline(page)
    assert outline.open == []
    assert outline.addresses == ["#main"]
    assert not re.search(r"https?:|//[a-z]|@import|url\((?!#)", page)
    assert outline.unlabelled == 0
    assert len(outline.ids) == len(set(outline.ids))
    assert "Harbor &amp; &lt;Sons&gt;" in page
    assert CASES[case].headline.replace("'", "&#39;") in page


@pytest.mark.parametrize("case", CASES)
def test_the_live_page_draws_the_same_summary(case: str) -> None:
    page = (
        environment()
        .get_template("audit.html")
        .render(
            **audit_context(CASES[case]),
            account={"name": "Harbor Hearing", "note": "CRM"},
            nav=[{"label": "Audit", "href": "/admin/audit", "current": True, "done": False}],
            next_href="/admin/playbooks",
            gap_links={"unmeasurable": "/admin/fields"},
        )
    )
    outline = Outline(page)
    assert outline.open == []
    assert outline.unlabelled == 0
    assert len(outline.ids) == len(set(outline.ids))
    assert CASES[case].finding.replace("'", "&#39;") in page


def test_every_count_of_the_bar_is_written_on_the_page_s3() -> None:
    case = CASES["usual"]
    page = render_report(case, title="Audit", prepared_for="Harbor")
    for part in case.bands:
        assert f"{part.count:,} " in page or f">{part.count:,}<" in page
    for row in case.segments:
        assert row.label in page


def test_ids_for_hand_work_stand_in_the_report_and_only_for_few_s23_n10() -> None:
    assert "Write to these by hand" in render_report(
        CASES["few, by hand"], title="Audit", prepared_for="Harbor"
    )
    assert "Write to these by hand" not in render_report(
        CASES["usual"], title="Audit", prepared_for="Harbor"
    )


@given(st.lists(st.integers(0, 5_000), min_size=6, max_size=6), st.sampled_from([320, 682, 1104]))
def test_marks_fill_the_bar_and_labels_stay_inside(counts: list[int], width: int) -> None:
    total = sum(counts) or 1
    parts = [
        Part(key, key, count, 100 * count / total) for key, count in zip(BANDS, counts, strict=True)
    ]
    drawn = marks(parts, width=width)
    assert [mark.count for mark in drawn] == [count for count in counts if count]
    if drawn:
        assert sum(mark.width for mark in drawn) == pytest.approx(100)
    above = [mark for mark in drawn if mark.above]
    assert [mark.label_at for mark in above] == sorted(mark.label_at for mark in above)
    assert all(0 <= mark.label_at <= 100 for mark in above)


def test_brackets_sum_up_the_bands_they_span() -> None:
    case = CASES["usual"]
    drawn = marks(case.bands, width=682)
    lines = brackets(case, drawn, width=682)
    assert lines[0].count == case.dormant["d90"]
    spanned = [m for m in drawn if lines[0].start <= m.start < lines[0].end - 1e-9]
    assert sum(mark.count for mark in spanned) == case.dormant["d90"]
    assert len({(line.row, line.start) for line in lines}) == len(lines)


@pytest.mark.parametrize(
    ("value", "currency", "unit", "written"),
    [
        (437_000, "USD", 1_000, "$437k"),
        (99_500, "USD", 100, "$99,500"),
        (1_230_000, "EUR", 10_000, "€1.23M"),
        (26.91, "GBP", 1, "£26.91"),
        (1_614, "SEK", 1, "SEK\u00a01,614"),
        (-5, "USD", 1, "\u2212$5"),
        (0, "USD", 1_000, "$0"),
        (None, "USD", 1, "\u2013"),
    ],
)
def test_money_as_short_as_its_unit(
    value: float | None, currency: str, unit: int, written: str
) -> None:
    assert money(value, currency, unit) == written


def test_numbers_shares_and_days() -> None:
    assert (number(4_812), number(None), share(60.6), share(None)) == (
        *("4,812", "\u2013", "60.6%", "\u2013"),
    )
    assert day(NOW) == "August 24, 2026"
    assert moment(NOW) == "August 24, 2026, 7:00 AM UTC"
    assert moment(datetime(1997, 10, 1, tzinfo=UTC)) == "October 1, 1997"
