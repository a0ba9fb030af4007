"""The dry run: a diff of old and new values by property, segment and person, with names (S30)."""

from app.lab.browser import read_forms
from app.pages.standing import load_standing
from core.db import reading
from sync.mirror.store import load_full_names
from sync.outbox import diff
from tests.app.test_results_page import words_of
from tests.rekindle import Rekindle


def test_s30_the_dry_run_is_a_diff_with_names_filters_and_pages(ready_rekindle: Rekindle) -> None:
    web, account_id = ready_rekindle.web, ready_rekindle.account_id
    plan_id = load_standing(ready_rekindle.context, account_id).plan_id
    assert plan_id is not None
    with reading(ready_rekindle.context.engine) as connection:
        rows = diff.load_diff(connection, plan_id, limit=1_000)
        counted = diff.count_values(connection, plan_id)
        names = load_full_names(connection, account_id, [row.contact_id for row in rows])
    page = web.get("/admin/plan").text
    told = words_of(page)
    assert f"{counted.values:,} values" in told
    assert f"{len(rows):,} contacts" in told
    first, last = rows[0].contact_id, rows[-1].contact_id
    assert names[first] in told
    assert names[last] not in told, "they are on a later page"
    seen, address = [], "/admin/plan"
    for _ in range(len(rows)):
        shown = web.get(address).text
        seen += [row.contact_id for row in rows if f'/admin/contacts/{row.contact_id}"' in shown]
        if ">Next</a>" not in shown:
            break
        after = seen[-1]
        address = f"/admin/plan?after={after}"
    assert seen == [row.contact_id for row in rows], "all rows, each once"
    one = words_of(web.get(f"/admin/plan?find={names[last]}").text)
    assert names[last] in one
    only = words_of(web.get("/admin/plan?name=rekindle_priority").text)
    with reading(ready_rekindle.context.engine) as connection:
        count = diff.count_diff(connection, plan_id, name="rekindle_priority")
    assert f"{count:,} contacts" in only
    offered = [f.action for f in read_forms(page)]
    assert {f"/admin/plans/{plan_id}/{what}" for what in ("approve", "part", "reject")} <= {
        *offered
    }
    by_segment = web.get("/admin/plan?segment=nonsense").text
    assert "Nobody." in words_of(by_segment)
