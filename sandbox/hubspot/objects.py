"""Records one by one: list, get, create, change, archive, merge, erase."""

from starlette.responses import Response

from sandbox.hubspot.answers import answer, invalid, not_found
from sandbox.hubspot.associations import attach, type_name
from sandbox.hubspot.gateway import Call, Operation, versioned
from sandbox.hubspot.object_types import kind_of, refuse_kind
from sandbox.hubspot.records import Record
from sandbox.hubspot.scopes import READ, WRITE
from sandbox.hubspot.shapes import show, shown_names
from sandbox.hubspot.writing import create, prepare, update
from sandbox.kit.answers import Json

PAGE = 100
HISTORY_PAGE = 50


def operations() -> list[Operation]:
    """Everything under /crm/objects that concerns one record or a page of them."""
    many, one = versioned("/crm/objects", "/{kind}"), versioned("/crm/objects", "/{kind}/{id}")
    return [
        Operation("GET", many, list_page),
        Operation("POST", many, create_one),
        Operation("POST", versioned("/crm/objects", "/{kind}/merge"), merge),
        Operation("POST", versioned("/crm/objects", "/{kind}/gdpr-delete"), erase),
        Operation("GET", one, get_one),
        Operation("PATCH", one, patch_one),
        Operation("DELETE", one, archive_one),
    ]


def list_page(call: Call) -> Response:
    """A page by ascending record id; `after` is the id of the last record seen."""
    kind = call.kind
    call.need(READ[kind])
    history = call.words("propertiesWithHistory")
    limit = call.count("limit", 10, HISTORY_PAGE if history else PAGE)
    after = call.query.get("after") or "0"
    if not after.isdigit():
        raise invalid(f"after must be a cursor from an earlier answer, not {after[:30]!r}")
    found = call.portal.records.page(
        kind, after=int(after), limit=limit + 1, archived=call.query.get("archived") == "true"
    )
    names = shown_names(call.portal, kind, call.words("properties"))
    linked = call.words("associations")
    results = [
        _with_links(call, record, linked, show(call.portal, record, names, history))
        for record in found[:limit]
    ]
    payload: Json = {"results": results}
    if len(found) > limit:
        last = found[limit - 1].id
        payload["paging"] = {"next": {"after": last, "link": f"{call.template}?after={last}"}}
    return answer(payload)


def get_one(call: Call) -> Response:
    """One record by id, or by a unique property named in `idProperty`."""
    kind = call.kind
    call.need(READ[kind])
    archived = call.query.get("archived") == "true"
    record = find(
        call, kind, call.path["id"], call.query.get("idProperty"), archived=archived, follow=True
    )
    if record is None:
        raise not_found()
    names = shown_names(call.portal, kind, call.words("properties"))
    shown = show(call.portal, record, names, call.words("propertiesWithHistory"))
    return answer(_with_links(call, record, call.words("associations"), shown))


def create_one(call: Call) -> Response:
    """A new record, with associations if any are given."""
    kind, spec = call.kind, call.spec()
    call.need(WRITE[kind])
    prepared = prepare(call, kind, spec.get("properties"), None)
    record = create(call, kind, prepared)
    attach(call, record, spec.get("associations"))
    shown = show(call.portal, record, shown_names(call.portal, kind, list(prepared.values)))
    return answer(shown | ({"warnings": prepared.warnings} if prepared.warnings else {}), 201)


def patch_one(call: Call) -> Response:
    """Change some values of one record."""
    kind, spec = call.kind, call.spec()
    call.need(WRITE[kind])
    record = find(call, kind, call.path["id"], call.query.get("idProperty"))
    if record is None:
        raise not_found()
    prepared = prepare(call, kind, spec.get("properties"), record)
    update(call, record, prepared)
    shown = show(call.portal, record, shown_names(call.portal, kind, list(prepared.values)))
    return answer(shown | ({"warnings": prepared.warnings} if prepared.warnings else {}))


def archive_one(call: Call) -> Response:
    """Put a record in the bin; 204 whether it was there or not."""
    kind = call.kind
    call.need(WRITE[kind])
    if call.portal.records.archive(
        kind, call.path["id"], source="INTEGRATION", source_id=call.source_id
    ):
        call.hubspot.counters.wrote(call.portal.id, kind, call.path["id"], changed=True)
    return answer(None, 204)


def merge(call: Call) -> Response:
    """Fold one record into another."""
    kind, spec = call.kind, call.spec()
    call.need(WRITE[kind])
    primary, other = str(spec.get("primaryObjectId")), str(spec.get("objectIdToMerge"))
    if primary == other:
        raise invalid("A record cannot be merged with itself.")
    for record_id in (primary, other):
        if find(call, kind, record_id, None) is None:
            raise not_found(f"No record with id {record_id}", context={"ids": [record_id]})
    records = call.portal.records
    new = records.merge(kind, primary, other, source="INTEGRATION", source_id=call.source_id)
    call.hubspot.counters.wrote(call.portal.id, kind, new, changed=True)
    record = records.get(kind, new)
    if record is None:
        raise not_found()
    return answer(show(call.portal, record, shown_names(call.portal, kind, [])))


def erase(call: Call) -> Response:
    """Delete a person for good; 204 whether they were there or not."""
    kind, spec = call.kind, call.spec()
    call.need(WRITE[kind])
    id_property = spec.get("idProperty")
    wanted = str(spec.get("objectId"))
    record = find(call, kind, wanted, id_property if isinstance(id_property, str) else None)
    if record is not None:
        call.portal.records.privacy_delete(kind, record.id, source="INTEGRATION")
        call.hubspot.counters.wrote(call.portal.id, kind, record.id, changed=True)
    return answer(None, 204)


def find(
    call: Call,
    kind: str,
    wanted: str,
    id_property: str | None,
    *,
    archived: bool = False,
    follow: bool = False,
) -> Record | None:
    """The record in that state, by id or unique property; raises 400 for other properties.

    For who follows, the id of one that was merged leads to the record it has become part of.
    """
    records = call.portal.records
    if id_property in {None, "hs_object_id"}:
        record = records.get(kind, records.survivor(kind, wanted) if follow else wanted)
    else:
        record = _by_unique(call, kind, wanted, str(id_property))
    return record if record is not None and record.archived == archived else None


def _by_unique(call: Call, kind: str, wanted: str, name: str) -> Record | None:
    records = call.portal.records
    if kind == "contacts" and name == "email":
        record_id = records.by_email(wanted)
        return records.get(kind, record_id) if record_id else None
    definition = call.portal.definitions.find(kind, name)
    if definition is None or not definition.unique:
        raise invalid(f"Property {name} is not a unique property of {kind}")
    return next((r for r in records.each(kind) if r.properties.get(name) == wanted), None)


def _with_links(call: Call, record: Record, wanted: list[str], shown: Json) -> Json:
    links = {}
    for word in wanted:
        kind = _linked_kind(word)
        call.need(READ[kind])
        ids = call.portal.records.associated(record.kind, record.id, kind)
        if ids:
            label = type_name(record.kind, kind)
            links[kind] = {"results": [{"id": other, "type": label} for other in ids]}
    return shown | {"associations": links} if links else shown


def _linked_kind(word: str) -> str:
    kind = kind_of(word)
    if kind is None:
        raise refuse_kind(word)
    return kind
