"""What the control routes of HubSpot work on."""

from typing import Annotated

from fastapi import Depends, HTTPException

from sandbox.hubspot.accounts import Accounts
from sandbox.hubspot.object_types import KINDS
from sandbox.hubspot.portal import Portal
from sandbox.kit.control import controlled

Here = Annotated[Accounts, Depends(controlled(Accounts))]


def find_portal(accounts: Accounts, wanted: object) -> Portal:
    """The portal with that id, or the first one when none is named; raises 404."""
    portals = accounts.hubspot.portals
    if wanted is None:
        return next(iter(portals.values()))
    if str(wanted).isdigit() and int(str(wanted)) in portals:
        return portals[int(str(wanted))]
    raise HTTPException(404, f"no such portal; there are: {', '.join(map(str, portals))}")


def find_kind(accounts: Accounts, portal: int, kind: str) -> Portal:
    """The portal, when the kind is one that records have; raises 404."""
    if kind not in KINDS:
        raise HTTPException(404, f"no such kind of record; there are: {', '.join(KINDS)}")
    return find_portal(accounts, portal)
