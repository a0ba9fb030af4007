"""The endpoints for sequences: list, read, enroll one contact, ask where a contact is enrolled."""

from starlette.responses import Response

from sandbox.hubspot.answers import answer, error_body, invalid, not_found
from sandbox.hubspot.engines import Engines
from sandbox.hubspot.gateway import VERSIONS, Call, Operation
from sandbox.hubspot.sequences import Reason, SequenceRefused
from sandbox.kit.answers import ApiError, Json

_READ = ("automation.sequences.read",)
_ENROLL = ("automation.sequences.enrollments.write",)
_SUMMARY = ("id", "name", "folderId", "userId", "createdAt", "updatedAt")
_UNKNOWN = frozenset((Reason.CONTACT_NOT_FOUND, Reason.SEQUENCE_NOT_FOUND))


def operations() -> list[Operation]:
    """Everything under /automation/sequences, which has dated paths only."""

    def at(rest: str) -> tuple[str, ...]:
        return tuple(f"/automation/sequences/{version}{rest}" for version in VERSIONS)

    return [
        Operation("POST", at("/enrollments"), enroll, _ENROLL),
        Operation("GET", at("/enrollments/contact/{id}"), enrollment, _READ),
        Operation("GET", at(""), list_all, _READ),
        Operation("GET", at("/{id}"), get_one, _READ),
    ]


def list_all(call: Call) -> Response:
    """Sequences without their steps, by name if asked."""
    _user(call)
    limit, after = call.count("limit", 100, 500), call.query.get("after") or "0"
    wanted = (call.query.get("name") or "").casefold()
    found = [s for s in _engines(call).sequences() if wanted in str(s["name"]).casefold()]
    start = int(after) if after.isdigit() else 0
    page = found[start : start + limit]
    results = [{n: sequence[n] for n in _SUMMARY if n in sequence} for sequence in page]
    payload: Json = {"total": len(found), "results": results}
    if len(found) > start + limit:
        payload["paging"] = {"next": {"after": str(start + limit)}}
    return answer(payload)


def get_one(call: Call) -> Response:
    """One sequence with its steps."""
    _user(call)
    for sequence in _engines(call).sequences():
        if sequence["id"] == call.path["id"]:
            return answer(sequence)
    raise not_found()


def enroll(call: Call) -> Response:
    """Enroll one contact for a user; refusals say why in `context.reason`."""
    user, spec = _user(call), call.spec()
    lacking = [n for n in ("sequenceId", "contactId", "senderEmail") if not spec.get(n)]
    if lacking:
        raise invalid(f"Some required fields were not set: [{', '.join(lacking)}]")
    contact_id = str(spec["contactId"])
    try:
        enrolled = _engines(call).enroll_in_sequence(
            str(spec["sequenceId"]), contact_id, sender=str(spec["senderEmail"]), user_id=user
        )
    except SequenceRefused as refusal:
        raise _refused(refusal.reason) from refusal
    call.hubspot.counters.enrolled[call.portal.id, str(spec["sequenceId"]), contact_id] += 1
    return answer({name: enrolled[name] for name in ("id", "toEmail", "enrolledAt", "updatedAt")})


def enrollment(call: Call) -> Response:
    """The sequence a contact is in; 404 when in none."""
    found = _engines(call).sequence_enrollment(call.path["id"])
    if found is None:
        raise not_found("The contact is not enrolled in a sequence.")
    return answer(found)


def _engines(call: Call) -> Engines:
    if call.portal.engines is None:
        raise ApiError(403, error_body("This account has no sequences.", "FORBIDDEN"))
    return call.portal.engines


def _user(call: Call) -> int:
    text = call.query.get("userId", "")
    if not text.isdigit():
        raise invalid("The query parameter userId is required and must be a number.")
    return int(text)


def _refused(reason: Reason) -> ApiError:
    if reason in _UNKNOWN:
        return not_found(f"Not enrolled: {reason}", context={"reason": [str(reason)]})
    detail = {"message": f"Not enrolled: {reason}", "code": str(reason)}
    return invalid(
        f"The contact could not be enrolled: {reason}",
        subCategory=f"SequenceEnrollmentError.{reason}",
        context={"reason": [str(reason)]},
        errors=[detail],
    )
