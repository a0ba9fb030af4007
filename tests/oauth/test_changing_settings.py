"""Changing settings: which accounts are told, the history with its authors, and that two at once lose nothing."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from threading import Barrier

import pytest
from sqlalchemy.engine import Engine

from core.clock import SystemClock
from core.db import reading
from core.errors import Conflict, Invalid, NotFound
from core.facts import ContactSettingsChanged, Fact, ReadingSettingsChanged, ScoringSettingsChanged
from oauth.account_settings import store
from oauth.account_settings.changing import (
    Owner,
    SettingsRefused,
    change,
    load_held,
    load_settings,
    owner_of,
)
from oauth.account_settings.fields import AccountSettings
from oauth.account_settings.history import load_changes
from oauth.account_settings.resolve import Origin
from oauth.store import Installation, record_disconnected, save_installation
from tests.scoring.mirrored import ACCOUNT, Mirrored, installation, settings

pytestmark = pytest.mark.integration

AGENCY, SISTER = "hubspot-agency-1", "hubspot-2"


@pytest.fixture
def mirrored(engine: Engine) -> Mirrored:
    """Two accounts of one agency."""
    made = Mirrored(engine)
    with engine.begin() as tx:
        save_installation(tx, replace(installation(AGENCY), kind="agency", remote_account_id="1"))
        for account_id in (ACCOUNT, SISTER):
            save_installation(tx, replace(installation(account_id), agency_id=AGENCY))
    return made


def owner(mirrored: Mirrored, account_id: str = ACCOUNT) -> Owner:
    with reading(mirrored.engine) as connection:
        return owner_of(connection, account_id)


def of(mirrored: Mirrored, account_id: str) -> AccountSettings:
    account = owner(mirrored, account_id).account
    assert isinstance(account, Installation)
    return load_settings(mirrored.context, account)


def put(
    mirrored: Mirrored, owner_id: str, looked_at: int, by: str = "ann", **typed: str
) -> list[Fact]:
    """Save, and what was said of it."""
    before = len(mirrored.facts)
    change(mirrored.context, owner(mirrored, owner_id), typed, looked_at=looked_at, by=by)
    return mirrored.facts[before:]


def test_an_agency_speaks_for_its_accounts_and_each_for_itself(mirrored: Mirrored) -> None:
    assert put(mirrored, AGENCY, 0, vertical="dental", cooldown_days="120") == [
        ScoringSettingsChanged(ACCOUNT),
        ScoringSettingsChanged(SISTER),
    ]
    assert put(mirrored, SISTER, 0, vertical="retail") == [ScoringSettingsChanged(SISTER)]
    ours, theirs = of(mirrored, ACCOUNT), of(mirrored, SISTER)
    assert (ours.vertical, ours.cooldown_days) == ("dental", 120)
    assert (theirs.vertical, theirs.cooldown_days) == ("retail", 120)
    # What the sister says itself is no news to her.
    assert put(mirrored, AGENCY, 1, vertical="b2b") == [ScoringSettingsChanged(ACCOUNT)]
    assert put(mirrored, SISTER, 1, vertical="") == [ScoringSettingsChanged(SISTER)]
    assert of(mirrored, SISTER).vertical == "b2b"


def test_zone_and_currency_are_the_crms_until_somebody_says_otherwise(mirrored: Mirrored) -> None:
    with reading(mirrored.engine) as connection:
        held = load_held(connection, mirrored.context.settings, owner(mirrored))
    assert (held.resolved.value("timezone"), held.resolved.origins["timezone"]) == (
        "US/Eastern",
        Origin.CRM,
    )
    put(mirrored, ACCOUNT, 0, timezone="America/Denver", currency="eur")
    assert (of(mirrored, ACCOUNT).timezone, of(mirrored, ACCOUNT).currency) == (
        "America/Denver",
        "EUR",
    )
    assert of(mirrored, SISTER).timezone == "US/Eastern"


def test_each_kind_of_change_is_told_as_its_own_fact(mirrored: Mirrored) -> None:
    assert put(mirrored, ACCOUNT, 0, hours="10-18") == [ContactSettingsChanged(ACCOUNT)]
    assert put(mirrored, ACCOUNT, 1, read_texts="off") == [ReadingSettingsChanged(ACCOUNT)]
    assert put(mirrored, ACCOUNT, 2, sender_name="Ann") == [ContactSettingsChanged(ACCOUNT)]
    assert put(mirrored, ACCOUNT, 3, later_wave="40") == []


def test_an_account_that_has_left_keeps_its_settings_and_is_told_nothing(
    mirrored: Mirrored,
) -> None:
    with mirrored.engine.begin() as tx:
        record_disconnected(tx, ACCOUNT, now=SystemClock().now())
    assert put(mirrored, ACCOUNT, 0, vertical="dental") == []
    assert put(mirrored, AGENCY, 0, vertical="b2b") == [ScoringSettingsChanged(SISTER)]
    assert of(mirrored, ACCOUNT).vertical == "dental"


def test_every_change_is_in_the_history_with_its_author(mirrored: Mirrored) -> None:
    put(mirrored, AGENCY, 0, by="operator root", cooldown_days="120")
    put(mirrored, ACCOUNT, 0, by="user 7 (CRM)", vertical="dental", holdout_share="20")
    put(mirrored, ACCOUNT, 1, by="user 8 (CRM)", vertical="", holdout_share="by size")
    with reading(mirrored.engine) as connection:
        found = load_changes(connection, owner(mirrored), limit=50)
        agencys = load_changes(connection, owner(mirrored, AGENCY), limit=50)
    told = [
        (c.by, c.by_agency, c.version, [(s.label, s.before, s.after) for s in c.steps])
        for c in found
    ]
    label = "Left alone to measure"
    assert told == [
        (
            "user 8 (CRM)",
            False,
            2,
            [("Line of business", "Dental", None), (label, "20%", "by size")],
        ),
        ("user 7 (CRM)", False, 1, [("Line of business", None, "Dental"), (label, None, "20%")]),
        ("operator root", True, 1, [("Pause after an approach", None, "120 days")]),
    ]
    assert [c.by for c in agencys] == ["operator root"]
    assert all(abs(c.at - datetime.now(UTC)) < timedelta(hours=1) for c in found)


def test_what_changes_nothing_makes_no_version(mirrored: Mirrored) -> None:
    put(mirrored, ACCOUNT, 0, vertical="dental")
    assert put(mirrored, ACCOUNT, 1, vertical="dental", phi="") == []
    with reading(mirrored.engine) as connection:
        assert len(store.load_history(connection, [ACCOUNT])) == 1


def test_who_saves_over_what_they_have_not_seen_is_told_and_loses_nothing_of_the_others(
    mirrored: Mirrored,
) -> None:
    put(mirrored, ACCOUNT, 0, by="ann", vertical="dental")
    for seen in (0, 2):
        with pytest.raises(Conflict, match=r"changed by ann .* Nothing of yours was saved"):
            put(mirrored, ACCOUNT, seen, by="bo", vertical="retail")
    assert of(mirrored, ACCOUNT).vertical == "dental"


def test_of_many_who_save_at_once_one_does_and_all_others_are_told(mirrored: Mirrored) -> None:
    whom, here, at_once = owner(mirrored), mirrored.context, Barrier(6)

    def save(number: int) -> str:
        at_once.wait()
        by, days = f"admin {number}", str(100 + number)
        try:
            change(here, whom, {"cooldown_days": days}, looked_at=0, by=by)
        except Conflict as told:
            return told.message
        return by

    with ThreadPoolExecutor(6) as pool:
        ended = list(pool.map(save, range(6)))
    won = [said for said in ended if said.startswith("admin")]
    assert len(won) == 1
    assert all(f"changed by {won[0]}" in said for said in ended if said not in won)
    with reading(mirrored.engine) as connection:
        (only,) = store.load_history(connection, [ACCOUNT])
    assert (only.version, only.changed_by) == (1, won[0])
    assert only.values == {"cooldown_days": 100 + int(won[0].split()[1])}


def test_d11_health_data_and_a_language_model_do_not_go_together(engine: Engine) -> None:
    mirrored = Mirrored(engine)
    model = {"llm_url": "http://localhost:1", "llm_model": "m"}
    here = replace(mirrored.context, settings=settings(engine).model_copy(update=model))
    whom = owner(mirrored)

    def save(looked_at: int, **typed: str) -> None:
        change(here, whom, typed, looked_at=looked_at, by="ann")

    with pytest.raises(SettingsRefused, match="rule D11"):
        save(0, read_texts="llm")
    with pytest.raises(SettingsRefused, match="rule D11"):
        save(0, read_texts="llm", phi="yes")
    save(0, read_texts="llm", phi="no")
    with pytest.raises(SettingsRefused, match="rule D11"):
        save(1, phi="")
    with pytest.raises(SettingsRefused, match="has not set one up"):
        change(mirrored.context, whom, {"later_wave": "9"}, looked_at=1, by="ann")
    assert of(mirrored, ACCOUNT).read_texts == "llm"


def test_nothing_is_saved_of_a_form_with_a_mistake(mirrored: Mirrored) -> None:
    with pytest.raises(SettingsRefused) as refused:
        put(mirrored, ACCOUNT, 0, vertical="dental", hours="0-24", first_wave="99")
    assert set(refused.value.problems) == {"hours", "first_wave"}
    assert of(mirrored, ACCOUNT).vertical == "general"


def test_whose_settings_are_meant(mirrored: Mirrored) -> None:
    with reading(mirrored.engine) as connection:
        assert owner_of(connection, AGENCY) == Owner(AGENCY, None)
        assert owner_of(connection, ACCOUNT, agency=True) == Owner(AGENCY, None)
        with pytest.raises(NotFound, match="nobody"):
            owner_of(connection, "nobody")
    with mirrored.engine.begin() as tx:
        save_installation(tx, installation("hubspot-3"))
        with pytest.raises(Invalid, match="No agency manages hubspot-3"):
            owner_of(tx, "hubspot-3", agency=True)
