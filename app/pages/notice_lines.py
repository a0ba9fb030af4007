"""What an admin must do, in words: shown above every page and on the page of notices."""

from dataclasses import dataclass
from datetime import datetime

from core.context import Context
from core.db import reading
from oauth.notices import load_notices

# What an admin must do, by the kind of notice.
TITLES = {
    "reconnect": "Connect the account again",
    "permission": "Grant a permission",
    "limit": "Make room in your CRM",
    "properties": "Make room for our properties",
    "streams": "Grant permission to read more",
    "automation": "Your CRM's workflow can't run",
    "sequences": "A sequence can't be sent",
    "stopped": "Look at a programme that stands still",
    "playbooks": "Put a playbook in order",
    "report": "The weekly report found no place",
    "handoffs": "Answers wait for somebody",
    "operator": "Tell whoever runs Rekindle for you",
}
# What was going on, in words.
WORK = {
    "workflows.jobs.provision": "Making our properties in your CRM",
    "sync.jobs.backfill": "Reading the account",
    "sync.jobs.reread": "Reading the account again",
    "sync.jobs.poll": "Looking for changes",
    "sync.jobs.judge_fields": "Seeing which fields may be used",
    "sync.jobs.handle_deliveries": "Reading contacts that have changed",
    "sync.jobs.adopt_accounts": "Comparing the agency's accounts",
    "sync.jobs.renew_access": "Renewing access",
    "scoring.jobs.score_account": "Scoring everybody",
    "scoring.jobs.score_again": "Scoring everybody by other settings",
    "scoring.jobs.score_changed": "Scoring contacts that have changed",
    "scoring.jobs.learn_account": "Learning from results",
    "workflows.jobs.plan_account": "Planning what to write",
    "workflows.jobs.plan_contacts": "Planning what to write for some contacts",
    "workflows.jobs.apply_plan": "Writing to your CRM",
    "workflows.jobs.write_lists": "Writing lists to your CRM",
    "workflows.jobs.propose_wave": "Proposing whom to start",
    "workflows.jobs.start_due": "Starting workflows",
    "workflows.jobs.prove_touches": "Looking for the messages in your CRM",
    "workflows.jobs.record_outcomes": "Recording what came back",
    "app.reports.results.jobs.tell_results": "Working out the results",
    "app.reports.weekly.jobs.tell_week": "Making the weekly report",
    "workflows.jobs.erase_people": "Erasing people",
    "workflows.jobs.clear_log": "Deleting what the decision log need not keep any more",
}


@dataclass(frozen=True, slots=True)
class NoticeLine:
    title: str
    work: str
    message: str
    since: datetime


def load_lines(here: Context, account_id: str) -> list[NoticeLine]:
    """What an admin must do, in words, the oldest first."""
    with reading(here.engine) as connection:
        found = load_notices(connection, account_id)
    return [
        NoticeLine(TITLES.get(n.kind, n.kind), WORK.get(n.job, n.job), n.message, n.since)
        for n in found
    ]


def work_of(job: str) -> str:
    """What a job does, in words."""
    return WORK.get(job, job)
