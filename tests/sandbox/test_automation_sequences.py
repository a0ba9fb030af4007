"""Sales sequences: one at a time for each contact, by users who may, with typed refusals."""

from datetime import UTC, datetime, timedelta

import pytest

from sandbox.hubspot.automation import Automation, PortalInfo
from sandbox.hubspot.population import Population
from sandbox.hubspot.records import Records
from sandbox.hubspot.sequences import DAILY_LIMIT, Reason, Sender, SequenceRefused
from sandbox.hubspot.timeline import Timeline
from sandbox.virtual_time import VirtualTime
from sandbox.world.events import Event, Kind
from sandbox.world.tenant import hearing_care
from sandbox.world.world import World

MONDAY = datetime(2026, 11, 16, 14, tzinfo=UTC)
DAY = timedelta(days=1)
DANA = Sender(201, "71201", "dana@harborhearing.example")
INES = Sender(203, "71203", "ines@harborhearing.example", seat=False)
MILO = Sender(204, "71204", "milo@harborhearing.example", inbox=False)


class Office:
    """A portal with three users, without people who answer."""

    def __init__(self) -> None:
        self.time = VirtualTime.starting_at(MONDAY)
        self.records = Records(self.time.now)
        self.people = Population(self.records, self.time.agenda)
        self.automation = Automation(
            self.records,
            self.time.agenda,
            self.people,
            PortalInfo("US/Eastern", (DANA, INES, MILO)),
            now=self.time.now,
        )
        self.sequence = str(self.automation.sequences()[0]["id"])

    @property
    def timeline(self) -> Timeline:
        return self.people.timeline

    def contact(self, **properties: str) -> str:
        return self.records.create("contacts", {"email": "ann@example.com"} | properties)

    def enroll(self, contact_id: str, sender: Sender = DANA) -> dict[str, object]:
        return self.automation.enroll_in_sequence(
            self.sequence, contact_id, sender=sender.email, user_id=sender.user_id
        )

    def shown(self, contact_id: str, name: str) -> str | None:
        record = self.records.get("contacts", contact_id)
        return None if record is None else record.properties.get(name)


@pytest.fixture
def office() -> Office:
    return Office()


def test_an_enrollment_runs_shows_and_ends(office: Office) -> None:
    contact_id = office.contact()
    enrolled = office.enroll(contact_id)
    assert enrolled["toEmail"] == "ann@example.com"
    assert enrolled["enrolledByEmail"] == DANA.email
    assert office.automation.sequence_enrollment(contact_id) == enrolled
    assert office.shown(contact_id, "hs_sequences_is_enrolled") == "true"
    office.time.advance_to(MONDAY + 20 * DAY)
    assert office.automation.sequence_enrollment(contact_id) is None
    assert office.shown(contact_id, "hs_sequences_is_enrolled") == "false"
    assert office.shown(contact_id, "hs_sequences_enrolled_count") == "1"
    emails = office.records.associated("contacts", contact_id, "emails")
    found = [office.records.get("emails", i) for i in emails]
    days = [(e.created_at - MONDAY).days for e in found if e]
    assert days == [0, 3, 10]
    assert office.shown(contact_id, "hs_email_last_send_date") is None, (
        "one-to-one mail is no mass mail"
    )


def test_only_one_sequence_at_a_time(office: Office) -> None:
    contact_id = office.contact()
    office.enroll(contact_id)
    with pytest.raises(SequenceRefused) as refused:
        office.enroll(contact_id)
    assert refused.value.reason is Reason.ALREADY_ENROLLED
    office.time.advance_to(MONDAY + 20 * DAY)
    office.enroll(contact_id)


@pytest.mark.parametrize("kind", [Kind.EMAIL_IN, Kind.CALL_IN, Kind.MEETING_BOOKED])
def test_an_answer_ends_it(office: Office, kind: Kind) -> None:
    """S19."""
    contact_id = office.contact()
    office.enroll(contact_id)
    office.time.advance_to(MONDAY + DAY)
    now = office.time.now()
    office.timeline.log(contact_id, Event(0, kind, now, starts_at=now + DAY))
    assert office.automation.sequence_enrollment(contact_id) is None
    emails = len(office.records.associated("contacts", contact_id, "emails"))
    office.time.advance_to(MONDAY + 20 * DAY)
    assert len(office.records.associated("contacts", contact_id, "emails")) == emails


@pytest.mark.parametrize(
    ("properties", "reason"),
    [
        ({"hs_email_optout": "true"}, Reason.UNSUBSCRIBED),
        ({"hs_email_hard_bounce_reason_enum": "UNKNOWN_USER"}, Reason.BOUNCED),
        ({"hs_email_is_ineligible": "true"}, Reason.PREVIOUSLY_MARKED_AS_SPAM),
        ({"hs_sequences_is_enrolled": "true"}, Reason.ALREADY_ENROLLED),
        ({"email": ""}, Reason.NO_EMAIL),
    ],
)
def test_contacts_are_refused_for_a_reason(
    office: Office, properties: dict[str, str], reason: Reason
) -> None:
    with pytest.raises(SequenceRefused) as refused:
        office.enroll(office.contact(**properties))
    assert refused.value.reason is reason
    assert "example.com" not in str(refused.value)


@pytest.mark.parametrize(
    ("sender", "reason"),
    [
        (INES, Reason.NO_SEAT),
        (MILO, Reason.INBOX_NOT_CONNECTED),
        (Sender(201, "71201", "someone@else.example"), Reason.INBOX_NOT_CONNECTED),
        (Sender(999, "1", "nobody@harborhearing.example"), Reason.NO_SEAT),
    ],
)
def test_senders_are_refused_for_a_reason(office: Office, sender: Sender, reason: Reason) -> None:
    with pytest.raises(SequenceRefused) as refused:
        office.enroll(office.contact(), sender)
    assert refused.value.reason is reason


def test_unknown_sequences_and_contacts_are_refused(office: Office) -> None:
    with pytest.raises(SequenceRefused) as refused:
        office.automation.enroll_in_sequence("1", "2", sender=DANA.email, user_id=201)
    assert refused.value.reason is Reason.SEQUENCE_NOT_FOUND
    with pytest.raises(SequenceRefused) as refused:
        office.enroll("404")
    assert refused.value.reason is Reason.CONTACT_NOT_FOUND


def test_a_user_has_a_daily_limit_that_a_new_day_lifts(office: Office) -> None:
    for number in range(DAILY_LIMIT):
        office.enroll(office.contact(email=f"c{number}@example.com"))
    last = office.contact(email="last@example.com")
    with pytest.raises(SequenceRefused) as refused:
        office.enroll(last)
    assert refused.value.reason is Reason.DAILY_SEND_LIMIT_REACHED
    office.time.advance_to(MONDAY + DAY)
    office.enroll(last)


def test_steps_are_shown_as_the_api_shows_them(office: Office) -> None:
    (first, second) = office.automation.sequences()
    steps = first["steps"]
    assert isinstance(steps, list)
    assert [step["actionType"] for step in steps] == ["EMAIL"] * 3 + ["FINISH_ENROLLMENT"]
    assert steps[1]["delayMillis"] == 3 * 86_400_000
    assert first["userId"] == str(DANA.user_id)
    assert first["id"] != second["id"]


def test_contacts_that_were_in_a_sequence_before_have_a_running_enrollment() -> None:
    time = VirtualTime.starting_at(MONDAY)
    world = World(hearing_care(seed=4, contacts=300, as_of=MONDAY))
    records = Records(time.now)
    population = Population(records, time.agenda, world)
    population.settle()
    automation = Automation(
        records, time.agenda, population, PortalInfo("US/Eastern", (DANA,)), now=time.now
    )
    running = [
        record.id
        for record in records.each("contacts")
        if record.properties.get("hs_sequences_is_enrolled") == "true"
    ]
    assert len(running) == 5
    assert all(automation.sequence_enrollment(contact_id) for contact_id in running)
    time.advance_to(MONDAY + 10 * DAY)
    assert not any(automation.sequence_enrollment(contact_id) for contact_id in running)
