"""What the pages say of an account in each of its states: no standing sentence is false in any of them (S30)."""

import html
import re
from collections.abc import Mapping
from dataclasses import replace

import pytest
from fastapi.testclient import TestClient

from app.lab.account_states import STATES, context_at
from app.lab.bench_account import ACCOUNT, opened_place
from app.lab.screenshots import INSIDE
from app.pages.session import sign_link
from app.web import create_app
from tests.web_client import open_client

pytestmark = pytest.mark.integration

# What is written to the CRM waits for a person's approval, once.
UNTOUCHED = "Nothing is written to your CRM and nobody is contacted until you approve it."
STILL = "This account stands still."
SILENT = "Your CRM does not answer."
NO_SCOPE = "Grant permission to read more."
# State → page → what it says there.
SAID: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "new": {
        "progress": (UNTOUCHED, "0%: reading contacts"),
        "dry-run": ("Nothing to write yet.",),
        "live": ("Nothing is under way yet.",),
        "audit": ("The audit appears when the contacts have been read and scored.",),
        "fields": ("Your properties appear here when your contacts are being read.",),
        "weekly": ("No report yet",),
        "notices": ("Nothing waits for you.",),
        "desk": ("0 people may be approached",),
    },
    "reading": {
        "progress": (UNTOUCHED, "reading contacts", "133 of about 400 records"),
        "live": ("Reading your contacts Running",),
        "dry-run": ("Nothing to write yet.",),
        "audit": ("The audit appears when the contacts have been read and scored.",),
    },
    "scored": {
        "progress": (UNTOUCHED,),
        "audit": ("Your database at a glance",),
        "dry-run": ("Nothing to write yet.",),
        "live": ("Nothing is under way yet.",),
    },
    "waiting": {
        "progress": (UNTOUCHED, "Everything has been read and scored"),
        "dry-run": ("Approve writing to", "Nothing has been written."),
        "live": ("Nothing is under way. Approve the dry run and writing starts.",),
    },
    "writing": {
        "dry-run": ("Being written",),
        "live": ("Writing values Running", "200 of 400 contacts"),
    },
    "written": {
        "dry-run": ("Values Written", "Read back equal 400"),
        "live": ("Nothing is under way. People are started once you let a batch go ahead.",),
    },
    "running": {
        "live": ("Running", "people let go ahead"),
        "results": ("Results after",),
        "dry-run": ("Waiting for a decent hour",),
        "notices": ("Nothing waits for you.",),
    },
    "stopped": {
        **dict.fromkeys(INSIDE, (STILL,)),
        "live": (STILL, "Stands still"),
        "notices": (STILL, "Nothing waits for you."),
        "audit-report": (),
    },
    "crm-down": {**dict.fromkeys(INSIDE, (SILENT, "Nothing is lost")), "audit-report": ()},
    "scope-missing": {
        **dict.fromkeys(INSIDE, (NO_SCOPE,)),
        "notices": ("Your CRM does not let Rekindle read tickets.",),
        "audit-report": (),
    },
    "uninstalled": dict.fromkeys(
        INSIDE, ("This account is not connected any more.", "Install Go to Rekindle")
    ),
}
# Sentence → the states in which it is true; in all others no page says it.
TRUE_IN: Mapping[str, tuple[str, ...]] = {
    UNTOUCHED: ("new", "reading", "scored", "waiting"),
    STILL: ("stopped",),
    SILENT: ("crm-down",),
    NO_SCOPE: ("scope-missing",),
    "Nothing is under way yet.": ("new", "scored"),
    "Approve the dry run": ("waiting",),
    "No report yet": ("new", "reading", "scored", "waiting", "writing", "written"),
    "Your properties appear here when your contacts are being read.": ("new",),
}


def test_every_state_of_an_account_has_its_sentences_and_no_false_one_s30() -> None:
    assert list(SAID) == list(STATES)
    wrong: list[str] = []
    with opened_place(None) as place:
        context = replace(context_at(place, "http://localhost:8321"), pause=lambda _seconds: None)
        web = open_client(create_app(context), "http://localhost:8321")
        for state, prepare in STATES.items():
            prepare(context, 400)
            web.get(sign_link(context, ACCOUNT), follow_redirects=False)
            for page, path in INSIDE.items():
                text = _shown(web, path)
                expected = SAID[state].get(page, ())
                wrong += [f"{state}, {page}: not {one!r}" for one in expected if one not in text]
                wrong += [
                    f"{state}, {page}: {sentence!r}"
                    for sentence, states in TRUE_IN.items()
                    if sentence in text and state not in states
                ]
        context.engine.dispose()
    assert wrong == []


def _shown(web: TestClient, path: str) -> str:
    answer = web.get(path, headers={"accept": "text/html"})
    assert answer.status_code in {200, 401, 404}, (path, answer.status_code)
    text = re.sub(r"<(style|script|svg|nav).*?</\1>", " ", answer.text, flags=re.DOTALL)
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", text)))
