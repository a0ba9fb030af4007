"""Makes the report of the last week of an account, once, and the task that somebody wants of it, once."""

import orjson

from app.reports.results.loading import load
from app.reports.results.told import find_told
from app.reports.weekly.counting import count_week, results_of, standing_of
from app.reports.weekly.week import last_week
from app.reports.weekly.words import lines_of, report_of
from connector.budget import Urgency
from connector.port.tasks import CreatesTasks
from core import log
from core.context import Context
from core.db import reading
from core.wording import gettext as _
from core.wording import shown_to
from oauth.account_settings.changing import load_settings
from oauth.account_settings.fields import AccountSettings
from oauth.notices import REPORT, clear_notices, record_notice
from scoring.store import find_audit
from sync.live import capability, load_active, opened
from workflows.due import due_at
from workflows.enrollment.store import count_enrollments
from workflows.handoff import store as handoffs
from workflows.results import weekly
from workflows.results.weekly_states import TaskState
from workflows.tasks import FINAL, TaskText, make_once, trace_of

# Minutes within which the task is to be looked at.
_WORKING_DAY = 9 * 60
JOB = "app.reports.weekly.jobs.tell_week"


def tell(here: Context, account_id: str) -> None:
    """What is there already stays; an interruption is gone on from where it came."""
    own = load_settings(here, load_active(here, account_id))
    _record_last(here, account_id, own)
    with reading(here.engine) as connection:
        unfinished = weekly.load_unfinished(connection, account_id)
    for row in unfinished:
        _make_task(here, account_id, own, row)


def _record_last(here: Context, account_id: str, own: AccountSettings) -> None:
    known = load(here, account_id)
    week = last_week(known.as_of, own.timezone)
    with reading(here.engine) as connection:
        answers = handoffs.load_between(connection, account_id, since=week.since, until=week.until)
        figures = {
            "week": count_week(known, answers, week),
            "results": results_of(find_told(connection, account_id)),
            "standing": standing_of(
                find_audit(connection, account_id),
                count_enrollments(connection, account_id),
                handoffs.count(connection, account_id),
            ),
        }
    with here.begin() as tx:
        row = {
            "week": week.key,
            "figures": orjson.dumps(figures).decode(),
            "made_at": known.as_of,
            "next_at": week.next_until,
            "task_state": TaskState.WANTED if _is_wanted(own) else TaskState.NONE,
        }
        is_new = weekly.record(tx, account_id, row)
    log.get(__name__).info("reports.week.told", account_id=account_id, week=week.key, new=is_new)


def _is_wanted(own: AccountSettings) -> bool:
    return bool(own.report_person and own.report_contact)


def _text_of(here: Context, own: AccountSettings, row: weekly.Row) -> TaskText:
    """The report as a task for today, in the account's language, with the address of its page."""
    language = own.language if own.page_language == "browser" else own.page_language
    page = f"{here.settings.public_url.rstrip('/')}/admin/weekly?week={row['week']}"
    with shown_to(language):
        report = report_of(row["week"], orjson.loads(row["figures"]), None)
        subject = _("Rekindle: the week of %(week)s") % {"week": report.title}
        body = "\n".join([*lines_of(report), "", page])
    return TaskText(subject, body, due_at(here.clock.now(), _WORKING_DAY, own.timezone))


def _make_task(here: Context, account_id: str, own: AccountSettings, row: weekly.Row) -> None:
    """One task for the week, for whoever is named by now; a refusal is told to the admin and not repeated."""
    week = row["week"]
    with here.begin() as tx:
        state = TaskState.ASKING if _is_wanted(own) else TaskState.NONE
        weekly.record_task(tx, account_id, week, state)
    if state is TaskState.NONE:
        return
    text = _text_of(here, own, row)
    with opened(here, account_id, Urgency.INCREMENTAL) as crm:
        task_id, problem = None, None
        try:
            task_id, _owner = make_once(
                capability(crm, CreatesTasks),
                own.report_contact,
                [own.report_person],
                text,
                trace_of(account_id, own.report_contact, f"week:{week}"),
                is_asked=row["task_state"] == TaskState.ASKING,
                pause=here.pause,
            )
        except FINAL as error:
            problem = error.message
    with here.begin() as tx:
        state = TaskState.REFUSED if problem else TaskState.MADE
        weekly.record_task(tx, account_id, week, state, task_id=task_id, task_problem=problem)
        if problem is None:
            clear_notices(tx, account_id, kind=REPORT)
        else:
            record_notice(
                tx,
                account_id,
                REPORT,
                job=JOB,
                message=(
                    f"Your CRM did not take the task of the weekly report: {problem} See in the policy for whom it "
                    "is and on which contact's record it stands."
                ),
                now=here.wall.now(),
            )
