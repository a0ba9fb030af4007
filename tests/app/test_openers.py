"""Openers of a whole account, out of what the product itself read: everybody gets one, and it stands in the plan."""

from collections import Counter

import pytest

from core.db import reading
from oauth.account_playbooks.holding import playbooks_of
from oauth.account_settings.fields import AccountSettings
from playbooks.angles import Angle
from scoring import store as scores
from sync.outbox import plans as outbox
from sync.outbox.diff import load_diff
from tests.rekindle import Rekindle
from workflows.decisions import store as decisions
from workflows.decisions.planning import KIND
from workflows.openers.facts import TouchAsk
from workflows.openers.language import LANGUAGES
from workflows.openers.lint import lint
from workflows.openers.loading import load_facts
from workflows.openers.playbook_texts import PlaybookTexts
from workflows.openers.values import CALL_NOTE, EMAIL, PROPERTIES, SMS
from workflows.openers.wording import Wordings
from workflows.openers.writing import load_business, write_openers
from workflows.status import Status

pytestmark = pytest.mark.integration


def own_words(wordings: Wordings) -> str:
    """What a playbook's own texts for a touch say: no invention, wherever it stands."""
    return "\n".join(f"{text.subject}\n{text.body}" for of in wordings.values() for text in of)


def test_everybody_of_an_account_gets_words_in_every_language_s11_s22(
    ready_rekindle: Rekindle,
) -> None:
    account_id, at = ready_rekindle.account_id, ready_rekindle.context.clock.now()
    with reading(ready_rekindle.context.engine) as connection:
        everybody = {row["contact_id"]: row for row in scores.load_scores(connection, account_id)}
        ids = sorted(everybody)
        for number, code in enumerate(LANGUAGES):
            own = AccountSettings(language=code, phi=bool(number % 2))
            asks = {
                contact_id: TouchAsk(1 + i % 3, angle=list(Angle)[i % 6], at=at if i % 2 else None)
                for i, contact_id in enumerate(ids)
            }
            written = write_openers(connection, account_id, asks, own, at=at, rows=everybody)
            assert written.keys() == everybody.keys()
            business = load_business(connection, account_id, own)
            facts = load_facts(connection, account_id, ids, at=at, rows=everybody)
            line = playbooks_of(connection, account_id, own.vertical)
            texts = PlaybookTexts(
                line.line, line.general, code, names_health=not business.hides_health
            )
            problems = [
                lint(
                    written[i],
                    facts[i],
                    business,
                    asks[i],
                    template=own_words(texts.of(asks[i], facts[i])),
                )
                for i in ids
            ]
            assert not any(problems)
            assert len({facts[i].anchor for i in ids}) > 3, "of many kinds"


def test_who_is_ready_has_an_opener_in_the_plan_and_who_is_left_alone_has_none_s11_s28(
    ready_rekindle: Rekindle,
) -> None:
    account_id = ready_rekindle.account_id
    with reading(ready_rekindle.context.engine) as connection:
        plan = outbox.load_open(connection, account_id, KIND)[0]
        rows = load_diff(connection, plan.plan_id, limit=10_000)
        kinds = Counter[tuple[Status, bool, bool, bool]]()
        for row in rows:
            new = {name: value for name, (_, value) in row.values.items()}
            decision = decisions.find_decision(connection, account_id, row.contact_id)
            assert decision is not None
            kinds[decision.status, EMAIL in new, SMS in new, CALL_NOTE in new] += 1
            if decision.status is Status.READY:
                assert all(new.get(name) for name in PROPERTIES)
    worded = {status: (e, s, n) for status, e, s, n in kinds}
    assert len(worded) == len(kinds), "the same for everybody of a status"
    assert worded[Status.READY] == (True, True, True)
    assert worded.get(Status.HUMAN_FIRST, (False, False, True)) == (False, False, True)
    others = {s for s in worded if s not in {Status.READY, Status.HUMAN_FIRST}}
    assert others
    assert all(worded[status] == (False, False, False) for status in others)
