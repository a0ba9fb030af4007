"""Sequences over HTTP: who may send, what they may send, every refusal by its meaning, and what became of a stay."""

import re
from collections.abc import Iterator
from contextlib import ExitStack, closing
from datetime import timedelta
from types import SimpleNamespace
from typing import Protocol

import httpx2
import pytest

from connector.errors import CrmInvalid
from connector.hubspot.provider import HubSpotCrm, HubSpotProvider
from connector.hubspot.refusals import classify
from connector.hubspot.sequences import _MEANINGS, NEEDED, meaning_of
from connector.hubspot.settings import read
from connector.port.automation import Obstacle
from connector.port.provider import AccountAccess
from connector.port.sequences import OF_SENDER, Refusal, SequenceRefused
from connector.registry import sandbox_variables
from core.settings import Environment
from sandbox.conduct import Built, Conduct
from sandbox.config import SandboxConfig
from sandbox.hubspot.accounts import BAYSIDE
from sandbox.hubspot.client import HubSpotClient, easy_hubspot, serving_hubspot
from sandbox.hubspot.sequences import Reason
from workflows.touches import ability, sequence_words

pytestmark = pytest.mark.integration
WIN_BACK, QUOTATION = "40110021", "40110037"
DANA, MILES, INES = "5100201", "5100202", "5100203"
SCOPES = frozenset(("oauth", "automation", "crm.objects.contacts.read", *NEEDED))


@pytest.fixture(scope="module")
def lab() -> Iterator[HubSpotClient]:
    config = SandboxConfig(
        contacts=0,
        crms=("hubspot",),
        options=(easy_hubspot(),),
        conduct=Conduct(Built.SEQUENCE),
    )
    with serving_hubspot(config) as lab:
        yield lab


class Opens(Protocol):
    def __call__(self, scopes: frozenset[str] = SCOPES, portal: int = 0) -> HubSpotCrm: ...


@pytest.fixture
def opens(lab: HubSpotClient) -> Iterator[Opens]:
    """Opens an account, and closes it after the test."""
    with ExitStack() as stack:

        def open_one(scopes: frozenset[str] = SCOPES, portal: int = 0) -> HubSpotCrm:
            return stack.enter_context(closing(opened(lab, scopes, portal)))

        yield open_one


def opened(lab: HubSpotClient, scopes: frozenset[str], portal: int) -> HubSpotCrm:
    token = lab.token([*scopes], portal or lab.portal)
    budget = SimpleNamespace(take=lambda _b: None, learn=lambda _b, _n: None)
    access = AccountAccess(
        "hubspot-1", str(lab.portal), lambda: token, lambda _old: token, budget, scopes
    )
    environment = Environment(sandbox_variables("hubspot", lab.url))
    return HubSpotProvider(read(environment)).open(access)


def person(lab: HubSpotClient, **values: str) -> str:
    person.count += 1  # type: ignore[attr-defined]
    address = f"somebody{person.count}@example.org"  # type: ignore[attr-defined]
    return lab.contact(firstname="Ann", **{"email": address, **values})


person.count = 0  # type: ignore[attr-defined]


def refused(crm: HubSpotCrm, contact_id: str, sequence: str = WIN_BACK, by: str = DANA) -> Refusal:
    with pytest.raises(SequenceRefused) as told:
        crm.enroll(contact_id, sequence, by)
    assert "example" not in told.value.message, "no address in an error"
    return told.value.refusal


def test_s29_senders_and_what_they_may_send(lab: HubSpotClient, opens: Opens) -> None:
    crm = opens()
    senders = {sender.sender_id: sender for sender in crm.fetch_senders()}
    assert {*senders} == {DANA, MILES, INES}
    assert senders[DANA].name == "Dana Reyes"
    assert "harborhearing" not in repr(senders[DANA])
    found = crm.fetch_sequences(DANA)
    assert [one.sequence_id for one in found] == [WIN_BACK, QUOTATION]
    assert found[0].name == "Win back: three short e-mails"


def test_s29_every_refusal_has_its_meaning_and_words(lab: HubSpotClient, opens: Opens) -> None:
    crm = opens()
    ann = person(lab)
    assert refused(crm, ann, by=INES) is Refusal.NO_SEAT
    assert refused(crm, ann, sequence="99") is Refusal.NO_SEQUENCE
    assert refused(crm, "4242424242") is Refusal.NO_CONTACT
    assert refused(crm, ann, by="999") is Refusal.NO_SENDER
    crm.enroll(ann, WIN_BACK, DANA)
    assert refused(crm, ann, sequence=QUOTATION, by=MILES) is Refusal.IN_SEQUENCE
    against = {
        "hs_email_optout": ("true", Refusal.UNSUBSCRIBED),
        "hs_email_hard_bounce_reason_enum": ("MAILBOX_FULL", Refusal.BOUNCED),
        "hs_email_is_ineligible": ("true", Refusal.SPAM),
        "email": ("", Refusal.NO_EMAIL),
    }
    for name, (value, meaning) in against.items():
        bob = person(lab)
        path = f"records/{lab.portal}/contacts/{bob}"
        lab.control(path, {name: value or None}, "PATCH")
        assert refused(crm, bob) is meaning
    for meaning in Refusal:
        if meaning in OF_SENDER:
            told = sequence_words.of_sender(meaning, "Dana Reyes")
            assert "Nobody is lost" in told
            assert re.search(r"Assign|connect|[Cc]hoose|Connect", told), "what to do"
        elif meaning not in (Refusal.FULL, Refusal.OTHER):
            told = sequence_words.of_contact(SequenceRefused("CODE_OF_THE_CRM", meaning))
            assert "CODE_OF_THE_CRM" not in told
    other = SequenceRefused("HubSpot refused the request: NEW_CODE.", Refusal.OTHER)
    assert "NEW_CODE" in sequence_words.of_contact(other)


@pytest.mark.parametrize("reason", [r.value for r in Reason] + [code for code, _ in _MEANINGS])
def test_a_code_counts_wherever_it_stands(reason: str) -> None:
    """HubSpot documents no place for them: by themselves, behind a point, in a sentence."""
    bodies = (
        {"category": "VALIDATION_ERROR", "errors": [{"code": reason}]},
        {"category": "VALIDATION_ERROR", "subCategory": f"SequenceEnrollmentError.{reason}"},
        {"message": f"ann@example.org cannot be enrolled: {reason}."},
    )
    found = {meaning_of(classify(httpx2.Response(400, json=body))) for body in bodies}
    assert len(found) == 1
    assert found != {Refusal.OTHER}


def test_a_refusal_that_nobody_foresaw_is_said_in_the_crm_s_own_codes() -> None:
    error = classify(httpx2.Response(400, json={"category": "BRAND_NEW"}))
    assert isinstance(error, CrmInvalid)
    assert meaning_of(error) is Refusal.OTHER


def test_what_became_of_a_stay(lab: HubSpotClient, opens: Opens) -> None:
    crm = opens()
    through, taken, fresh = person(lab), person(lab), person(lab)
    for contact_id in (through, taken):
        crm.enroll(contact_id, WIN_BACK, MILES)
    inside = crm.fetch_stays([through, taken, fresh])
    assert {*inside} == {through, taken}
    assert inside[through].sequence_id == WIN_BACK
    assert inside[through].ended_at is None
    assert crm.fetch_stays([through], closely=True)[through].ended_at is None
    lab.control(
        f"records/{lab.portal}/contacts/{taken}", {"rekindle_status": "suppressed"}, "PATCH"
    )
    now = inside[through].enrolled_at
    lab.control("advance", {"to": (now + timedelta(days=11)).isoformat()})
    over = crm.fetch_stays([through, taken, fresh])
    assert over[through].went_through
    assert over[taken].ended_at is not None
    assert not over[taken].went_through


def test_d12_what_is_missing_is_said_by_name_before_anybody_is_enrolled(
    lab: HubSpotClient, opens: Opens
) -> None:
    crm = opens()
    assert ability.look_at_sequences(crm, [(WIN_BACK, DANA)]) == []
    for pair, obstacle, name in (
        (("99", DANA), Obstacle.NO_SEQUENCE, "99"),
        ((WIN_BACK, "7"), Obstacle.NO_SENDER, "7"),
    ):
        [found] = ability.look_at_sequences(crm, [pair])
        assert (found.obstacle, found.name) == (obstacle, name)
        assert name in ability.words([found])
    without = opens(SCOPES - {"automation.sequences.read"})
    assert without.fetch_senders() == []
    free = opens(SCOPES, BAYSIDE)
    for poor in (without, free):
        [found] = ability.look_at_sequences(poor, [(WIN_BACK, DANA)])
        assert found.obstacle in (Obstacle.NO_SEQUENCES, Obstacle.NO_SENDER)
    [leave] = [
        w
        for w in lab.control(f"workflows?portal={lab.portal}")["workflows"]
        if "leave" in w["name"]
    ]
    lab.control(f"workflows/{leave['id']}/switch?portal={lab.portal}", {"on": False})
    [found] = ability.look_at_sequences(crm, [(WIN_BACK, DANA)])
    assert found.obstacle is Obstacle.NO_EXIT
    assert "Leave the sequence" in ability.words([found])
    lab.control(f"workflows/{leave['id']}/switch?portal={lab.portal}", {"on": True})
