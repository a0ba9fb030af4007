"""Who works for an account, by the addresses of its CRM's users: nobody writes to them (D8)."""

from connector.errors import CrmForbidden, CrmInvalid, CrmNotFound, CrmUnexpected
from connector.patience import patiently
from connector.port.team import ListsTeam
from contact_rules.identity import address_key
from core import log
from core.context import Context
from workflows.gate import store

_LONGEST = 320  # an address has no more characters, and neither has the column


def learn_team(here: Context, crm: ListsTeam, account_id: str) -> None:
    """Take over whom the CRM names as its users. Who is known stays so where the CRM will not tell."""
    try:
        told = patiently(crm.fetch_team, pause=here.pause)
    except (CrmForbidden, CrmInvalid, CrmNotFound, CrmUnexpected) as error:
        log.get(__name__).info("workflows.team.untold", account_id=account_id, why=error.code)
        return
    addresses = {key for address in told if (key := address_key(address)) and len(key) <= _LONGEST}
    with here.begin() as tx:
        store.replace_team(tx, account_id, addresses)
