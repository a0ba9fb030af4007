"""The decision's playbook and segment are those of the account's line of business, stored and written (S2, S8, S28)."""

import json

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from connector.port.writing import Pace
from core.db import reading
from oauth.account_playbooks.holding import save_copy
from oauth.account_settings.changing import change, owner_of
from oauth.account_settings.fields import AccountSettings
from playbooks.library import find_line, packaged_text
from playbooks.line import Track
from scoring import jobs
from sync.live import load_active
from sync.outbox.tables import plan_writes
from tests.scoring.mirrored import ACCOUNT, Mirrored
from workflows.decisions import draws
from workflows.decisions.planning import Planning
from workflows.decisions.tables import decisions

pytestmark = pytest.mark.integration

LINE = "audiology"


def planned(mirrored: Mirrored) -> dict[str, tuple[str, str | None, dict[str, str]]]:
    """Contact → status, playbook and what is to be written, as decided after scoring everybody."""
    mirrored.run(jobs.score_account)
    own = AccountSettings(timezone="America/New_York", vertical=LINE)
    Planning(mirrored.context, ACCOUNT, own, at=mirrored.clock.now()).plan_all(Pace(100.0))
    d, w = decisions.c, plan_writes.c
    with reading(mirrored.engine) as connection:
        written = connection.execute(sa.select(w.contact_id, w.new_values))
        wanted = {i: json.loads(new) for i, new in written}
        rows = connection.execute(sa.select(d.contact_id, d.status, d.playbook))
        return {i: (status, playbook, wanted[i]) for i, status, playbook in rows}


def in_this_line(mirrored: Mirrored) -> None:
    with reading(mirrored.engine) as connection:
        owner = owner_of(connection, ACCOUNT)
    change(mirrored.context, owner, {"vertical": LINE}, looked_at=0, by="ann")


def test_each_is_decided_about_by_a_playbook_of_their_own_track_s2_s28(engine: Engine) -> None:
    mirrored = Mirrored(engine)
    in_this_line(mirrored)
    mirrored.crowd(80, buys=0.3)
    mirrored.know("fitted", days=1_500)
    mirrored.happen(("fitted", 1_300, "purchase"), ("fitted", 1_250, "form"))
    own, general = find_line(LINE).playbooks, find_line("general").playbooks
    track_of = {playbook.key: playbook.track for playbook in (*own, *general)}
    ready = 0
    found = planned(mirrored)
    scores = mirrored.scores()
    for contact_id, (status, playbook, values) in found.items():
        score = scores[contact_id]
        assert values["rekindle_segment"] == score["segment"]
        if status != "ready":
            assert "rekindle_playbook" not in values or values["rekindle_playbook"] == ""
            continue
        ready += 1
        assert playbook == score["playbook"] == values["rekindle_playbook"]
        assert track_of[playbook] is Track(score["track"])
    assert ready > 20
    used = {score["playbook"] for score in scores.values()} - {None}
    assert {playbook.key for playbook in own} < used, "some fall to those of any business"
    with reading(engine) as connection:
        assert set(draws.load_shares(connection, ACCOUNT)) == {
            playbook for status, playbook, _ in found.values() if status == "ready"
        }


def test_a_copy_decides_from_the_next_scoring_on_s8(engine: Engine) -> None:
    mirrored = Mirrored(engine)
    in_this_line(mirrored)
    mirrored.crowd(30, buys=0)
    text = packaged_text(LINE).replace("key: inquired_never_scheduled", "key: asked_and_waited")
    account = load_active(mirrored.context, ACCOUNT)
    before = {values["rekindle_segment"] for _, _, values in planned(mirrored).values()}
    save_copy(mirrored.context, account, LINE, text, looked_at=0, by="ann")
    mirrored.run(jobs.score_account)
    after = {score["segment"] for score in mirrored.scores().values()}
    assert "inquired_never_scheduled" in before
    assert "asked_and_waited" in after
    assert "inquired_never_scheduled" not in after
