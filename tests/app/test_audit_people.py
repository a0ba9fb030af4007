"""Every number of the audit opens its people, and the list exports as CSV (S30)."""

import csv
import io

from app.pages.audit_people import _safe
from core.db import reading
from scoring import store as scores
from tests.app.test_results_page import words_of
from tests.rekindle import Rekindle
from workflows.decisions import store as decisions
from workflows.status import Status


def test_s30_numbers_of_the_audit_open_their_people(ready_rekindle: Rekindle) -> None:
    web, account_id = ready_rekindle.web, ready_rekindle.account_id
    with reading(ready_rekindle.context.engine) as connection:
        audit = scores.find_audit(connection, account_id)
        counts = decisions.count_segments(connection, account_id)
    assert audit is not None
    page = web.get("/admin/audit").text
    for query, count in [
        *((f"segment={row.key}", row.contacts) for row in audit.segments),
        *((f"band={part.key}", part.count) for part in audit.bands),
    ]:
        assert f"/admin/audit/people?{query}" in page
        shown = words_of(web.get(f"/admin/audit/people?{query}").text)
        assert f"{count:,} people behind this number" in shown
        table = list(csv.DictReader(io.StringIO(web.get(f"/admin/audit/people.csv?{query}").text)))
        assert len(table) == count
        assert len({row["contact_id"] for row in table}) == count
    first = audit.start.segments[0]
    ready = counts[first.key][Status.READY]
    assert f"{first.label} {ready} eligible" in words_of(page), "as it is decided, not estimated"
    assert "/admin/playbooks" in page
    sheet = web.get("/admin/audit/report")
    assert "Contains no names." in sheet.text
    assert (
        f"nonce-{sheet.text.split('nonce=')[1][1:].split(chr(34))[0]}"
        in sheet.headers["content-security-policy"]
    )
    assert web.get("/admin/audit/people?band=nonsense").status_code == 404


def test_no_cell_is_a_formula() -> None:
    told = _safe({"name": "=HYPERLINK(1)", "quiet_days": -3, "segment": "", "track": "Lead"})
    assert told == {"name": "'=HYPERLINK(1)", "quiet_days": -3, "segment": "", "track": "Lead"}
