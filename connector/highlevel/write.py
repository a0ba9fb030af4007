"""Writing custom field values, one request for each contact, and reading them back."""

from collections.abc import Callable, Mapping, Sequence

from connector.errors import CrmInvalid, CrmNotFound
from connector.highlevel import endpoints, parse
from connector.highlevel.contacts import Contacts
from connector.highlevel.custom_fields import CustomField, CustomFields
from connector.highlevel.http import REQUESTS_PER_DAY, HighLevelHttp
from connector.highlevel.values import flag, id_of
from connector.parallel import each
from connector.port.records import ContactRow
from connector.port.writing import ContactWrite, Pace, WriteOutcome

# There is no bulk update of fields: a batch is only what is under way together.
BATCH = 20
# A value costs a request to write it and one to read it back.
_REQUESTS_PER_CONTACT = 2
# Of the ten requests a second, what leaves room for reading and for people.
_REQUESTS_PER_SECOND = 8.0


def pace(daily_share: float) -> Pace:
    """How fast values can be written when `daily_share` of the day's requests may be spent on it."""
    return Pace(
        contacts_per_second=_REQUESTS_PER_SECOND / _REQUESTS_PER_CONTACT,
        contacts_per_day=int(REQUESTS_PER_DAY * daily_share / _REQUESTS_PER_CONTACT),
    )


def write(
    http: HighLevelHttp,
    fields: CustomFields,
    writes: Sequence[ContactWrite],
    sources: Mapping[str, Sequence[str]] | None = None,
) -> list[WriteOutcome]:
    """One outcome for each write; a refused contact fails alone. `sources` is input → the fields that feed it.

    Raises the first CrmError that concerns more than one contact, such as a used-up limit; what was written
    until then stays, and the same batch may be sent again.
    """
    known, keys = fields.by_key(), fields.keys()

    def parsed(record: parse.Record) -> ContactRow:
        return parse.contact(record, keys, sources=sources)

    return each(lambda w: _write_one(http, known, parsed, w), writes)


def _write_one(
    http: HighLevelHttp,
    known: Mapping[str, CustomField],
    parsed: Callable[[parse.Record], ContactRow],
    write: ContactWrite,
) -> WriteOutcome:
    missing = sorted(name for name in write.values if name not in known)
    if missing:
        absent = f"the account has no field {', '.join(missing)}"
        return WriteOutcome(write.contact_id, succeeded=False, reason=absent)
    # Custom fields alone: tags in the same body would replace all of a contact's tags.
    body = {
        "customFields": [
            {"id": known[name].field_id, "field_value": known[name].wire(value)}
            for name, value in write.values.items()
        ]
    }
    try:
        answer = http.call(endpoints.UPDATE_CONTACT, body=body, contact_id=write.contact_id)
    except (CrmInvalid, CrmNotFound) as error:
        return WriteOutcome(write.contact_id, succeeded=False, reason=error.message)
    succeeded = flag(answer.get("succeded", answer.get("succeeded"))) is True
    reason = None if succeeded else "HighLevel did not say that it was done"
    after = answer.get("contact")
    row = parsed(after) if isinstance(after, dict) and after.get("id") else None
    return WriteOutcome(write.contact_id, succeeded=succeeded, reason=reason, contact=row)


def fetch_values(
    contacts: Contacts, fields: CustomFields, contact_ids: Sequence[str], names: Sequence[str]
) -> dict[str, dict[str, str]]:
    """Contact → name → value as it is stored now: searching would lag behind what was just written."""
    keys = {f.field_id: f.key for f in fields.by_key().values() if f.key in set(names)}
    return {
        id_of(record.get("id")): parse.custom_values(record, keys)
        for record in contacts.fetch_each(contact_ids)
    }
