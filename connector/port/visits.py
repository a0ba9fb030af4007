"""Who opens our pages from inside a CRM, as far as the CRM vouches for it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, runtime_checkable

from connector.port.signed import SignedRequest


@dataclass(frozen=True, slots=True)
class Visit:
    """`person_id` is the CRM's number of somebody who works with this account; `says_admin` is its word for their role.

    An empty `remote_agency_id`: the CRM names none.
    """

    remote_account_id: str
    person_id: str
    says_admin: bool = False
    remote_agency_id: str = ""


@runtime_checkable
class SignsVisits(Protocol):
    """The CRM's own front end asks us for a way in, by a request that the CRM signs."""

    def read_visit(self, request: SignedRequest, *, now: datetime) -> Visit:
        """Raises Forbidden for a bad signature or an identity that is not clear."""
        ...


@runtime_checkable
class SealsVisits(Protocol):
    """The CRM shows our page in a frame and hands it a sealed message about who looks.

    Our page posts `question` as the field "message" to the page around it, which posts `reply` back with the sealed
    message as "payload".
    """

    question: str
    reply: str

    def open_visit(self, message: str) -> Visit:
        """Raises Forbidden, with the same words whatever is wrong."""
        ...


@runtime_checkable
class KnowsRoles(Protocol):
    """An open account that can say who is an admin there."""

    def fetch_is_admin(self, person_id: str) -> bool:
        """Raises CrmError."""
        ...
