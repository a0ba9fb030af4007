"""An account's own copies of playbooks: versions with their authors, and the packaged ones where a copy is no good."""

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from core.db import reading
from core.errors import Conflict
from core.facts import PlaybooksChanged
from oauth.account_playbooks import store
from oauth.account_playbooks.holding import load_playbooks, note_wrong, save_copy
from oauth.notices import PLAYBOOKS, load_notices
from oauth.tables import account_playbooks
from playbooks.library import find_line, packaged_text
from playbooks.reading import PlaybookInvalid
from playbooks.together import Playbooks
from scoring import jobs
from sync.live import load_active
from tests.scoring.mirrored import ACCOUNT, Mirrored

pytestmark = pytest.mark.integration

OWN = packaged_text("general").replace("label: Looked around only", "label: Just looking")


@pytest.fixture
def mirrored(engine: Engine) -> Mirrored:
    return Mirrored(engine)


def put(mirrored: Mirrored, text: str | None, looked_at: int, by: str = "ann") -> None:
    account = load_active(mirrored.context, ACCOUNT)
    save_copy(mirrored.context, account, "general", text, looked_at=looked_at, by=by)


def held(mirrored: Mirrored) -> Playbooks:
    return load_playbooks(mirrored.context, ACCOUNT, "general")


def label(mirrored: Mirrored) -> str:
    return held(mirrored).labels()["low_intent_lead"]


def test_a_copy_holds_until_the_packaged_ones_hold_again(mirrored: Mirrored) -> None:
    assert held(mirrored).line == find_line("general")
    put(mirrored, OWN, 0)
    assert label(mirrored) == "Just looking"
    put(mirrored, None, 1, by="bo")
    assert label(mirrored) == "Looked around only"
    assert mirrored.facts == [PlaybooksChanged(ACCOUNT)] * 2
    with reading(mirrored.engine) as connection:
        found = store.load_history(connection, ACCOUNT)
    assert [(one.version, one.changed_by) for one in found] == [(2, "bo"), (1, "ann")]
    assert [one.text for one in found] == [None, OWN]


def test_who_looked_at_an_older_version_is_refused(mirrored: Mirrored) -> None:
    put(mirrored, OWN, 0)
    with pytest.raises(Conflict, match="Nothing of yours was saved"):
        put(mirrored, OWN, 0)


def test_what_is_not_valid_is_not_saved(mirrored: Mirrored) -> None:
    for text, said in (
        (OWN.replace("track: lead", "track: leed"), "Write 'lead' or 'customer'"),
        (packaged_text("dental"), "Write line: general"),
        (OWN[: OWN.index("  - key: customer_winback")], "Keep one with track: customer"),
    ):
        with pytest.raises(PlaybookInvalid, match=said):
            put(mirrored, text, 0)
    assert mirrored.facts == []


def test_a_copy_that_is_no_good_any_more_stops_nothing_and_is_told(mirrored: Mirrored) -> None:
    put(mirrored, OWN, 0)
    with mirrored.engine.begin() as tx:
        tx.execute(sa.update(account_playbooks).values(text=OWN.replace("track: lead", "track: x")))
    found = held(mirrored)
    assert found.line == find_line("general")
    note_wrong(mirrored.context, ACCOUNT, found)
    with reading(mirrored.engine) as connection:
        (notice,) = load_notices(connection, ACCOUNT)
    assert notice.kind == PLAYBOOKS
    assert "general, version 1: line 18, playbooks[0].track: track is never 'x'" in notice.message
    mirrored.run(jobs.score_account)
    put(mirrored, OWN, 1)
    with reading(mirrored.engine) as connection:
        assert load_notices(connection, ACCOUNT) == []
