"""The app's own workflow actions: how a workflow calls one, and how it waits for the app's word."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from sandbox.hubspot.record import Record
from sandbox.kit.answers import Json

SUCCESS, FAILED, WAITING = "SUCCESS", "FAIL_CONTINUE", frozenset(("BLOCK", "ASYNC"))
USUAL_WAIT = timedelta(weeks=1)
_STATE, _WAIT = "hs_execution_state", "hs_expiration_duration"
_DURATION = re.compile(r"P(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?)?")


@dataclass(frozen=True, slots=True)
class CustomAction:
    """One action that the app's project files declare."""

    id: int
    uid: str
    url: str
    properties: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a call; a workflow goes on in every case."""

    state: str
    outputs: Mapping[str, str] = field(default_factory=dict)


GoOn = Callable[[Outcome], None]
#: Sends a request some time soon and then says the status and the body; status 0: nothing came back.
Post = Callable[[str, Json, Callable[[int, bytes], None]], None]
Later = Callable[[timedelta, Callable[[], None]], None]


@dataclass(slots=True)
class Actions:
    """The calls of one account; `later` runs something when the account's time has moved on so far."""

    portal_id: int
    find: Callable[[str], CustomAction | None]
    post: Post
    later: Later
    _waiting: dict[str, GoOn] = field(default_factory=dict)
    _calls: int = 0

    def call(
        self, uid: str, inputs: Mapping[str, str], record: Record, workflow_id: str, go_on: GoOn
    ) -> None:
        """Ask the app; `go_on` hears what it said, at once or when it completes a call it had put off."""
        action = self.find(uid)
        if action is None:
            go_on(Outcome("the app has no such action"))
            return
        self._calls += 1
        callback_id = f"ap-{self.portal_id}-{workflow_id}-{self._calls}"
        payload: Json = {
            "callbackId": callback_id,
            "origin": {
                "portalId": self.portal_id,
                "actionDefinitionId": action.id,
                "actionDefinitionVersion": 1,
            },
            "context": {"source": "WORKFLOWS", "workflowId": int(workflow_id)},
            "object": {
                "objectId": int(record.id),
                "objectType": "CONTACT",
                "properties": {name: record.properties.get(name) for name in action.properties},
            },
            "inputFields": dict(inputs),
        }
        self.post(
            action.url,
            payload,
            lambda status, body: self._answered(callback_id, status, body, go_on),
        )

    def complete(self, callback_id: str, outputs: Mapping[str, object]) -> bool:
        """The app's word on a call it had put off; False when nobody waits for it."""
        go_on = self._waiting.pop(callback_id, None)
        if go_on is None:
            return False
        go_on(_outcome(outputs))
        return True

    def _answered(self, callback_id: str, status: int, body: bytes, go_on: GoOn) -> None:
        if status != 200:
            go_on(Outcome(f"{FAILED}: {status or 'no answer'}"))
            return
        outputs = _outputs(body)
        if outputs.get(_STATE) not in WAITING:
            go_on(_outcome(outputs))
            return
        self._waiting[callback_id] = go_on
        self.later(_duration(outputs.get(_WAIT)), lambda: self._expire(callback_id))

    def _expire(self, callback_id: str) -> None:
        go_on = self._waiting.pop(callback_id, None)
        if go_on is not None:
            go_on(Outcome(f"{FAILED}: expired"))


def _outputs(body: bytes) -> Mapping[str, object]:
    try:
        told = json.loads(body)
    except ValueError:
        return {}
    outputs = told.get("outputFields") if isinstance(told, dict) else None
    return outputs if isinstance(outputs, dict) else {}


def _outcome(outputs: Mapping[str, object]) -> Outcome:
    own = {name: str(value) for name, value in outputs.items() if not name.startswith("hs_")}
    return Outcome(str(outputs.get(_STATE) or SUCCESS), own)


def _duration(text: object) -> timedelta:
    found = _DURATION.fullmatch(str(text or ""))
    weeks, days, hours, minutes = (int(n or 0) for n in found.groups()) if found else (0, 0, 0, 0)
    time = timedelta(weeks=weeks, days=days, hours=hours, minutes=minutes)
    return time or USUAL_WAIT
