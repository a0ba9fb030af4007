"""The pretend CRM's records in our words."""

import orjson

from connector.port.records import ActivityRow, ContactRow, DealRow, ReadText, heard_columns
from contact_rules.lost_reasons import read_field
from contact_rules.wishes import find_wish
from core.moments import to_millis
from tests.fakecrm.account import Happening, PersonRecord, Sale

_KINDS = {"appointment": "meeting", "phone": "call", "letter": "email", "text": "sms"}
_DIRECTIONS = {"customer": "in", "staff": "out"}
_OUTCOMES = {"held": "completed", "booked": "scheduled"}


def contact(person: PersonRecord) -> ContactRow:
    return {
        "contact_id": str(person.number),
        "created_at": to_millis(person.made),
        "updated_at": to_millis(person.touched),
        "archived": False,
        "first_name": person.given,
        "last_name": None,
        "email": person.mail,
        "phone": person.mobile,
        "timezone": person.zone,
        "region": person.state,
        "source": None,
        "lifecycle": person.stage,
        "owner_id": None,
        "do_not_contact": None,
        "email_opt_out": person.no_mail,
        "email_consent": None,
        "email_bounced": None,
        "marketable": None,
        "sms_consent": person.texts_allowed,
        "sms_opt_out": None,
        "call_opt_out": None,
        "disqualified": None,
        "unengaged_sends": None,
        "in_sequence": None,
        "reason": None,
        "reason_source": None,
        "reason_at": None,
        "inquiry": None,
        "inquiry_source": None,
        "fields": "{}",
        "known": orjson.dumps(person.own, option=orjson.OPT_SORT_KEYS).decode(),
    }


def activity(row: Happening, read_text: ReadText | None) -> ActivityRow | None:
    """None for a letter that software sent to many: nobody was in touch with anybody."""
    if row.by == "software":
        return None
    heard = read_text(row.words, [str(row.person)]) if read_text and row.words else None
    return {
        "activity_id": f"h{row.number}",
        "contact_id": str(row.person),
        "occurred_at": to_millis(row.at),
        "kind": _KINDS[row.what],
        "direction": _DIRECTIONS[row.by],
        "outcome": None if row.state is None else _OUTCOMES[row.state],
        **heard_columns(
            heard, find_wish(row.words, kind=_KINDS[row.what]) if read_text and row.words else None
        ),
    }


def deal(row: Sale) -> DealRow:
    lost = read_field(row.why) if row.stage == "lost" else None
    return {
        "deal_id": f"s{row.number}",
        "contact_id": str(row.person),
        "amount_minor": row.cents,
        "foreign_currency": None,
        "is_closed": row.stage != "open",
        "is_won": row.stage == "won",
        "closed_at": None if row.ended is None else to_millis(row.ended),
        "created_at": to_millis(row.opened),
        "reason": lost.reason if lost else None,
        "reason_confidence": lost.confidence if lost else None,
    }
