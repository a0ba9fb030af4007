"""The endpoints for subscriptions to e-mail: kinds, statuses of addresses, and opting out."""

from collections.abc import Mapping
from datetime import UTC, datetime
from urllib.parse import unquote

from starlette.responses import Response

from sandbox.hubspot.answers import answer, invalid, missing_scopes
from sandbox.hubspot.gateway import VERSIONS, Call, Operation, versioned
from sandbox.hubspot.preferences import Status, definition
from sandbox.hubspot.subscriptions import SUBSCRIPTIONS, Subscription
from sandbox.kit.answers import Json
from sandbox.kit.moments import iso

_OPENED = datetime(2024, 1, 1, tzinfo=UTC)
_READ = ("communication_preferences.read", "communication_preferences.read_write")
_WRITE = ("communication_preferences.write", "communication_preferences.read_write")
_BATCH_READ = ("communication_preferences.statuses.batch.read",)
_BATCH_WRITE = ("communication_preferences.statuses.batch.write",)
BATCH = 100


def operations() -> list[Operation]:
    """Everything under /communication-preferences; kinds and single statuses have an older twin."""

    def at(rest: str) -> tuple[str, ...]:
        return versioned("/communication-preferences", rest)

    def dated(rest: str) -> tuple[str, ...]:
        return tuple(f"/communication-preferences/{version}{rest}" for version in VERSIONS)

    one = "/statuses/{address}"
    return [
        Operation("GET", dated("/definitions"), definitions),
        Operation("GET", ("/communication-preferences/v3/definitions",), older_definitions),
        Operation("GET", at("/status/email/{address}"), of_address),
        Operation("POST", at("/subscribe"), subscribe),
        Operation("POST", dated("/resubscribe"), subscribe),
        Operation("POST", at("/unsubscribe"), unsubscribe),
        Operation("POST", dated("/statuses/batch/read"), read_batch, _BATCH_READ),
        Operation("POST", dated("/statuses/batch/write"), write_batch, _BATCH_WRITE),
        Operation(
            "POST", dated("/statuses/batch/unsubscribe-all/read"), read_opt_outs, _BATCH_READ
        ),
        Operation("POST", dated("/statuses/batch/unsubscribe-all"), opt_out_batch, _BATCH_WRITE),
        Operation("GET", dated(f"{one}/unsubscribe-all"), read_opt_out),
        Operation("POST", dated(f"{one}/unsubscribe-all"), opt_out),
        Operation("GET", dated(one), read_statuses),
        Operation("POST", dated(one), write_status),
    ]


def definitions(call: Call) -> Response:
    """Every kind of subscription."""
    _need_one(call, _READ)
    return _batch(call, [definition(kind, _OPENED) for kind in SUBSCRIPTIONS])


def older_definitions(call: Call) -> Response:
    """The same in the shape of the older API."""
    _need_one(call, _READ)
    return answer(
        {"subscriptionDefinitions": [definition(kind, _OPENED) for kind in SUBSCRIPTIONS]}
    )


def of_address(call: Call) -> Response:
    """Whether an address gets each kind."""
    _need_one(call, _READ)
    address = _address(call)
    shown = [_older(call, address, kind) for kind in SUBSCRIPTIONS]
    return answer({"recipient": address, "subscriptionStatuses": shown})


def subscribe(call: Call) -> Response:
    """An address is to get a kind from now on."""
    return _change_one(call, "SUBSCRIBED")


def unsubscribe(call: Call) -> Response:
    """An address is not to get a kind any more."""
    return _change_one(call, "UNSUBSCRIBED")


def _change_one(call: Call, state: str) -> Response:
    _need_one(call, _WRITE)
    spec = call.spec()
    address = str(spec.get("emailAddress") or "")
    if "@" not in address:
        raise invalid("emailAddress must be an e-mail address")
    kind = call.portal.preferences.kind(spec.get("subscriptionId"))
    _tell(call, address, kind, state, spec)
    return answer(_older(call, address, kind))


def read_statuses(call: Call) -> Response:
    """An address's status for every kind."""
    _need_one(call, _READ)
    _channel(call)
    return _batch(call, _statuses(call, _address(call)))


def write_status(call: Call) -> Response:
    """Set one status of an address."""
    _need_one(call, _WRITE)
    return _batch(call, [_written(call, _address(call), call.spec())])


def read_batch(call: Call) -> Response:
    """The statuses of many addresses."""
    _channel(call)
    found: list[Json] = [
        {"subscriberIdString": address, "statuses": _statuses(call, address)}
        for address in map(str, _inputs(call))
    ]
    return _batch(call, found)


def write_batch(call: Call) -> Response:
    """Set statuses of many addresses."""
    done = []
    for entry in _inputs(call):
        if not isinstance(entry, dict):
            raise invalid("Invalid input JSON: an input is an object")
        done.append(_written(call, str(entry.get("subscriberIdString")), entry))
    return _batch(call, done)


def read_opt_out(call: Call) -> Response:
    """Whether an address wants no e-mail at all."""
    _need_one(call, _READ)
    _channel(call)
    return _batch(call, [_wide(call, _address(call))])


def read_opt_outs(call: Call) -> Response:
    """Which of many addresses want no e-mail at all."""
    _channel(call)
    found: list[Json] = [
        {"subscriberIdString": address, "wideStatuses": [_wide(call, address)]}
        for address in map(str, _inputs(call))
    ]
    return _batch(call, found)


def opt_out(call: Call) -> Response:
    """An address wants no e-mail at all from now on; the statuses only for who asks for them."""
    _need_one(call, _WRITE)
    _channel(call)
    address = _address(call)
    call.portal.preferences.opt_out(address, call.source_id)
    return _batch(call, _statuses(call, address) if call.query.get("verbose") == "true" else [])


def opt_out_batch(call: Call) -> Response:
    """Many addresses want no e-mail at all from now on."""
    _channel(call)
    done: list[Json] = []
    for address in map(str, _inputs(call)):
        call.portal.preferences.opt_out(address, call.source_id)
        done.append({"subscriberIdString": address, "statuses": _statuses(call, address)})
    return _batch(call, done)


def _need_one(call: Call, scopes: tuple[str, ...]) -> None:
    if not set(scopes) & set(call.token.scopes):
        raise missing_scopes(scopes)


def _address(call: Call) -> str:
    return unquote(call.path["address"])


def _channel(call: Call) -> None:
    if call.query.get("channel") != "EMAIL":
        raise invalid("The query parameter channel is required and must be EMAIL.")


def _inputs(call: Call) -> list[object]:
    inputs = call.spec().get("inputs")
    if not isinstance(inputs, list) or len(inputs) > BATCH:
        raise invalid(f"inputs must be a list of at most {BATCH}")
    call.hubspot.counters.inputs[call.template] += len(inputs)
    return inputs


def _tell(
    call: Call, address: str, kind: Subscription, state: str, spec: Mapping[str, object]
) -> Status:
    basis, explanation = spec.get("legalBasis"), spec.get("legalBasisExplanation")
    status = Status(
        state,
        call.portal.now(),
        "API",
        str(basis) if basis else None,
        str(explanation) if explanation else None,
    )
    return call.portal.preferences.tell(address, kind, status, call.source_id)


def _written(call: Call, address: str, spec: Mapping[str, object]) -> Json:
    if spec.get("channel") != "EMAIL":
        raise invalid("channel must be EMAIL")
    kind = call.portal.preferences.kind(spec.get("subscriptionId"))
    before = call.portal.preferences.status(address, kind).state
    told = _tell(call, address, kind, str(spec.get("statusState")), spec)
    changed = "NO_STATUS_CHANGE" if told.state == before else "REQUESTED_CHANGE_OCCURRED"
    return _shown(address, kind, told) | {"setStatusSuccessReason": changed}


def _statuses(call: Call, address: str) -> list[Json]:
    preferences = call.portal.preferences
    return [_shown(address, kind, preferences.status(address, kind)) for kind in SUBSCRIPTIONS]


def _shown(address: str, kind: Subscription, status: Status) -> Json:
    shown: Json = {
        "channel": "EMAIL",
        "subscriberIdString": address,
        "subscriptionId": kind.id,
        "subscriptionName": kind.name,
        "status": status.state,
        "source": status.source,
        "timestamp": iso(status.at),
    }
    return shown | _basis(status)


def _basis(status: Status) -> Json:
    named = {"legalBasis": status.basis, "legalBasisExplanation": status.explanation}
    return {name: value for name, value in named.items() if value is not None}


def _wide(call: Call, address: str) -> Json:
    status = call.portal.preferences.opted_out(address)
    return {
        "channel": "EMAIL",
        "subscriberIdString": address,
        "status": status.state,
        "timestamp": iso(status.at),
        "wideStatusType": "PORTAL_WIDE",
    }


def _older(call: Call, address: str, kind: Subscription) -> Json:
    preferences = call.portal.preferences
    status = preferences.status(address, kind)
    wide = preferences.opted_out(address).state == "UNSUBSCRIBED"
    shown: Json = {
        "id": str(kind.id),
        "name": kind.name,
        "description": kind.description,
        "status": "SUBSCRIBED" if status.state == "SUBSCRIBED" else "NOT_SUBSCRIBED",
        "sourceOfStatus": "PORTAL_WIDE_STATUS" if wide else "SUBSCRIPTION_STATUS",
    }
    return shown | _basis(status)


def _batch(call: Call, results: list[Json]) -> Response:
    at = iso(call.portal.now())
    moments = {"requestedAt": at, "startedAt": at, "completedAt": at}
    return answer({"status": "COMPLETE", **moments, "results": results})
