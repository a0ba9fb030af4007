"""Every page in German: nothing of it stays English, and what is made of rows and rules is said again."""

import re
from html import unescape

import pytest

from app.lab.screenshots import INSIDE, OUTSIDE
from connector.budget import Urgency
from connector.port.fields import ContactProperty, ListsProperties
from contact_rules.rules import ALWAYS, BY_CHANNEL, NOW
from core.said import said
from core.wording import shown_to
from sync.live import capability, opened
from tests.rekindle import Rekindle

GERMAN = {"Accept": "text/html", "Accept-Language": "de-DE,de;q=0.9"}
# Words that no German text has, and that hardly any English sentence does without.
ENGLISH = re.compile(
    r"\b(?:the|of|and|is|are|not|your|you|with|by|who|what|they|their|them|nobody|this|that|from|has|have|be"
    r"|people|days?|page|open|nothing|last)\b"
)
# What is written to contacts, what the CRM calls things, and texts to copy stand in their own language.
OWN = re.compile(
    r"<(style|script|textarea|pre|code|datalist)\b.*?</\1>|<p class=\"quote\">.*?</p>"
    r"|<td class=\"left lines\".*?</td>",
    re.DOTALL,
)

# What is to be typed is the same in every language.
TYPED = re.compile(r"„[^“]*“|E-Mail: .*|\bby size\b")

# Only one CRM is set up for these tests.
PAGES = [path for path in (*OUTSIDE.values(), *INSIDE.values()) if "highlevel" not in path]


def words_of(page: str) -> str:
    """What a person reads, attributes among it."""
    body = OWN.sub(" ", page)
    named = re.findall(r'(?:aria-label|placeholder|title|data-label|alt)="([^"]*)"', body)
    return unescape(" | ".join([*named, *re.split(r"<[^>]+>", body)]))


def properties(rekindle: Rekindle) -> list[ContactProperty]:
    with opened(rekindle.context, rekindle.account_id, Urgency.PERSON) as crm:
        return list(capability(crm, ListsProperties).fetch_properties())


@pytest.mark.parametrize("path", PAGES)
def test_a_page_has_no_english_left(ready_rekindle: Rekindle, path: str) -> None:
    answer = ready_rekindle.web.get(path, headers=GERMAN)
    assert '<html lang="de"' in answer.text
    left = {
        " ".join(part.split())
        for part in words_of(answer.text).split("|")
        if ENGLISH.search(TYPED.sub("", part))
    }
    # What a property is called in the CRM, it is called here.
    named = {one.label for one in properties(ready_rekindle)} if "fields" in path else set()
    assert {text for text in left if not any(label in text for label in named)} == set()


def test_a_rule_with_values_in_it_is_said_again() -> None:
    with shown_to("de"):
        assert said("Was approached in the last 120 days") == (
            "Wurde in den letzten 120 Tagen angesprochen"
        )
        assert said("Nobody knows these words.") == "Nobody knows these words."
        told = said(
            "2,914 of your 4,812 contacts have been quiet for 90 days or more. That is 60.6%."
        )
        assert told.startswith("2.914 Ihrer 4.812 Kontakte")
        for rule in (*ALWAYS, *NOW, *(r for rules in BY_CHANNEL.values() for r in rules)):
            if rule.words is None:
                text = rule.says.format(days=30)
                assert said(text) != text, text
    with shown_to("en"):
        assert said("Yes") == "Yes"
