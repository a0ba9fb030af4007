"""Whose amount a deal's is, and which amounts are left out: the one place that says so."""

from collections.abc import Mapping

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from sync.mirror.tables import contacts, deals


def is_counted() -> sa.ColumnElement[bool]:
    """Whether a row of `deals` is the one that its deal's amount is counted under, as a condition.

    A deal has a row for each of its contacts. The amount belongs to the first of those that are in the CRM, by id:
    which one it is has no meaning, but it is the same for everybody who asks, however few contacts they ask for.
    """
    other, person = deals.alias(), contacts.alias()
    earlier = sa.exists().where(
        other.c.account_id == deals.c.account_id,
        other.c.deal_id == deals.c.deal_id,
        other.c.contact_id < deals.c.contact_id,
        sa.exists().where(
            person.c.account_id == other.c.account_id,
            person.c.contact_id == other.c.contact_id,
            person.c.archived.is_(False),
        ),
    )
    return ~earlier


def count_foreign_sales(connection: Connection, account_id: str) -> Mapping[str, int]:
    """Currency → won deals whose amounts are in it alone, and so in no total; most first."""
    sales = sa.func.count(sa.distinct(deals.c.deal_id))
    query = (
        sa.select(deals.c.foreign_currency, sales)
        .where(
            deals.c.account_id == account_id,
            deals.c.is_won,
            deals.c.foreign_currency.is_not(None),
        )
        .group_by(deals.c.foreign_currency)
        .order_by(sales.desc(), deals.c.foreign_currency)
    )
    return {str(currency): int(count) for currency, count in connection.execute(query)}
