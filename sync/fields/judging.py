"""Judges an account's fields on the CRM's own history of them."""

from collections.abc import Callable, Sequence
from datetime import datetime

from sqlalchemy.engine import Engine

from connector.patience import patiently
from connector.port.fields import FieldDefinition, FieldValue, ListsFields, ReadsFieldHistory
from connector.port.provider import Crm
from core.db import reading
from core.moments import to_millis
from sync.fields import store as mapped_fields
from sync.fields.verdicts import INQUIRY, FieldVerdict, Sample, choose_candidates, judge_field

AT_ONCE = 250  # contacts whose history is asked for in one call


def judge(
    engine: Engine,
    crm: Crm,
    account_id: str,
    *,
    as_of: datetime,
    now: datetime,
    pause: Callable[[float], None],
) -> list[FieldVerdict]:
    """Judge everything that could say how interested somebody was, and keep the verdicts.

    A CRM that lists no fields has none to judge; one without a history of them has none to use.
    """
    fields: list[FieldDefinition] = []
    if isinstance(crm, ListsFields):
        fields = choose_candidates(patiently(crm.fetch_fields, pause=pause))
    with reading(engine) as connection:
        sample = mapped_fields.load_sample(connection, account_id, until=to_millis(as_of))
    values = _history(crm, fields, sample, pause=pause)
    verdicts = [judge_field(field, values, sample) for field in fields]
    with engine.begin() as tx:
        mapped_fields.save_verdicts(tx, account_id, INQUIRY, verdicts, now=now)
    return verdicts


def _history(
    crm: Crm,
    fields: Sequence[FieldDefinition],
    sample: Sample,
    *,
    pause: Callable[[float], None],
) -> list[FieldValue] | None:
    if not isinstance(crm, ReadsFieldHistory):
        return None
    names = [field.name for field in fields]
    contact_ids = list(sample.created)
    found: list[FieldValue] = []
    for start in range(0, len(contact_ids) if names else 0, AT_ONCE):
        some = contact_ids[start : start + AT_ONCE]
        found += patiently(_ask(crm, some, names), pause=pause)
    return found


def _ask(
    crm: ReadsFieldHistory, contact_ids: Sequence[str], names: Sequence[str]
) -> Callable[[], Sequence[FieldValue]]:
    return lambda: crm.fetch_field_history(contact_ids, names)
