"""What the control routes of HighLevel work on."""

from typing import Annotated

from fastapi import Depends, HTTPException

from sandbox.highlevel.accounts import Accounts
from sandbox.highlevel.location import Location
from sandbox.kit.control import controlled

Here = Annotated[Accounts, Depends(controlled(Accounts))]


def find_location(accounts: Accounts, wanted: object) -> Location:
    """The location with that id, or the first one when none is named; raises 404."""
    locations = accounts.highlevel.locations
    if wanted is None:
        return next(iter(locations.values()))
    found = locations.get(str(wanted))
    if found is None:
        raise HTTPException(404, f"no such location; there are: {', '.join(locations)}")
    return found
