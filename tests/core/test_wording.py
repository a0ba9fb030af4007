"""Whoever looks is spoken to in their language and with their dates, numbers and money."""

from datetime import UTC, datetime

import pytest
from babel.messages.pofile import read_po

from app.templating import environment, moment, money, number, share
from core import wording
from core.wording import CATALOGUE, LANGUAGES, show_as, shown_to, viewer

AT = datetime(2026, 8, 24, 11, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("accepted", "locale"),
    [
        ("", "en_US"),
        ("en", "en_US"),
        ("en-GB,en;q=0.9", "en_GB"),
        ("xx, en-CA;q=0.5", "en_CA"),
        ("en-AU;q=0.2, en-GB;q=0.9", "en_GB"),
        ("en-GB;q=0", "en_US"),
        ("*;q=broken,\x00-\x01," + "a" * 5_000, "en_US"),
    ],
)
def test_a_browsers_wishes_choose_the_locale(accepted: str, locale: str) -> None:
    with shown_to(accepted) as looking:
        assert str(looking.locale) == locale
    assert str(viewer().locale) == "en_US"


def test_a_locale_writes_numbers_dates_and_money_its_own_way(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(wording, "LANGUAGES", ("en", "de"))
    with shown_to("de-DE"):
        show_as("browser", "Europe/Berlin")
        assert number(4812) == "4.812"
        assert share(60.6) == "60,6\xa0%"
        assert money(437_000, "EUR", 1_000) == "437.000\xa0€"
        assert money(1_230_000, "EUR", 10_000) == "1,23\xa0Mio.\xa0€"
        assert moment(AT) == "24. August 2026, 13:00 CEST"
    with shown_to("en-US"):
        show_as("browser", "America/New_York")
        assert moment(AT) == "August 24, 2026, 7:00 AM EDT"


def test_an_account_may_settle_the_language_and_an_unknown_zone_is_utc() -> None:
    with shown_to("en-GB"):
        show_as("tlh", "Moon/Base")
        assert str(viewer().locale) == "en_GB"
        assert moment(AT).endswith("UTC")


def test_a_template_speaks_the_viewers_language(monkeypatch: pytest.MonkeyPatch) -> None:
    page = environment().from_string('{{ _("Hello %(name)s", name=name) }}')
    assert page.render(name="<Ann>") == "Hello &lt;Ann&gt;"


@pytest.mark.parametrize("language", LANGUAGES[1:])
def test_a_catalogue_is_complete(language: str) -> None:
    with (CATALOGUE / f"{language}.po").open("rb") as file:
        lacking = [message.id for message in read_po(file) if message.id and not message.string]
    assert lacking == []
