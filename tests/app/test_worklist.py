"""An account with few dormant contacts has a worklist with notes instead of waves (S23)."""

from sqlalchemy.engine import Engine

from app.pages.standing import load_standing
from app.pages.worklist import load_worklist
from core.db import reading
from oauth.store import find_installation
from sandbox.hubspot.client import HubSpotClient
from tests.rekindle import build_rekindle


def test_s23_below_200_dormant_contacts_a_worklist_with_notes_takes_the_place_of_waves(
    own_world: HubSpotClient, engine: Engine, database_url: str
) -> None:
    rekindle = build_rekindle(own_world, engine, database_url, REKINDLE_BY_HAND_UNDER="200")
    rekindle.ready()
    plan_id = load_standing(rekindle.context, rekindle.account_id).plan_id
    rekindle.press("/admin/plan", f"/plans/{plan_id}/approve")
    rekindle.drain()
    assert load_standing(rekindle.context, rekindle.account_id).wave_id is None
    with reading(engine) as connection:
        installation = find_installation(connection, rekindle.account_id)
    assert installation is not None
    worklist = load_worklist(rekindle.context, installation)
    assert worklist
    shown = rekindle.web.get("/admin/plan").text
    assert "Write to these yourself" in shown
    for item in worklist:
        assert f"/admin/contacts/{item.contact_id}" in shown
        assert item.why.startswith(("Quiet since ", "Added on ", "Back after "))
    assert sum(bool(item.note) for item in worklist) >= 0.9 * len(worklist)
