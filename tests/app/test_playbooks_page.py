"""Playbooks: switches, who would start and why not, and counts that agree on every page (S30)."""

import re
from collections.abc import Callable

import pytest
from sqlalchemy.engine import Engine

from app.lab.browser import read_forms
from app.pages.playbook_view import TABS, load_lines, load_view, steps_of
from connector.port.writing import Pace
from core.context import entered
from core.db import reading
from oauth.account_playbooks.holding import load_playbooks
from oauth.account_settings.changing import load_settings
from oauth.store import find_installation
from scoring import jobs as scoring_jobs
from scoring import store as scores
from tests.app.test_results_page import browse, words_of
from tests.scoring.mirrored import ACCOUNT, Mirrored
from workflows import proposing, waves
from workflows.decisions import store as decisions
from workflows.decisions.planning import Planning
from workflows.enrollment import counting
from workflows.enrollment.states import EnrollmentState
from workflows.gate.policy import policy_of
from workflows.status import Status

pytestmark = pytest.mark.integration


def planned(engine: Engine, *, size: int, seed: int, account_id: str = ACCOUNT) -> Mirrored:
    """An account that is scored, decided about and waits for its admin."""
    mirrored = Mirrored(engine, account_id=account_id)
    people = mirrored.crowd(size, seed=seed, prefix=f"p{seed}-")
    # Some may not be contacted, and some are a person's.
    mirrored.know(*(f"x{seed}-{n}" for n in range(3)), email_opt_out=True, phone=None)
    mirrored.happen(*((person, 20, "visit") for person in people[: seed % 4]))
    mirrored.run(scoring_jobs.score_account)
    own = own_of(mirrored)
    with entered(mirrored.context):
        Planning(mirrored.context, account_id, own, at=mirrored.clock.now()).plan_all(Pace(10.0))
    return mirrored


def own_of(mirrored: Mirrored):  # type: ignore[no-untyped-def]  # noqa: ANN201
    with reading(mirrored.engine) as connection:
        found = find_installation(connection, mirrored.account_id)
    assert found is not None
    return load_settings(mirrored.context, found)


def test_s30_counts_of_ten_accounts_reconcile_exactly(engine: Engine) -> None:
    for seed in range(10):
        mirrored = planned(engine, size=24 + seed, seed=seed, account_id=f"hubspot-{seed}")
        account_id, own = mirrored.account_id, own_of(mirrored)
        held = load_playbooks(mirrored.context, account_id, own.vertical)
        with reading(mirrored.engine) as connection:
            audit = scores.find_audit(connection, account_id)
            dry_run = decisions.count_decisions(connection, account_id)
            by_segment = decisions.count_segments(connection, account_id)
            lines = load_lines(connection, account_id, held)
            views = [
                load_view(
                    connection,
                    account_id,
                    line,
                    own,
                    policy_of(own),
                    tab="ready",
                    after="",
                    at=mirrored.clock.now(),
                )
                for line in lines
                if line.people
            ]
            desk = waves.load_best_ready(connection, account_id, limit=10_000)
        assert audit is not None
        assert audit.contacts == sum(count for *_, count in dry_run)
        assert audit.contacts == sum(sum(of.values()) for of in by_segment.values())
        ready = sum(count for status, *_, count in dry_run if status is Status.READY)
        assert ready == sum(line.ready for line in lines)
        assert ready == sum(view.tabs["ready"] for view in views)
        assert ready == sum(len(view.preview) for view in views), "so few fit one page"
        assert ready == len(desk)
        assert ready == sum(row.eligible for row in audit.segments)
        for row in audit.segments:
            line = next(one for one in lines if one.segment.key == row.key)
            assert (row.contacts, row.eligible) == (line.people, line.ready)
        # What is proposed and let go ahead are people of these counts, with those drawn to be left alone.
        with entered(mirrored.context):
            proposing.propose(mirrored.context, account_id)
        with mirrored.engine.begin() as tx:
            after = decisions.count_segments(tx, account_id)
            proposed = sum(
                of.get(EnrollmentState.PROPOSED, 0)
                for of in counting.count_by_playbook(tx, account_id).values()
            )
        held_out = sum(of.get(Status.HELD_OUT, 0) for of in after.values())
        assert sum(of.get(Status.READY, 0) for of in after.values()) + held_out == ready
        assert proposed <= ready - held_out


@pytest.fixture
def shown(engine: Engine) -> Mirrored:
    return planned(engine, size=40, seed=3)


def test_s30_a_segment_that_is_switched_off_proposes_nobody(shown: Mirrored) -> None:
    web = browse(shown)
    with reading(shown.engine) as connection:
        before = {i for i, _ in waves.load_best_ready(connection, ACCOUNT, limit=1_000)}
        counts = decisions.count_segments(connection, ACCOUNT)
    segment = max(counts, key=lambda key: counts[key].get(Status.READY, 0))
    page = web.get(f"/admin/playbooks?segment={segment}").text

    def press(on: str) -> None:
        forms = read_forms(web.get("/admin/playbooks").text)
        form = next(f for f in forms if f.fields.get("segment") == segment)
        assert form.fields["on"] == on
        assert web.post(form.action, data=form.fields, follow_redirects=False).status_code == 303

    with reading(shown.engine) as connection:
        mine = {
            d.contact_id
            for d in decisions.load_people(connection, ACCOUNT, segment, TABS["ready"], limit=1_000)
        }
    assert mine
    assert f"{len(mine)} of {sum(counts[segment].values())} would start" in words_of(page)
    press("false")
    with reading(shown.engine) as connection:
        after = {i for i, _ in waves.load_best_ready(connection, ACCOUNT, limit=1_000)}
    assert after == before - mine
    assert "Off since" in words_of(web.get(f"/admin/playbooks?segment={segment}").text)
    press("true")
    with reading(shown.engine) as connection:
        assert {i for i, _ in waves.load_best_ready(connection, ACCOUNT, limit=1_000)} == before


def test_s30_the_page_shows_who_and_why_not_with_real_openers(shown: Mirrored) -> None:
    web = browse(shown)
    with reading(shown.engine) as connection:
        counts = decisions.count_segments(connection, ACCOUNT)
    refused = max(counts, key=lambda key: counts[key].get(Status.SUPPRESSED, 0))
    told = words_of(web.get(f"/admin/playbooks?segment={refused}&tab=suppressed").text)
    assert "D1" in told, "the rule stands beside the reason"
    segment = max(counts, key=lambda key: counts[key].get(Status.READY, 0))
    told = words_of(web.get(f"/admin/playbooks?segment={segment}").text)
    assert f"rekindle_segment is {segment}" in told
    assert "Planning range from the guide" in told
    quoted = web.get(f"/admin/playbooks?segment={segment}").text.count('class="quote"')
    assert quoted >= min(3, counts[segment][Status.READY])
    assert web.get("/admin/playbooks?segment=nonsense").status_code == 404
    assert web.get("/admin/playbooks?tab=nonsense").status_code == 404


def test_a_changed_text_is_saved_as_a_version_and_a_wrong_one_is_not(shown: Mirrored) -> None:
    web = browse(shown)
    form = next(
        f
        for f in read_forms(web.get("/admin/playbooks/copy?line=general").text)
        if "line" in f.fields
    )
    packaged = str(web.get("/admin/playbooks/copy?line=general").text)
    assert "None yet: the packaged playbooks hold." in words_of(packaged)
    token = form.fields["form_token"]
    from playbooks.library import packaged_text  # noqa: PLC0415

    def save(text: str, looked_at: int, **more: str) -> tuple[int, str]:
        data = {"form_token": token, "line": "general", "looked_at": str(looked_at), "text": text}
        answer = web.post("/admin/playbooks/copy", data=data | more, follow_redirects=False)
        return answer.status_code, answer.text

    status, page = save("line: general\nplaybooks: 3", 0)
    assert status == 200
    assert "Nothing was saved." in page
    changed = packaged_text("general").replace("Inquired, never met", "Asked, never met")
    assert save(changed, 0)[0] == 303
    told = words_of(web.get("/admin/playbooks/copy?line=general").text)
    assert re.search(r"general 1 your own", told)
    assert save(changed, 0)[0] == 409, "somebody has saved since"
    assert save("", 1, reset="true")[0] == 303
    assert "general 2 the packaged playbooks" in words_of(
        web.get("/admin/playbooks/copy?line=general").text
    )


def test_the_steps_from_everybody_to_those_who_would_start_add_up() -> None:
    told: Callable[..., list[tuple[str, int]]] = lambda **of: [  # noqa: E731
        (step.key, step.count) for step in steps_of({Status(k): v for k, v in of.items()})
    ]
    assert told(ready=4, suppressed=3, held_out=2, active=1) == [
        ("all", 10),
        ("others", 1),
        ("suppressed", 3),
        ("held_out", 2),
        ("ready", 4),
    ]
    assert told() == [("all", 0), ("ready", 0)]
