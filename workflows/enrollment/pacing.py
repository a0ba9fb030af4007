"""What the size of the next batch goes by, counted in the ledger; account_id is the first argument."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from workflows.enrollment.states import OPEN, End, EnrollmentState
from workflows.enrollment.tables import enrollments

_S = EnrollmentState
# Put into a batch that was let go ahead, and not turned away since.
_BEGUN = (_S.APPROVED, _S.STARTING, _S.STARTED, _S.ENDED)
ANSWERS = (End.ANSWERED, End.BOOKED, End.BOUGHT)
_LATELY, _WEEK, _WATCHED = timedelta(days=1), timedelta(days=7), timedelta(days=90)
# Whom the CRM refused is not tried again sooner.
_RESTS = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Begun:
    """People of an account's batches: of the last day, waiting for their hour, and of those watched for long enough."""

    lately: int
    waiting: int
    last_batch: int
    asked: int
    answered: int
    answered_lately: int
    first_at: datetime | None


def count_begun(connection: Connection, account_id: str, *, at: datetime) -> Begun:
    """How many have begun, and what came of it; of rounds in which nobody was contacted nothing counts."""
    e = enrollments.c
    begun = e.state.in_(_BEGUN)
    watched = sa.and_(
        begun, e.started_at > at - _WATCHED, e.started_at <= at - _WEEK, _was_contacted()
    )
    answered = e.ended_by.in_(ANSWERS)

    def count(*where: "sa.ColumnElement[bool]") -> "sa.ColumnElement[int]":
        return sa.func.coalesce(sa.func.sum(sa.case((sa.and_(*where), 1), else_=0)), 0)

    row = connection.execute(
        sa.select(
            count(begun, e.created_at > at - _LATELY),
            count(e.state == _S.APPROVED, e.created_at <= at - _LATELY),
            count(watched),
            count(watched, answered),
            count(e.ended_by == End.ANSWERED, e.ended_at > at - _LATELY),
            sa.func.min(e.started_at, type_=e.started_at.type),
        ).where(e.account_id == account_id)
    ).one()
    sizes = (
        sa.select(sa.func.count().label("people"))
        .where(
            e.account_id == account_id,
            begun,
            e.created_at > at - _WEEK,
            e.created_at <= at - _LATELY,
        )
        .group_by(e.wave_id)
        .subquery()
    )
    last = connection.execute(sa.select(sa.func.max(sizes.c.people))).scalar_one()
    return Begun(
        lately=int(row[0]),
        waiting=int(row[1]),
        last_batch=int(last or 0),
        asked=int(row[2]),
        answered=int(row[3]),
        answered_lately=int(row[4]),
        first_at=row[5],
    )


def _was_contacted() -> "sa.ColumnElement[bool]":
    e = enrollments.c
    return sa.or_(e.ended_by.is_(None), e.ended_by != End.UNPROVED)


def busy_contacts(account_id: str, *, at: datetime) -> "sa.Select[tuple[str]]":
    """Whom no further batch takes, as a query for other packages' queries.

    They are in one already, in a round that has not ended, or were refused by the CRM a while ago.
    """
    e = enrollments.c
    failed = sa.and_(e.state == _S.FAILED, e.created_at > at - _RESTS)
    return sa.select(e.contact_id).where(
        e.account_id == account_id, sa.or_(e.state.in_((*OPEN, _S.STARTED)), failed)
    )


def find_proposed_at(connection: Connection, account_id: str) -> datetime | None:
    """When what waits for a person was proposed; None where nothing does."""
    e = enrollments.c
    query = sa.select(e.created_at).where(e.account_id == account_id, e.state == _S.PROPOSED)
    return connection.execute(query.limit(1)).scalar_one_or_none()


def withdraw(connection: Connection, account_id: str) -> Sequence[tuple[str, str, str]]:
    """Take back what nobody has approved; answers (contact, playbook, batch) of each."""
    e = enrollments.c
    statement = (
        sa.delete(enrollments)
        .where(e.account_id == account_id, e.state == _S.PROPOSED)
        .returning(e.contact_id, e.playbook, e.wave_id)
    )
    return [(row[0], row[1], row[2]) for row in connection.execute(statement)]
