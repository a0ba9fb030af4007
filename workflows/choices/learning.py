"""Learning from an account's touches and their answers: one version a day of what is believed of choices."""

from datetime import timedelta

from sqlalchemy.engine import Connection

from core import log
from core.context import Context
from core.db import reading
from workflows.choices import store

# Older touches tell of another time.
LEARNT_FROM = timedelta(days=400)
LEARN_EVERY = timedelta(hours=20)
# Answers come for so long: who has sent nothing since has nothing more to learn.
_ANSWERS_COME = timedelta(days=90)


def load_accounts_due(here: Context, connection: Connection) -> list[str]:
    """Accounts whose touches have not been learnt from for a day."""
    at = here.clock.now()
    return store.load_accounts_to_learn(
        connection, before=at - LEARN_EVERY, since=at - _ANSWERS_COME
    )


def learn_choices(here: Context, account_id: str) -> None:
    """Learn from every touch that was chosen, and keep what is believed now as the next version."""
    # numpy is loaded by who learns, not with the process.
    from scoring.learn.choosing import learn  # noqa: PLC0415
    from scoring.learn.stored_choosing import to_json  # noqa: PLC0415
    from workflows.choices.taught import sent_of  # noqa: PLC0415

    at = here.clock.now()
    with reading(here.engine) as connection:
        rows = store.load_sent(connection, account_id, since=at - LEARNT_FROM, until=at)
    if not rows:
        return
    model = learn(sent_of(rows, at=at))
    with here.engine.begin() as tx:
        version = store.record_model(
            tx, account_id, to_json(model), people=model.people, messages=model.messages, at=at
        )
    log.get(__name__).info(
        "workflows.choices.learnt", account_id=account_id, version=version, messages=model.messages
    )
