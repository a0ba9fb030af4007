"""The settings of who writes to contacts, and in which words; pure."""

from oauth.account_settings.alters import Alters
from oauth.account_settings.choices import OPENER_SOURCES
from oauth.account_settings.field import Field
from oauth.account_settings.groups import Group
from oauth.account_settings.kinds import Choice, Coded, Link, Words, YesNo

SENDER_FIELDS = (
    Field(
        "business_name",
        "Business",
        "As contacts know it. Empty: as your CRM account is called. It stands in every opener and above these pages.",
        Words(60),
        Group.SENDER,
        Alters.DECIDING,
    ),
    Field(
        "sender_name",
        "Name",
        "The person who writes, as contacts know them. Openers are from your business where it is empty.",
        Words(120),
        Group.SENDER,
        Alters.DECIDING,
    ),
    Field(
        "sender_place",
        "Place",
        "The postal address of your business. It stands below every e-mail (rule D9).",
        Words(200),
        Group.SENDER,
        Alters.DECIDING,
    ),
    Field(
        "sender_phone",
        "Telephone",
        "A number that answers. It stands in e-mails.",
        Words(40),
        Group.SENDER,
        Alters.DECIDING,
    ),
    Field(
        "booking_link",
        "Booking page",
        "Where contacts may pick a time themselves. No shortened link: carriers stop those.",
        Link(200),
        Group.SENDER,
        Alters.DECIDING,
    ),
    Field(
        "news",
        "What is new",
        "One sentence that may stand in every opener, such as “We are open on Saturdays now.”",
        Words(160),
        Group.SENDER,
        Alters.DECIDING,
    ),
    Field(
        "names_treatment",
        "Openers name the treatment",
        "Off: with health data, openers name the visit and no more (rule D11). On: they name what somebody came for, "
        "also where others read their telephone. Turn it on only where a lawyer has agreed.",
        YesNo(),
        Group.SENDER,
        Alters.DECIDING,
    ),
    Field(
        "opener_source",
        "Who words openers",
        "A language model sees which facts there are, never the facts themselves; what it gets wrong is worded by the "
        "templates. It is not asked while health data is on (rule D11).",
        Choice(OPENER_SOURCES),
        Group.SENDER,
        Alters.DECIDING,
    ),
    Field(
        "language",
        "Language",
        "Of openers: en, de, fr, es, it, pt or nl. Any other is written to in English.",
        Coded("[a-z]{2,3}(-[A-Z]{2})?", "en or pt-BR"),
        Group.SENDER,
        Alters.DECIDING,
    ),
)
