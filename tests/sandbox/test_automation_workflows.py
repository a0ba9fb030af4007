"""The customer's own workflows: what triggers them, what they send, and what ends them (S29)."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from sandbox.conduct import Built
from sandbox.hubspot.automation import Automation, PortalInfo
from sandbox.hubspot.population import Population
from sandbox.hubspot.records import Records
from sandbox.hubspot.subscriptions import MARKETING
from sandbox.hubspot.timeline import Timeline
from sandbox.kit.moments import iso
from sandbox.kit.workflow_spec import SpecError
from sandbox.virtual_time import VirtualTime
from sandbox.world.events import Channel, Event, Kind, Touch
from sandbox.world.tenant import hearing_care
from sandbox.world.world import World

MONDAY = datetime(2026, 11, 16, 14, tzinfo=UTC)  # nine in the morning in Portland, Maine
DAY = timedelta(days=1)
REACHABLE = {"email": "ann@example.com", "phone": "+12075551000", "sms_consent": "true"}


@dataclass
class Listener:
    """People who take note of touches and answer nothing."""

    records: Records
    timeline: Timeline
    touches: list[tuple[str, Touch, bool]] = field(default_factory=list)

    def touch(self, contact_id: str, touch: Touch, *, marketing: bool) -> None:
        self.touches.append((contact_id, touch, marketing))


@dataclass
class Office:
    time: VirtualTime
    records: Records
    people: Listener
    automation: Automation

    def contact(self, **properties: str) -> str:
        return self.records.create("contacts", properties or REACHABLE)

    def trigger(self, contact_id: str, value: str | None = None) -> None:
        self.records.update(
            "contacts", contact_id, {"rekindle_trigger_at": value or iso(self.time.now())}
        )

    def paced(self) -> list[dict[str, object]]:
        return self.automation.enrollments(str(self.automation.workflows()[1]["id"]))

    def sent(self) -> list[tuple[str, float]]:
        """Channels and days since the start of everything that went out."""
        return [
            (touch.channel.value, round((touch.at - MONDAY) / DAY, 2))
            for _, touch, _ in self.people.touches
        ]


@pytest.fixture
def office() -> Office:
    time = VirtualTime.starting_at(MONDAY)
    records = Records(time.now)
    people = Listener(records, Timeline(records))
    automation = Automation(
        records, time.agenda, people, PortalInfo(), now=time.now, built=Built.WHOLE
    )
    return Office(time, records, people, automation)


def test_the_whole_workflow_sends_mail_text_and_mail(office: Office) -> None:
    """S12, S13, N11: e-mail, after three days a text, a week later the last e-mail."""
    contact_id = office.contact()
    office.trigger(contact_id)
    assert [e["state"] for e in office.paced()] == ["active"]
    office.time.advance_to(MONDAY + 30 * DAY)
    assert office.sent() == [("email", 0.0), ("sms", 3.0), ("email", 10.0)]
    (enrollment,) = office.paced()
    assert enrollment["state"] == "completed"
    assert enrollment["contactId"] == contact_id
    emails = office.records.associated("contacts", contact_id, "emails")
    texts = office.records.associated("contacts", contact_id, "communications")
    assert (len(emails), len(texts)) == (2, 1)
    contact = office.records.get("contacts", contact_id)
    assert contact is not None
    assert contact.properties["hs_email_sends_since_last_engagement"] == "2"


def test_an_unchanged_value_never_triggers_again_and_a_changed_one_does(office: Office) -> None:
    contact_id, moment = office.contact(), iso(MONDAY)
    office.trigger(contact_id, moment)
    office.time.advance_to(MONDAY + 30 * DAY)
    office.trigger(contact_id, moment)
    assert len(office.paced()) == 1
    office.trigger(contact_id, iso(office.time.now()))
    assert len(office.paced()) == 2
    office.trigger(contact_id, iso(office.time.now() + DAY))
    assert len(office.paced()) == 2, "who is on the way is not enrolled a second time"


def test_without_re_enrollment_a_contact_comes_once(office: Office) -> None:
    """S29: the trap of records that enroll once unless re-enrollment is on."""
    trigger = {"property": "rekindle_segment", "when": "equals", "value": "lapsed"}
    spec = {"name": "Once", "trigger": trigger, "steps": [{"do": "task", "subject": "Call"}]}
    workflow_id = str(office.automation.create_workflow(spec)["id"])
    contact_id = office.contact()
    for value in ("other", "lapsed", "other", "lapsed"):
        office.records.update("contacts", contact_id, {"rekindle_segment": value})
        office.time.advance_to(office.time.now() + DAY)
    assert len(office.automation.enrollments(workflow_id)) == 1
    (task,) = office.records.associated("contacts", contact_id, "tasks")
    record = office.records.get("tasks", task)
    assert record is not None
    assert record.properties["hs_task_subject"] == "Call"


@pytest.mark.parametrize(
    ("kind", "state", "reason"),
    [
        (Kind.EMAIL_IN, "goal_met", "replied"),
        (Kind.SMS_IN, "goal_met", "replied"),
        (Kind.MEETING_BOOKED, "goal_met", "booked"),
        (Kind.OPT_OUT, "stopped", "opted out"),
        (Kind.SMS_STOP, "stopped", "opted out"),
    ],
)
def test_answers_and_refusals_end_the_enrollment(
    office: Office, kind: Kind, state: str, reason: str
) -> None:
    """S18, S19: nobody who has answered or refused hears more."""
    contact_id = office.contact()
    office.trigger(contact_id)
    office.time.advance_to(MONDAY + DAY)
    at = office.time.now()
    office.people.timeline.log(contact_id, Event(0, kind, at, starts_at=at + 5 * DAY))
    office.time.advance_to(MONDAY + 30 * DAY)
    assert office.sent() == [("email", 0.0)]
    assert [(e["state"], e["reason"]) for e in office.paced()] == [(state, reason)]


@pytest.mark.parametrize("kind", [Kind.OPEN, Kind.CLICK, Kind.VISIT, Kind.CALL_MISSED])
def test_looking_is_not_answering(office: Office, kind: Kind) -> None:
    contact_id = office.contact()
    office.trigger(contact_id)
    office.people.timeline.log(contact_id, Event(0, kind, MONDAY, by_machine=True))
    assert [e["state"] for e in office.paced()] == ["active"]


def test_an_opt_out_written_by_others_stops_too(office: Office) -> None:
    contact_id = office.contact()
    office.trigger(contact_id)
    office.records.update("contacts", contact_id, {"hs_email_optout": "true"})
    assert [e["state"] for e in office.paced()] == ["stopped"]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"hs_email_optout": "true"}, "suppressed: opted_out"),
        ({MARKETING.opt_out_name: "true"}, "suppressed: opted_out"),
        ({"hs_marketable_status": "false"}, "suppressed: non_marketing"),
        ({"hs_email_hard_bounce_reason_enum": "UNKNOWN_USER"}, "suppressed: bounced"),
        ({"email": ""}, "suppressed: no_email"),
    ],
)
def test_mail_is_kept_from_those_it_may_not_reach(
    office: Office, change: dict[str, str], expected: str
) -> None:
    contact_id = office.contact(**(REACHABLE | change))
    office.trigger(contact_id)
    office.time.advance_to(MONDAY + 30 * DAY)
    assert [touch for touch in office.sent() if touch[0] == "email"] == []
    (enrollment,) = office.paced()
    actions = enrollment["actions"]
    assert isinstance(actions, list)
    assert [a["result"] for a in actions if a["step"] == "email"] == [expected] * 2


@pytest.mark.parametrize(
    ("sends", "engaged", "kept"), [(10, 0, 1), (11, 0, 0), (15, 1, 1), (16, 1, 0)]
)
def test_graymail_is_dropped_without_a_word(
    office: Office, sends: int, engaged: int, kept: int
) -> None:
    """HubSpot's rule: 11 unopened sends for who never engaged, 16 for who once did."""
    contact_id = office.contact()
    rollup = office.people.timeline.rollup(contact_id)
    if engaged:
        rollup.add(Event(0, Kind.OPEN, MONDAY - 900 * DAY))
    rollup.sends(sends, 0, 0, unopened=sends)
    office.trigger(contact_id)
    office.time.advance_to(MONDAY + DAY)
    assert len(office.sent()) == kept


def test_texts_go_only_to_those_who_agreed(office: Office) -> None:
    contact_id = office.contact(email="bob@example.com", phone="+12075551001")
    office.trigger(contact_id)
    office.time.advance_to(MONDAY + 30 * DAY)
    assert office.sent() == [("email", 0.0), ("email", 10.0)]


def test_messages_wait_for_the_window_in_the_portals_own_time(office: Office) -> None:
    """S15: Saturday at eight in the evening, Portland time, becomes Monday at nine."""
    saturday_evening = datetime(2026, 11, 22, 1, tzinfo=UTC)
    office.time.advance_to(saturday_evening)
    office.trigger(office.contact())
    office.time.advance_to(saturday_evening + 2 * DAY)
    (first, *_) = office.people.touches
    assert first[1].at == datetime(2026, 11, 23, 14, tzinfo=UTC)


def test_deleted_contacts_are_unenrolled_and_merged_ones_go_on(office: Office) -> None:
    gone, old, new = office.contact(), office.contact(email="o@example.com"), office.contact()
    office.trigger(gone)
    office.trigger(old)
    office.records.archive("contacts", gone)
    merged = office.records.merge("contacts", new, old)
    office.time.advance_to(MONDAY + DAY)
    assert [e["state"] for e in office.paced()] == ["unenrolled", "active"]
    assert [contact_id for contact_id, _, _ in office.people.touches] == [merged]
    workflow = office.paced()[0]["workflowId"]
    assert office.automation.starts() == {(workflow, gone): 1, (workflow, merged): 1}


def test_steps_may_branch_write_properties_and_address_a_reason(office: Office) -> None:
    """S7: a workflow of the customer's own can speak to the reason for silence."""
    spec = {
        "name": "By reason",
        "trigger": {"property": "rekindle_segment", "when": "known"},
        "steps": [
            {
                "do": "branch",
                "property": "lost_reason",
                "equals": "service_issue",
                "then": [{"do": "email", "addresses": "service_issue"}],
                "else": [{"do": "set", "property": "hs_lead_status", "value": "BAD_TIMING"}],
            }
        ],
    }
    office.automation.create_workflow(spec)
    angry = office.contact(**REACHABLE, lost_reason="service_issue")
    other = office.contact(email="c@example.com")
    for contact_id in (angry, other):
        office.records.update("contacts", contact_id, {"rekindle_segment": "x"})
    office.time.advance_to(MONDAY + DAY)
    ((contact_id, touch, marketing),) = office.people.touches
    assert (contact_id, touch.addresses, marketing) == (angry, "service_issue", True)
    record = office.records.get("contacts", other)
    assert record is not None
    assert record.properties["hs_lead_status"] == "BAD_TIMING"


def test_disabled_workflows_do_nothing(office: Office) -> None:
    trigger = {"property": "rekindle_segment"}
    made = office.automation.create_workflow(
        {"name": "Off", "enabled": False, "trigger": trigger, "steps": [{"do": "email"}]}
    )
    office.records.update("contacts", office.contact(), {"rekindle_segment": "x"})
    assert office.automation.enrollments(str(made["id"])) == []


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ({}, "needs a name"),
        ({"name": "A", "steps": [{"do": "fax"}]}, "wait, email, sms"),
        ({"name": "A", "steps": "email"}, "must be a list"),
        ({"name": "A", "steps": [{"do": "wait", "days": -1}]}, "not negative"),
        ({"name": "A", "trigger": {"when": "changed"}}, "'property'"),
        ({"name": "A", "trigger": {"property": "p", "when": "soon"}}, "known, changed or equals"),
        ({"name": "A", "trigger": {"property": "p", "when": "equals"}}, "'value'"),
        ({"name": "A", "goals": ["cheered"]}, "replied"),
        ({"name": "A", "window": {"from": 20, "to": 8}}, "'from' before 'to'"),
        ({"name": "A", "enabled": "yes"}, "true or false"),
    ],
)
def test_descriptions_that_make_no_sense_are_refused_with_what_to_change(
    office: Office, spec: dict[str, object], message: str
) -> None:
    with pytest.raises(SpecError, match=message):
        office.automation.create_workflow(spec)
    assert len(office.automation.workflows()) == 2


def test_a_whole_portal_answers_its_workflow() -> None:
    """S21, N7: touching the quiet brings replies, bookings and sales the untouched do not have."""
    time = VirtualTime.starting_at(MONDAY)
    world = World(hearing_care(seed=31, contacts=600, as_of=MONDAY))
    records = Records(time.now)
    population = Population(records, time.agenda, world)
    population.settle()
    automation = Automation(
        records, time.agenda, population, PortalInfo(), now=time.now, built=Built.WHOLE
    )
    for contact_id in population.contact_of.values():
        if population.timeline.live(contact_id):
            records.update("contacts", contact_id, {"rekindle_trigger_at": iso(MONDAY)})
    time.advance_to(MONDAY + 90 * DAY)
    states = [e["state"] for e in automation.enrollments(str(automation.workflows()[1]["id"]))]
    assert len(states) == 600
    assert states.count("goal_met") > 60
    assert states.count("stopped") < 40
    assert "active" not in states
    assert any(
        touch.channel is Channel.SMS for touches in world._touches.values() for touch in touches
    )
