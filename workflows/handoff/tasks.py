"""One task for one answer: what it tells, and that it is made once."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.engine import Connection

from connector.errors import CrmForbidden, CrmInvalid, CrmNotFound
from connector.patience import patiently
from connector.port.tasks import CreatesTasks, NewTask
from contact_rules.tones import Tone
from core.context import Context
from oauth.account_playbooks.holding import playbooks_of
from oauth.account_settings.fields import AccountSettings
from playbooks.line import Playbook
from sync.mirror.store import load_full_names, load_known
from workflows.enrollment.touch_states import SPENT
from workflows.handoff.wording import Sent, Story, body_of, subject_of
from workflows.touches import store as touches

# Refusals that another try does not change.
FINAL = (CrmInvalid, CrmNotFound, CrmForbidden)

Row = Mapping[str, Any]


def make_once(
    here: Context,
    crm: CreatesTasks,
    contact_id: str,
    owners: Sequence[str | None],
    story: Story,
    trace: str,
    *,
    asked: datetime | None,
    late: bool = False,
) -> tuple[str, str | None]:
    """(task, owner) of a task that is there once, however often this is asked for.

    An owner whom the CRM does not know is passed over for the next, in the end for nobody. Raises CrmError.
    """
    if asked is not None:
        found = patiently(lambda: crm.find_task(contact_id, trace), pause=here.pause)
        if found is not None:
            return found, None
    refusal: CrmInvalid | None = None
    for owner in [*dict.fromkeys(one for one in owners if one), None]:
        task = NewTask(
            contact_id,
            owner,
            subject_of(story, late=late),
            body_of(story, late=late),
            story.due,
            trace,
        )
        try:
            return _create(here, crm, task), owner
        except CrmInvalid as error:
            refusal = error
    assert refusal is not None  # noqa: S101  nobody in particular was tried at least
    raise refusal


def _create(here: Context, crm: CreatesTasks, task: NewTask) -> str:
    """Ask for a task; where no answer came it is looked for before it is asked for again."""
    tried = False

    def once() -> str:
        nonlocal tried
        if tried and (found := crm.find_task(task.contact_id, task.trace)) is not None:
            return found
        tried = True
        return crm.create_task(task)

    return patiently(once, pause=here.pause)


def tell(
    connection: Connection, account_id: str, row: Row, own: AccountSettings, *, due: datetime
) -> Story:
    """What the task tells, from what is known here; the CRM has the answer itself."""
    contact_id, key = row["contact_id"], (row["playbook"], row["round_no"])
    known = load_known(connection, account_id, [contact_id]).get(contact_id, {})
    texts = {
        "email": known.get("rekindle_opener_email", ""),
        "sms": known.get("rekindle_opener_sms", ""),
    }
    asked = [
        t
        for t in touches.load_rounds(connection, account_id, [contact_id]).get(contact_id, ())
        if (t["playbook"], t["round_no"]) == key and t["state"] in SPENT and t["asked_at"]
    ]
    # The property holds what was said last on each channel.
    last = {t["channel"]: t["touch_no"] for t in asked}
    sent = [
        Sent(
            t["channel"],
            t["asked_at"],
            texts.get(t["channel"], "") if last[t["channel"]] == t["touch_no"] else "",
        )
        for t in asked
    ]
    playbook = find_playbook(connection, account_id, own, row["playbook"])
    return Story(
        name=load_full_names(connection, account_id, [contact_id]).get(contact_id, ""),
        kind=row["kind"] or "",
        tone=Tone(row["tone"] or Tone.UNCLEAR),
        answered_at=row["answered_at"],
        due=due,
        sent=sent,
        zone=own.timezone,
        say=playbook.handoff.say if playbook is not None else "",
    )


def find_playbook(
    connection: Connection, account_id: str, own: AccountSettings, key: str
) -> Playbook | None:
    """The account's playbook of that key; None where it has none any more."""
    return playbooks_of(connection, account_id, own.vertical).playbook(key)
