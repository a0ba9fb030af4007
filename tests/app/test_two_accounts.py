"""Two accounts with different settings in one process, through the real jobs: each behaves by its own at once."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from app.lab.browser import read_forms
from app.pages.standing import load_standing
from contact_rules.reasons import BY_MODEL
from core.db import reading
from oauth.account_settings.changing import Owner, change, owner_of
from oauth.account_settings.history import load_changes
from sandbox.config import SandboxConfig
from sandbox.hubspot.accounts import BAYSIDE, HARBOR
from sandbox.hubspot.client import easy_hubspot, serving_hubspot
from scoring import store as scores
from sync.mirror.tables import activities
from tests.oracle import Oracle, consulted
from tests.rekindle import Rekindle, build_rekindle
from tests.web_client import open_client

EASTERN, PACIFIC = f"hubspot-{HARBOR}", f"hubspot-{BAYSIDE}"
# A Monday: 15:00 in New York, 12:00 in Los Angeles.
AFTERNOON = datetime(2026, 11, 16, 20, tzinfo=UTC)


@pytest.fixture
def oracle() -> Iterator[Oracle]:
    with consulted() as found:
        found.says({"reason": "moved", "confidence": 0.8})
        yield found


@pytest.fixture
def rekindle(engine: Engine, database_url: str, oracle: Oracle) -> Iterator[Rekindle]:
    """Both accounts, with workflows, have just installed; nothing has been read yet."""
    model = {"REKINDLE_LLM_URL": oracle.url, "REKINDLE_LLM_MODEL": "small"}
    paid = replace(easy_hubspot(), second_is_free=False)
    with serving_hubspot(SandboxConfig(contacts=120, crms=("hubspot",), options=(paid,))) as lab:
        yield build_rekindle(lab, engine, database_url, **model)


def install(rekindle: Rekindle, portal: int) -> Rekindle:
    """The account's own admin installs, in a browser of their own."""
    mine = replace(rekindle, web=open_client(rekindle.web.app, "http://localhost:8321"))
    page = mine.lab.http.get(mine.begin_install())
    form = read_forms(page.text)[0]
    fields = {**form.fields, "portal": str(portal), "decision": "grant"}
    answer = mine.lab.http.post(str(page.url.join(form.action)), data=fields)
    assert mine.come_back(str(answer.headers["location"])).status_code == 303
    return mine


def decide(rekindle: Rekindle, account_id: str, by: str, **typed: str) -> None:
    with reading(rekindle.context.engine) as connection:
        owner = owner_of(connection, account_id)
        seen = load_changes(connection, owner, limit=1)
    looked_at = seen[0].version if seen else 0
    change(rekindle.context, owner, typed, looked_at=looked_at, by=by)


def heard(rekindle: Rekindle, account_id: str) -> set[tuple[str, str | None]]:
    a = activities.c
    query = sa.select(a.reason, a.reason_source).where(
        a.account_id == account_id, a.reason.is_not(None)
    )
    with reading(rekindle.context.engine) as connection:
        return {(row.reason, row.reason_source) for row in connection.execute(query)}


def scored(rekindle: Rekindle, account_id: str) -> dict[str, Any]:
    with reading(rekindle.context.engine) as connection:
        ids = scores.load_ids(connection, account_id, after="", limit=1_000)
        rows = scores.load_scores(connection, account_id, ids)
    return {row["contact_id"]: (row["likelihood"], row["expected_value"]) for row in rows}


def start(mine: Rekindle, account_id: str) -> dict[str, int]:
    """Approve what waits, then the wave, as the account's admin."""
    standing = load_standing(mine.context, account_id)
    assert mine.press("/admin/plan", f"/plans/{standing.plan_id}/approve").status_code == 303
    mine.drain()
    standing = load_standing(mine.context, account_id)
    assert standing.wave_id, f"nobody of {account_id} is ready"
    assert mine.press("/admin/plan", f"/waves/{standing.wave_id}/approve").status_code == 303
    mine.drain()
    counted = load_standing(mine.context, account_id).enrollments
    return {str(state): count for state, count in counted.items()}


def test_two_accounts_in_one_process_each_go_by_their_own_settings(
    rekindle: Rekindle, oracle: Oracle
) -> None:
    east, west = install(rekindle, HARBOR), install(rekindle, BAYSIDE)
    decide(rekindle, EASTERN, "user 1 (CRM)", vertical="audiology", phi="yes", hours="9-20")
    decide(
        rekindle, PACIFIC, "user 2 (CRM)",
        vertical="dental", phi="no", read_texts="llm", hours="8-9", first_wave="3",
    )  # fmt: skip
    rekindle.drain()

    # Health data: one account's texts are read here alone, the other's by the model as well (D11).
    ours, theirs = heard(rekindle, EASTERN), heard(rekindle, PACIFIC)
    assert ours
    assert BY_MODEL not in {source for _, source in ours}
    assert theirs == {("moved", BY_MODEL)}
    assert oracle.asked

    # Line of business: a change of one account's moves its own scores and nobody else's.
    before_east, before_west = scored(rekindle, EASTERN), scored(rekindle, PACIFIC)
    decide(rekindle, PACIFIC, "user 2 (CRM)", vertical="real_estate")
    rekindle.drain()
    assert scored(rekindle, EASTERN) == before_east
    assert scored(rekindle, PACIFIC) != before_west

    # Hours and caps: at the same moment one account starts, the other waits for its own morning.
    rekindle.lab.control("advance", {"to": AFTERNOON.isoformat()})
    started, waiting = start(east, EASTERN), start(west, PACIFIC)
    assert started["started"] > 3
    assert waiting.get("started", 0) == 0
    assert 0 < waiting["approved"] <= 3

    with reading(rekindle.context.engine) as connection:
        for account_id, by in ((EASTERN, "user 1 (CRM)"), (PACIFIC, "user 2 (CRM)")):
            owner: Owner = owner_of(connection, account_id)
            assert {made.by for made in load_changes(connection, owner, limit=9)} == {by}
