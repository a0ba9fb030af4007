"""Every setting of an account once: its name, words, kind of value, and what a change of it alters; pure."""

from dataclasses import dataclass

from oauth.account_settings.alters import Alters
from oauth.account_settings.choices import PAGE_LANGUAGES, READ_TEXTS
from oauth.account_settings.field import Field
from oauth.account_settings.floors import ACTIVE, COOLDOWN, EARLIEST, FIRST, LATEST, STAFF
from oauth.account_settings.groups import Group
from oauth.account_settings.kinds import (
    Amount,
    Choice,
    Coded,
    Domains,
    Hours,
    Link,
    Share,
    Whole,
    Words,
    YesNo,
    Zone,
)
from oauth.account_settings.sender_fields import SENDER_FIELDS
from playbooks.library import packaged


@dataclass(frozen=True, slots=True)
class AccountSettings:
    """What holds for one account, with the defaults of this product.

    Hours are local ones of the contact, written 09:00-20:00. A `holdout_share` of None goes by the size of the group.
    """

    vertical: str = "general"
    phi: bool = True
    read_texts: str = "local"
    timezone: str = ""
    currency: str = "USD"
    hours: str = "09:00-20:00"
    sunday_hours: str = "12:00-20:00"
    cooldown_days: int = 90
    quiet_after_staff_days: int = 90
    quiet_after_activity_days: int = 30
    own_domains: str = ""
    competitor_domains: str = ""
    holdout_share: float | None = None
    email_cost: float | None = None
    text_cost: float | None = None
    call_cost: float | None = None
    first_wave: int = 50
    later_wave: int = 250
    people_a_day: int = 200
    sequences_a_day: int = 50
    answers_per_day: int = 20
    by_hand_under: int = 200
    learns: bool = True
    waves_without_approval: bool = True
    most_changed: float = 0.3
    plans_without_approval: bool = True
    acting_users: str = ""
    handoff_person: str = ""
    handoff_hours: int = 4
    report_person: str = ""
    report_contact: str = ""
    business_name: str = ""
    sender_name: str = ""
    sender_place: str = ""
    sender_phone: str = ""
    booking_link: str = ""
    news: str = ""
    names_treatment: bool = False
    opener_source: str = "templates"
    language: str = "en"
    page_language: str = "browser"
    crm_address: str = ""


VERTICALS = {key: line.label for key, line in packaged().items()}

FIELDS = (
    Field(
        "vertical",
        "Line of business",
        "Its usual rates and its cycle count until there are results of your own.",
        Choice(VERTICALS),
        Group.BUSINESS,
        Alters.SCORING,
    ),
    Field(
        "page_language",
        "Language of these pages",
        "Dates, numbers and money are written as that language does.",
        Choice(PAGE_LANGUAGES),
        Group.BUSINESS,
    ),
    Field(
        "crm_address",
        "Address of your CRM",
        "Where your people open it, if that is a domain of your own such as https://crm.example.com. Rekindle's pages "
        "may be shown there.",
        Link(120),
        Group.BUSINESS,
    ),
    Field(
        "phi",
        "Health data",
        "While this is on, no text of a note or a message leaves Rekindle's own machine (rule D11).",
        YesNo(),
        Group.BUSINESS,
        Alters.READING,
    ),
    Field(
        "read_texts",
        "Texts of notes and messages",
        "Whether they are read for the reason somebody went quiet. No text is kept.",
        Choice(READ_TEXTS),
        Group.BUSINESS,
        Alters.READING,
    ),
    Field(
        "timezone",
        "Time zone",
        "Of your business: days are counted by it, and it counts for contacts whose own is unknown.",
        Zone(),
        Group.BUSINESS,
        Alters.SCORING,
    ),
    Field(
        "currency",
        "Currency",
        "In which amounts are shown. Nothing is converted.",
        Coded("[A-Z]{3}", "USD", upper=True),
        Group.BUSINESS,
        Alters.SCORING,
    ),
    Field(
        "hours",
        "Monday to Saturday",
        "When a start may reach a contact, where they live. States with stricter laws keep theirs; where the state "
        "is unknown, never outside 09:00–20:00.",
        Hours(EARLIEST, LATEST),
        Group.HOURS,
        Alters.DECIDING,
    ),
    Field(
        "sunday_hours",
        "Sunday",
        "As above; where the state is unknown, never outside 12:00–20:00. “closed” for no starts at all.",
        Hours(EARLIEST, LATEST, may_close=True),
        Group.HOURS,
        Alters.DECIDING,
    ),
    Field(
        "cooldown_days",
        "Pause after an approach",
        "Nobody is approached again sooner.",
        Whole(90, 730, "days", COOLDOWN),
        Group.HOURS,
        Alters.DECIDING,
    ),
    Field(
        "quiet_after_staff_days",
        "Pause after your team was in touch",
        "By a personal call, e-mail or message.",
        Whole(90, 730, "days", STAFF),
        Group.HOURS,
        Alters.DECIDING,
    ),
    Field(
        "quiet_after_activity_days",
        "Pause after the contact was in touch",
        "By anything they did themselves.",
        Whole(30, 365, "days", ACTIVE),
        Group.HOURS,
        Alters.DECIDING,
    ),
    Field(
        "own_domains",
        "Domains of your own",
        "Of your team's e-mail addresses: whoever has one is left alone. Several are separated by spaces.",
        Domains(),
        Group.LEFT_ALONE,
        Alters.DECIDING,
    ),
    Field(
        "competitor_domains",
        "Domains of competitors",
        "Whoever has an address there is left alone. Several are separated by spaces.",
        Domains(),
        Group.LEFT_ALONE,
        Alters.DECIDING,
    ),
    Field(
        "holdout_share",
        "Left alone to measure",
        "Of those who may be contacted, by chance; who was drawn stays. “by size” takes 30% of few and 5% of many.",
        Share(0.05, 0.5, otherwise="by size"),
        Group.MEASURING,
        Alters.SCORING,
    ),
    Field(
        "email_cost",
        "Cost of an e-mail",
        "What one costs you, for what results cost. “usual” takes 0.002.",
        Amount(1_000, otherwise="usual"),
        Group.MEASURING,
    ),
    Field(
        "text_cost",
        "Cost of a text",
        "As above; “usual” takes 0.02.",
        Amount(1_000, otherwise="usual"),
        Group.MEASURING,
    ),
    Field(
        "call_cost",
        "Cost of a call",
        "The time of whoever calls. “usual” takes nothing.",
        Amount(1_000, otherwise="usual"),
        Group.MEASURING,
    ),
    Field(
        "first_wave",
        "First wave",
        "How many start at most. It always waits for a person.",
        Whole(1, 50, "contacts", FIRST),
        Group.LIMITS,
    ),
    Field(
        "later_wave",
        "Later waves",
        "How many start at most, each time.",
        Whole(1, 1_000, "contacts"),
        Group.LIMITS,
    ),
    Field(
        "people_a_day",
        "People a day",
        "How many start at most within a day, over all waves.",
        Whole(1, 5_000, "people"),
        Group.LIMITS,
    ),
    Field(
        "sequences_a_day",
        "Sequences a day",
        "How many may begin within a day in the name of one sender, where your CRM's sequences send.",
        Whole(1, 400, "people"),
        Group.LIMITS,
    ),
    Field(
        "answers_per_day",
        "Answers a day",
        "How many your team can deal with: a wave is no larger than the answers that are expected of it.",
        Whole(1, 1_000, "answers"),
        Group.LIMITS,
    ),
    Field(
        "by_hand_under",
        "Written to by hand",
        "With fewer dormant contacts than this a worklist with notes takes the place of waves; 0 for never.",
        Whole(0, 1_000, "contacts"),
        Group.LIMITS,
    ),
    Field(
        "learns",
        "Channel, hour and wording by your own results",
        "Of what the rules allow, each message goes out by what was answered before; some are tries, to learn from. "
        "Off: as the playbook plans. A playbook that says fixed: true always is.",
        YesNo(),
        Group.LIMITS,
    ),
    Field(
        "waves_without_approval",
        "Later waves start by themselves",
        "Within your limits, once somebody has approved the first. Else each waits for a person.",
        YesNo(),
        Group.LIMITS,
    ),
    Field(
        "most_changed",
        "Writing that waits for a person",
        "A plan that changes the standing of more of your contacts than this, and of more than 100.",
        Share(0.01, 0.5),
        Group.LIMITS,
    ),
    Field(
        "plans_without_approval",
        "Smaller plans are written by themselves",
        "Else each waits for a person. The first always does.",
        YesNo(),
        Group.LIMITS,
    ),
    Field(
        "acting_users",
        "Who may act from the card",
        "The ids of the users of your CRM who may start, stop and put off contacts and correct reasons, with spaces "
        "between. Empty: everyone who sees the card. Admins always may, and what each did stands in the decision log.",
        Words(1_000),
        Group.LIMITS,
    ),
    Field(
        "handoff_person",
        "Who answers where nobody else does",
        "The id of a user of your CRM: who gets the answers of contacts without an owner, and what is late.",
        Words(80),
        Group.ANSWERS,
    ),
    Field(
        "handoff_hours",
        "Answered within",
        "Working hours, Monday to Friday from nine to six, until the task for an answer is due.",
        Whole(1, 45, "hours"),
        Group.ANSWERS,
    ),
    *SENDER_FIELDS,
    Field(
        "report_person",
        "Weekly report as a task for",
        "The id of a user of your CRM. Each Monday they get one task with the week's report. "
        "Empty: the report is a page alone.",
        Words(80),
        Group.REPORT,
    ),
    Field(
        "report_contact",
        "On the record of",
        "The id of a contact in your CRM, such as your own record: tasks stand on a contact's record.",
        Words(80),
        Group.REPORT,
    ),
)
BY_NAME = {field.name: field for field in FIELDS}
