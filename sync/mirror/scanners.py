"""Remembers which clicks were a mail scanner's, when nothing gives them away any more."""

from dataclasses import replace

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from connector.clicks import MACHINE
from connector.port.records import ActivityRow, Page
from core.db import chunks, one_of
from sync.mirror.tables import activities


def remember_scanners(connection: Connection, account_id: str, page: Page) -> Page:
    """The page with every click that was a scanner's when it was first seen still being one.

    It is told by the e-mail that was sent seconds before: once another was sent, that one is known no more.
    """
    clicks = {r["contact_id"] for r in page.activities if _may_be(r)}
    scanned: set[tuple[str, str]] = set()
    a = activities.c
    for ids in chunks(clicks):
        query = sa.select(a.activity_id, a.contact_id).where(
            a.account_id == account_id,
            one_of(a.contact_id, ids),
            a.kind == "click",
            a.outcome == MACHINE,
        )
        scanned |= {(row.activity_id, row.contact_id) for row in connection.execute(query)}
    if not scanned:
        return page
    kept: list[ActivityRow] = [
        {**row, "outcome": MACHINE}
        if _may_be(row) and (row["activity_id"], row["contact_id"]) in scanned
        else row
        for row in page.activities
    ]
    return replace(page, activities=kept)


def _may_be(row: ActivityRow) -> bool:
    return row["kind"] == "click" and row["outcome"] is None
