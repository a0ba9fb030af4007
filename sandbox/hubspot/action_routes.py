"""The endpoints by which an app completes calls of its workflow actions that it had put off."""

from collections.abc import Mapping

from starlette.responses import Response

from sandbox.hubspot.answers import answer, invalid, not_found
from sandbox.hubspot.gateway import VERSIONS, Call, Operation

_SCOPES = ("automation",)


def operations() -> list[Operation]:
    """One call, or several; under the dated paths and v4."""
    areas = (
        *(f"/automation/actions/callbacks/{version}" for version in VERSIONS),
        "/automation/v4/actions/callbacks",
    )
    return [
        Operation("POST", tuple(f"{area}/complete" for area in areas), complete_many, _SCOPES),
        Operation("POST", tuple(f"{area}/{{id}}/complete" for area in areas), complete, _SCOPES),
    ]


def complete(call: Call) -> Response:
    """The app's word on one call; 204."""
    if not _complete(call, call.path["id"], call.spec()):
        raise not_found(f"No call waits for {call.path['id']}")
    return answer(None, 204)


def complete_many(call: Call) -> Response:
    """The app's word on several; those that nobody waits for are passed over."""
    inputs = call.spec().get("inputs")
    if not isinstance(inputs, list) or not all(isinstance(entry, dict) for entry in inputs):
        raise invalid("Invalid input JSON: Some required fields were not set: [inputs]")
    for entry in inputs:
        _complete(call, str(entry.get("callbackId")), entry)
    return answer(None, 204)


def _complete(call: Call, callback_id: str, spec: Mapping[str, object]) -> bool:
    outputs = spec.get("outputFields")
    if not isinstance(outputs, dict):
        raise invalid("Invalid input JSON: Some required fields were not set: [outputFields]")
    actions = call.portal.actions
    return actions is not None and actions.complete(callback_id, outputs)
