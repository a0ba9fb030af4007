"""Who works for an account, by the addresses of its CRM's users: read with the whole account (D8)."""

from collections.abc import Collection

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from connector.errors import CrmForbidden, CrmInvalid, CrmNotFound, CrmUnexpected
from connector.patience import patiently
from connector.port.team import ListsTeam
from contact_rules.identity import address_key
from core import log
from core.context import Context
from core.db import chunks, insert_new_rows
from sync.mirror.tables import team

_LONGEST = 320  # an address has no more characters, and neither has the column


def learn_team(here: Context, crm: ListsTeam, account_id: str) -> None:
    """Take over whom the CRM names as its users. Who is known stays so where the CRM will not tell."""
    try:
        told = patiently(crm.fetch_team, pause=here.pause)
    except (CrmForbidden, CrmInvalid, CrmNotFound, CrmUnexpected) as error:
        log.get(__name__).info("sync.team.untold", account_id=account_id, why=error.code)
        return
    addresses = {key for address in told if (key := address_key(address)) and len(key) <= _LONGEST}
    with here.begin() as tx:
        _replace(tx, account_id, addresses)


def load_team(connection: Connection, account_id: str) -> frozenset[str]:
    """The addresses of the people who work there, as addresses are compared."""
    query = sa.select(team.c.address).where(team.c.account_id == account_id)
    return frozenset(connection.execute(query).scalars())


def _replace(connection: Connection, account_id: str, addresses: Collection[str]) -> None:
    known = load_team(connection, account_id)
    for some in chunks(known - {*addresses}):
        gone = team.c.address.in_(some)
        connection.execute(sa.delete(team).where(team.c.account_id == account_id, gone))
    for some in chunks({*addresses} - known):
        rows = [{"account_id": account_id, "address": address} for address in some]
        insert_new_rows(connection, team, rows)
