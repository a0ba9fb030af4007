"""What an account is and has besides records: details, owners, pipelines, limits, the uninstall."""

from collections import Counter
from zoneinfo import ZoneInfo

from starlette.responses import Response

from sandbox.hubspot.answers import answer, not_found
from sandbox.hubspot.gateway import VERSIONS, Call, Operation, versioned
from sandbox.hubspot.links import singular
from sandbox.hubspot.object_types import TYPE_IDS
from sandbox.hubspot.portal import Owner
from sandbox.hubspot.scopes import schema_scopes
from sandbox.hubspot.standard import Pipeline
from sandbox.kit.answers import Json

_OPENED = "2024-01-01T00:00:00.000Z"


def operations() -> list[Operation]:
    """The account's own endpoints."""
    owners = versioned("/crm/owners")
    uninstall = tuple(f"/appinstalls/{version}/external-install" for version in VERSIONS)
    pipelines = versioned("/crm/pipelines", "/{kind}")
    one_pipeline = versioned("/crm/pipelines", "/{kind}/{id}")
    stages = versioned("/crm/pipelines", "/{kind}/{id}/stages")
    reads_owners = ("crm.objects.owners.read",)
    return [
        Operation("GET", versioned("/account-info", "/details"), details, ("oauth",)),
        # The official client asks with a slash at the end.
        Operation("GET", (*owners, f"{owners[-1]}/"), list_owners, reads_owners),
        Operation("GET", versioned("/crm/owners", "/{id}"), get_owner, reads_owners),
        Operation("GET", pipelines, list_pipelines),
        Operation("GET", one_pipeline, get_pipeline),
        Operation("GET", stages, list_stages),
        Operation("GET", versioned("/crm/pipelines", "/{kind}/{id}/stages/{stage}"), get_stage),
        Operation("GET", versioned("/crm/limits", "/custom-properties"), limits, ("oauth",)),
        Operation("DELETE", uninstall, uninstall_app, ("oauth",)),
    ]


def details(call: Call) -> Response:
    """The account's own description."""
    account = call.portal.account
    offset = call.portal.now().astimezone(ZoneInfo(account.time_zone)).utcoffset()
    seconds = int(offset.total_seconds()) if offset else 0
    sign, minutes = "-" if seconds < 0 else "+", abs(seconds) // 60
    return answer(
        {
            "portalId": call.portal.id,
            "accountType": account.account_type,
            "timeZone": account.time_zone,
            "companyCurrency": account.currency,
            "additionalCurrencies": call.portal.currencies.listed(),
            "utcOffset": f"{sign}{minutes // 60:02d}:{minutes % 60:02d}",
            "utcOffsetMilliseconds": seconds * 1000,
            "uiDomain": account.ui_domain,
            "dataHostingLocation": account.hosting,
        }
    )


def list_owners(call: Call) -> Response:
    """Owners, by e-mail address if asked."""
    limit, after = call.count("limit", 100, 500), call.query.get("after")
    email = call.query.get("email")
    if call.query.get("archived") == "true":
        return answer({"results": []})
    found = [owner for owner in call.portal.owners if email is None or owner.email == email]
    rest = [owner for owner in found if after is None or int(owner.id) > int(after)]
    payload: Json = {"results": [_owner(owner) for owner in rest[:limit]]}
    if len(rest) > limit:
        payload["paging"] = {"next": {"after": rest[limit - 1].id}}
    return answer(payload)


def get_owner(call: Call) -> Response:
    """One owner by owner id, or by user id with `idProperty=userId`."""
    by_user = call.query.get("idProperty") == "userId"
    for owner in call.portal.owners:
        if call.path["id"] == (str(owner.user_id) if by_user else owner.id):
            return answer(_owner(owner))
    raise not_found()


def _owner(owner: Owner) -> Json:
    return {
        "id": owner.id,
        "email": owner.email,
        "firstName": owner.first_name,
        "lastName": owner.last_name,
        "type": "PERSON",
        "userId": owner.user_id,
        "userIdIncludingInactive": owner.user_id,
        "createdAt": _OPENED,
        "updatedAt": _OPENED,
        "archived": False,
        "teams": [],
    }


def list_pipelines(call: Call) -> Response:
    """Pipelines of deals or tickets, with their stages."""
    return answer({"results": [pipeline.json() for pipeline in _pipelines(call)]})


def _pipelines(call: Call) -> list[Pipeline]:
    kind = call.kind
    call.need(schema_scopes(kind, write=False))
    return call.portal.pipelines.get(kind, [])


def get_pipeline(call: Call) -> Response:
    """One pipeline."""
    return answer(_pipeline(call).json())


def list_stages(call: Call) -> Response:
    """The stages of one pipeline."""
    return answer({"results": [stage.json() for stage in _pipeline(call).stages]})


def get_stage(call: Call) -> Response:
    """One stage of a pipeline."""
    for stage in _pipeline(call).stages:
        if stage.id == call.path["stage"]:
            return answer(stage.json())
    raise not_found()


def _pipeline(call: Call) -> Pipeline:
    for pipeline in _pipelines(call):
        if pipeline.id == call.path["id"]:
            return pipeline
    raise not_found()


def limits(call: Call) -> Response:
    """How many custom properties there are, and may be, by kind of record."""
    most = call.hubspot.limits.custom_properties
    usage = Counter({kind: call.portal.definitions.custom_count(kind) for kind in TYPE_IDS})
    by_kind = [
        {
            "objectTypeId": TYPE_IDS[kind],
            "singularLabel": singular(kind).capitalize(),
            "pluralLabel": kind.capitalize(),
            "limit": most,
            "usage": used,
            "percentage": _share(used, most),
        }
        for kind, used in usage.items()
    ]
    overall = most * len(TYPE_IDS)
    return answer(
        {
            "overallLimit": overall,
            "overallUsage": usage.total(),
            "overallPercentage": _share(usage.total(), overall),
            "byObjectType": by_kind,
        }
    )


def _share(used: int, most: int) -> float:
    return round(100 * used / most, 2) if most else 100.0


def uninstall_app(call: Call) -> Response:
    """End the installation whose token this is, with all its tokens."""
    call.hubspot.grants.uninstall(call.portal.id)
    return answer(None, 204)
