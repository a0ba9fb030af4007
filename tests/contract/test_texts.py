"""Texts are heard at every door and left behind there: no table, job or log line has a word of them (S7, D11)."""

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from connector.port.records import ReadsRecords, Stream
from contact_rules.classifier import classify
from contact_rules.reasons import REASONS
from core import log
from core.db import metadata, reading
from sync.live import capability
from sync.mirror.tables import activities
from tests.contract.crm_side import CrmSide
from tests.contract.rekindle import CrmRekindle, build_rekindle

# Shorter ones are words that stand in the product's own values as well.
TELLING = 14


def everything(engine: Engine) -> str:
    """All that is stored, as one text."""
    with reading(engine) as connection:
        rows = [
            str(tuple(row))
            for table in metadata.sorted_tables
            for row in connection.execute(sa.select(table))
        ]
    return "\n".join(rows)


def heard(engine: Engine) -> list[str]:
    """The reasons that the mirror has from texts."""
    query = sa.select(activities.c.reason).where(activities.c.reason.is_not(None))
    with reading(engine) as connection:
        return [row.reason for row in connection.execute(query)]


def test_s7_the_reason_is_kept_and_the_text_is_not(
    rekindle: CrmRekindle, capsys: pytest.CaptureFixture[str]
) -> None:
    texts = {t for t in rekindle.crm_side.texts(rekindle.crm_side.account) if len(t) >= TELLING}
    assert texts
    try:
        log.configure("json")
        rekindle.install()
        rekindle.drain()
        said = capsys.readouterr()
    finally:
        log.configure("json", level="CRITICAL")
    kept = everything(rekindle.context.engine) + said.err + said.out
    assert [text for text in texts if text in kept] == []
    found = heard(rekindle.context.engine)
    assert set(found) <= set(REASONS)
    assert bool(found) == any(classify(text) for text in texts)


def test_s7_texts_that_are_not_to_be_read_are_not_asked_for(
    crm_side: CrmSide, engine: Engine, database_url: str
) -> None:
    rekindle = build_rekindle(crm_side, engine, database_url, REKINDLE_READ_TEXTS="off")
    rekindle.read()
    assert heard(engine) == []
    with rekindle.opened() as crm:
        assert Stream.NOTES not in capability(crm, ReadsRecords).streams()
