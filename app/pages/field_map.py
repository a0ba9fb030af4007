"""The admin's mapping: what is filled in is a draft that can be tried on one contact, until it is saved."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, Response
from sqlalchemy.engine import Connection
from starlette.datastructures import FormData

from app.pages import session
from app.pages.field_form import read_form
from app.pages.field_lines import (
    InputLine,
    MapKnown,
    PropertyLine,
    count_lines,
    groups_of,
    unused,
)
from app.pages.layout import draw
from app.pages.session import Account
from connector.budget import Urgency
from connector.errors import CrmError
from connector.patience import patiently
from connector.port.fields import ListsProperties
from contact_rules.channels import CHANNELS, Channel
from core.context import Context
from core.db import reading
from core.errors import Invalid
from core.facts import FieldsChosen, MappingChanged, MappingTried
from core.routing import Here
from inputs.catalogue import BY_NAME, INPUTS
from scoring import store as scores
from sync.fields import mapping_store
from sync.fields import store as mapped_fields
from sync.fields.mapping import CHOSEN, STANDING, MappedInput, Proposal, changed_inputs
from sync.fields.mapping_store import KnownProperty
from sync.fields.verdicts import INQUIRY, Reason
from sync.live import opened
from sync.mirror.samples import (
    Named,
    find_named,
    find_people,
    load_texts,
    load_unread_values,
    some_ids,
)
from sync.mirror.trials import Trial, find_trial, record_trial
from workflows.properties import BANDS, TRACKS, segment_label

_LOOKED_UP = 12  # properties whose values the CRM is asked for while somebody waits
_ASKED_OF = 10  # contacts
_SHOWN_FOUND = 25
_SOMEBODY_WAITS = 5.0
_TOO_LATE = "It was filled in after sales were won or lost: see below."

routes = APIRouter(prefix="/admin")


async def _filled_in(request: Request) -> FormData:
    return await request.form(max_fields=5_000)


Filled = Annotated[FormData, Depends(_filled_in)]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the last change has made of the audit: each number before and after; `after` empty while it is worked on."""

    changed_by: str
    changed_at: datetime
    before: Mapping[str, Any]
    after: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class MapView:
    """The upper part of the page of fields."""

    groups: list[tuple[str, list[InputLine]]]
    properties: list[tuple[str, str]]  # name and label of all that can be used
    inputs: list[tuple[str, str]]
    counted: str
    version: int
    unused: list[PropertyLine]
    found: list[PropertyLine]
    find: str
    who: str
    people: list[Named]
    contact: Named | None
    trial: Mapping[str, Any] | None
    is_waiting: bool  # a worker is looking at the contact, or at everybody
    is_draft: bool
    outcome: Outcome | None


@routes.post("/fields/draft")
def draft(request: Request, here: Here, installation: Account, form: Filled) -> Response:
    """Keep what is filled in, unsaved: to look for a property, to give one to a field, to try it on a contact."""
    session.check_form(request, str(form.get("form_token", "")))
    account_id, now = installation.account_id, here.wall.now()
    action, by = str(form.get("action", "")), session.person(request)
    find = str(form.get("find", "")).strip()
    who = str(form.get("person") or form.get("contact") or "").strip()
    is_asked = action == "try" or "person" in form or (action == "keep" and bool(who))
    with here.begin() as tx:
        mapping = _filled_mapping(tx, account_id, form, by=by, now=now)
        if "use" in form or "confirm" in form:
            mapping, find = _given(mapping, form, by=by, now=now), ""
        people = find_people(tx, account_id, who)
        is_tried = is_asked and len(people) == 1
        draft_id = secrets.token_urlsafe(16)
        stored = {name: mapped.to_json() for name, mapped in mapping.items()}
        contact_id = people[0].contact_id if len(people) == 1 else ""
        record_trial(tx, account_id, draft_id, contact_id, stored, now=now)
        if is_tried:
            here.publish(tx, MappingTried(account_id, draft_id))
    shown = {"draft": draft_id, "find": find, "who": who, "tried": "yes" if is_tried else ""}
    query = urlencode({name: value for name, value in shown.items() if value})
    place = "#found" if action == "find" else "#test" if is_asked else ""
    return RedirectResponse(f"/admin/fields?{query}{place}", status_code=303)


@routes.post("/fields")
def save(request: Request, here: Here, installation: Account, form: Filled) -> Response:
    """Let the mapping hold; what is wanted and not read yet is read, and everybody scored by it."""
    session.check_form(request, str(form.get("form_token", "")))
    account_id, now, by = installation.account_id, here.wall.now(), session.person(request)
    with here.begin() as tx:
        before = mapping_store.load_settled_mapping(tx, account_id)
        after = _filled_mapping(tx, account_id, form, by=by, now=now)
        if after == before:
            return RedirectResponse("/admin/fields", status_code=303)
        mapping_store.record_version(
            tx,
            account_id,
            {name: mapped for name, mapped in after.items() if mapped.chosen_by},
            after=_number(form.get("version")),
            by=by,
            before=_counts(tx, account_id),
            now=now,
        )
        is_standing = not STANDING.isdisjoint(changed_inputs(before, after))
        fact = FieldsChosen(account_id) if is_standing else MappingChanged(account_id)
        here.publish(tx, fact)
    return RedirectResponse("/admin/fields?saved=yes", status_code=303)


@routes.get("/fields/unread")
def unread(
    request: Request,
    here: Here,
    installation: Account,
    source: str,
    name: str,
) -> Response:
    """The contacts whose value in a property cannot be read."""
    if name not in BY_NAME:
        raise Invalid("There is no such field. Go back to Fields and choose from there.")
    with reading(here.engine) as connection:
        found = load_unread_values(connection, installation.account_id, name, source)
        known = mapping_store.load_definitions(connection, installation.account_id)
    label = known[source].label if source in known else source
    return draw(
        "field_unread.html",
        request,
        here,
        installation,
        active="fields",
        values=found,
        label=label,
        field=BY_NAME[name].label,
        record_url=installation.record_url,
    )


def load_map(
    here: Context,
    account_id: str,
    *,
    draft_id: str = "",
    find: str = "",
    who: str = "",
    is_tried: bool = False,
) -> MapView:
    """The mapping as it holds, or as a draft has it."""
    with reading(here.engine) as connection:
        trial = find_trial(connection, account_id, draft_id) if draft_id else None
        version = mapping_store.find_version(connection, account_id)
        mapping = mapping_store.load_settled_mapping(connection, account_id)
        if trial is not None:
            mapping = {n: MappedInput.from_json(stored) for n, stored in trial.mapping.items()}
        known = MapKnown(
            properties=_load_properties(connection, account_id),
            mapping=mapping,
            proposals=mapping_store.load_proposals(connection, account_id),
            findings=mapping_store.load_findings(connection, account_id),
            texts=load_texts(connection, account_id),
        )
        people = find_people(connection, account_id, who)
        contact = (
            find_named(connection, account_id, trial.contact_id)
            if trial and trial.contact_id
            else None
        )
        outcome = _outcome(connection, account_id, version)
    found = unused(known, find)[:_SHOWN_FOUND] if find else []
    known = _with_values(here, account_id, known, [one.name for one in found])
    groups = groups_of(known)
    return MapView(
        groups=groups,
        properties=[
            (n, p.property.label) for n, p in known.properties.items() if not p.property.unusable
        ],
        inputs=[(e.name, e.label) for e in INPUTS if e.name not in {"contact_id", "inquiry"}],
        counted=count_lines(groups),
        version=version.version if version else 0,
        unused=unused(known),
        found=unused(known, find)[:_SHOWN_FOUND] if find else [],
        find=find,
        people=people if contact is None else [],
        contact=contact,
        who=who,
        trial=_told(trial),
        is_waiting=is_tried and trial is not None and trial.answer is None,
        is_draft=trial is not None,
        outcome=outcome,
    )


def _load_properties(connection: Connection, account_id: str) -> dict[str, KnownProperty]:
    """The account's properties; one that was filled in after the outcome is no source of anything."""
    known = mapping_store.load_properties(connection, account_id)
    for judged in mapped_fields.load_judged(connection, account_id, INQUIRY):
        name = judged.verdict.name
        if judged.verdict.reason is Reason.AFTER_OUTCOME and name in known:
            one = known[name]
            known[name] = replace(one, property=replace(one.property, unusable=_TOO_LATE))
    return known


def _filled_mapping(
    tx: Connection, account_id: str, form: FormData, *, by: str, now: datetime
) -> dict[str, MappedInput]:
    properties = {n: p.property for n, p in _load_properties(tx, account_id).items()}
    settled = mapping_store.load_settled_mapping(tx, account_id)
    return read_form(form, properties, settled, by=by, now=now)


def _given(
    mapping: Mapping[str, MappedInput], form: FormData, *, by: str, now: datetime
) -> dict[str, MappedInput]:
    """The mapping with the property that was found given to the field that was chosen for it, as its first source."""
    name, _, source = str(form.get("confirm", "")).partition("|")
    if "use" in form:
        source = str(form["use"])
        # Beside each property that was found stands a choice of its own.
        name = str(form.get(f"for.{source}", ""))
    if name not in BY_NAME or not source:
        raise Invalid("Choose the field that the property is to feed, then press Use.")
    known = mapping.get(name, MappedInput(()))
    others = tuple(one for one in known.sources if one.name != source)
    sources = (Proposal(source, CHOSEN), *others)
    return {**mapping, name: MappedInput(sources, known.meanings, known.styles, by, now)}


def _with_values(here: Context, account_id: str, known: MapKnown, names: list[str]) -> MapKnown:
    """Real values of properties that the mirror lacks, from the CRM itself; none where it does not answer."""
    mapped = [n for m in known.mapping.values() for n in m.names]
    held = {name for row in known.texts for name in row}
    wanted = [n for n in dict.fromkeys([*names, *mapped]) if n in known.properties]
    lacking = [n for n in wanted if n not in held and known.properties[n].filled][:_LOOKED_UP]
    ids = some_ids(known.texts, _ASKED_OF)
    if not lacking or not ids:
        return known
    try:
        with opened(here, account_id, Urgency.PERSON) as crm:
            if not isinstance(crm, ListsProperties):
                return known
            found = patiently(
                lambda: crm.fetch_properties_of(ids, lacking),
                pause=here.pause,
                most=_SOMEBODY_WAITS,
            )
    except CrmError:
        return known
    asked = {n: [v[n] for v in found.values() if n in v] for n in lacking}
    return MapKnown(
        known.properties, known.mapping, known.proposals, known.findings, known.texts, asked
    )


def _counts(connection: Connection, account_id: str) -> dict[str, Any]:
    """What the audit says now; empty where nobody was scored yet."""
    scoring = scores.find_scoring(connection, account_id)
    summary = scores.find_audit(connection, account_id)
    if scoring is None:
        return {}
    bands = {part.key: part.count for part in summary.bands} if summary else {}
    return {
        "contacts": scoring["contacts"],
        "dormant": scoring["dormant"].get("d90"),
        "customers": scoring["tracks"].get("customer", 0),
        "unknown": bands.get("unmeasurable"),
    }


def _outcome(
    connection: Connection, account_id: str, version: mapping_store.MappingVersion | None
) -> Outcome | None:
    if version is None:
        return None
    scoring = scores.find_scoring(connection, account_id)
    is_done = scoring is not None and scoring["scored_at"] >= version.changed_at
    after = _counts(connection, account_id) if is_done else {}
    return Outcome(version.changed_by, version.changed_at, version.before, after)


def _told(trial: Trial | None) -> Mapping[str, Any] | None:
    """What was found of the contact, in words; None while nobody has looked."""
    if trial is None or trial.answer is None:
        return None
    labels = {entry.name: entry.label for entry in INPUTS}
    known = [{**one, "label": labels[one["input"]]} for one in trial.answer.get("known", ())]
    return {
        "error": trial.answer.get("error", ""),
        "known": known,
        "made": _made(trial.answer.get("made")),
    }


def _made(made: Mapping[str, Any] | None) -> list[tuple[str, str]]:
    """What scoring would make of the contact, in the words of the card; empty where nobody was scored yet."""
    if not made:
        return []
    days, since = made["quiet_days"], made["last_human_at"]
    quiet = "Can't be told" if days is None else f"{days:,} days, since {since}"
    channels = [CHANNELS[Channel(one)].label for one in (made["channels"] or "").split()]
    return [
        ("Track", TRACKS[made["track"]]),
        ("Recency", BANDS[made["band"]]),
        ("Segment", segment_label(made["segment"])),
        ("Quiet", quiet),
        ("Channels", ", ".join(channels) or "None"),
    ]


def _number(given: object) -> int:
    text = str(given or "")
    return int(text) if text.isascii() and text.isdigit() else 0
