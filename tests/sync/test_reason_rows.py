"""How old a lost reason is: as old as when it was first seen, whatever moves the contact afterwards (S7)."""

from typing import Any

import pytest
from sqlalchemy.engine import Engine

from connector.port.records import ContactRow
from sync.mirror.store import find_contact, save_contacts

pytestmark = pytest.mark.integration

ACCOUNT = "hubspot-1"


def row(**more: Any) -> ContactRow:
    empty: dict[str, Any] = dict.fromkeys(ContactRow.__annotations__)
    told = {"contact_id": "1", "archived": False, "fields": "{}", "known": "{}"}
    return {**empty, **told, **more}  # type: ignore[typeddict-item]


def seen(engine: Engine, *rows: ContactRow) -> tuple[list[bool], int | None]:
    """Whether each reading was news, and how old the reason is after all of them."""
    with engine.begin() as tx:
        news = [bool(save_contacts(tx, ACCOUNT, [r], asked_at=0)) for r in rows]
        stored = find_contact(tx, ACCOUNT, "1")
    assert stored is not None
    return news, stored["reason_at"]


def said(reason: str | None, at: int, **more: Any) -> ContactRow:
    return row(reason=reason, reason_at=at if reason else None, updated_at=at, **more)


def test_s7_a_reason_that_stays_keeps_its_time(engine: Engine) -> None:
    news, at = seen(
        engine, said("Price", 100), said("Price", 200), said("Price", 300, email="a@b.c")
    )
    assert news == [True, False, True]
    assert at == 100


def test_s7_our_own_writes_do_not_make_it_younger(engine: Engine) -> None:
    written = said("Price", 500, known='{"rekindle_track":"lead"}')
    assert seen(engine, said("Price", 100), written) == ([True, False], 100)


def test_s7_another_reason_is_as_old_as_its_own_reading(engine: Engine) -> None:
    assert seen(engine, said("Price", 100), said("Moved", 200)) == ([True, True], 200)
    assert seen(engine, said(None, 300)) == ([True], None)
    assert seen(engine, said("Moved", 400)) == ([True], 400)
