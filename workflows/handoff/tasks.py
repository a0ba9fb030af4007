"""What the task of an answer tells, out of what is known here."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.engine import Connection

from contact_rules.tones import Tone
from oauth.account_playbooks.holding import playbooks_of
from oauth.account_settings.fields import AccountSettings
from playbooks.line import Playbook
from sync.mirror.store import load_full_names, load_known
from workflows.enrollment.touch_states import SPENT
from workflows.handoff.wording import Sent, Story, body_of, subject_of
from workflows.tasks import TaskText
from workflows.touches import store as touches

Row = Mapping[str, Any]

# What the name of a handoff begins with that is no answer: somebody of the team has taken the contact over.
TAKEN_OVER = "task:"


def text_of(story: Story, *, late: bool = False) -> TaskText:
    """What the task of an answer says."""
    return TaskText(subject_of(story, late=late), body_of(story, late=late), story.due)


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
        taken_over=is_taken_over(row),
    )


def is_taken_over(row: Row) -> bool:
    """Whether nobody answered: somebody of the team goes on by hand."""
    return str(row["answer_id"]).startswith(TAKEN_OVER)


def find_playbook(
    connection: Connection, account_id: str, own: AccountSettings, key: str
) -> Playbook | None:
    """The account's playbook of that key; None where it has none any more."""
    return playbooks_of(connection, account_id, own.vertical).playbook(key)
