"""The button that stops an account: nobody is asked for afterwards, and letting it go on needs a reason (D12)."""

from app.lab.browser import read_forms
from app.pages.standing import load_standing
from core.db import reading
from tests.rekindle import Rekindle
from workflows.log import store as decision_log
from workflows.stops.store import find_stop


def send(rekindle: Rekindle, action: str, **typed: str) -> int:
    """Fill in the form of the dry-run page and press its button."""
    shown = rekindle.web.get("/admin/plan").text
    form = next(f for f in read_forms(shown) if f.action == action)
    answer = rekindle.web.post(action, data={**form.fields, **typed}, follow_redirects=False)
    return int(answer.status_code)


def test_d12_an_admin_stops_the_account_and_lets_it_go_on_with_a_reason(
    rekindle: Rekindle,
) -> None:
    rekindle.ready()
    account_id = rekindle.account_id
    plan_id = load_standing(rekindle.context, account_id).plan_id
    rekindle.press("/admin/plan", f"/plans/{plan_id}/approve")
    rekindle.drain()
    wave_id = load_standing(rekindle.context, account_id).wave_id
    rekindle.press("/admin/plan", f"/waves/{wave_id}/approve")
    assert send(rekindle, "/admin/stop", reason="Wrong offer") == 303
    before = sum(rekindle.writes().values())
    rekindle.drain()
    assert sum(rekindle.writes().values()) == before, "the approved wave is not asked for"
    for page in ("/admin/plan", "/admin/audit"):
        assert "This account stands still." in rekindle.web.get(page).text
    assert send(rekindle, "/admin/go") == 400
    with reading(rekindle.context.engine) as connection:
        assert find_stop(connection, account_id) is not None
    assert send(rekindle, "/admin/go", reason="Mended") == 303
    with reading(rekindle.context.engine) as connection:
        assert find_stop(connection, account_id) is None
        told = decision_log.load_entries(connection, account_id, limit=10_000)
    ours = [(e["what"], e["reason"]) for e in told if e["what"] in {"stopped", "resumed"}]
    assert ours == [("stopped", "Wrong offer"), ("resumed", "Mended")]
    assert all(e["by"] for e in told if e["what"] in {"stopped", "resumed"})
