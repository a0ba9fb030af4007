"""What control routes have in common: JSON in, JSON out, and the one thing they work on."""

from collections.abc import Callable
from typing import Annotated, TypeVar

from fastapi import Body, Request

from sandbox.kit.crm import PretendCrm

Payload = Annotated[dict[str, object], Body(default_factory=dict)]
Answer = dict[str, object]
ControlledT = TypeVar("ControlledT")


def controlled(kind: type[ControlledT]) -> Callable[[Request], ControlledT]:
    """A dependency that finds what the control routes of one pretend CRM work on, by its type."""

    def find(request: Request) -> ControlledT:
        crms: list[PretendCrm] = request.app.state.crms
        return next(crm.controlled for crm in crms if isinstance(crm.controlled, kind))

    return find
