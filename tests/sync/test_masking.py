"""Nothing that tells who a text is about is left in what may be sent to a language model (D11)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contact_rules.masking import MOST_CHARACTERS, mask


@pytest.mark.parametrize(
    ("text", "gone"),
    [
        ("Write to anna.smith+x@example.co.uk please", "anna.smith"),
        ("Write to anna (at) example.com please", "example.com"),
        ("Call +1 (212) 555-0123 after six", "555"),
        ("Call 212.555.0123", "0123"),
        ("Born 03/04/1961, policy 99-1234", "1961"),
        ("See https://x.example/anna?token=1 and www.example.com", "example"),
        ("This is Anna Smith speaking", "Smith"),
        ("I saw Dr. Brown and Mrs O'Neil", "Brown"),
        ("dr Émile Ångström called", "Ångström"),
        ("Best regards,\nÉmilie", "Émilie"),
        ("We went with Acme Hearing", "Acme"),
        ("Anna's decision", "Anna"),
        ("Will Turner will call", "Turner"),
    ],
)
def test_d11_addresses_numbers_links_and_names_go(text: str, gone: str) -> None:
    assert gone not in mask(text)


def test_d11_known_names_go_however_they_are_written() -> None:
    masked = mask(
        "spoke with anna; SMITH says mary-jo left. annabel stays", ["Anna Smith", "Mary-Jo"]
    )
    assert masked == "spoke with [name]; [name] says [name] left. annabel stays"


def test_what_the_reason_hangs_on_stays() -> None:
    text = "We went with another provider because it was too expensive. They moved. I'm unhappy."
    assert mask(text) == text
    assert mask("WE WENT WITH ANOTHER PROVIDER") == "WE WENT WITH ANOTHER PROVIDER"


def test_d11_no_more_than_a_thousand_characters_are_sent() -> None:
    assert len(mask("budget is tight " * 500)) == MOST_CHARACTERS == 1_000


@given(st.text(max_size=300), st.lists(st.text(max_size=10), max_size=3))
def test_d11_any_text_can_be_masked(text: str, names: list[str]) -> None:
    masked = mask(text, names)
    assert len(masked) <= MOST_CHARACTERS
    assert "@" not in mask(f"a.b@example.com {text}")[:10]


@given(
    st.from_regex(r"[a-z]{1,8}(\.[a-z]{1,8})?@[a-z]{1,8}\.(com|org|example)", fullmatch=True),
    st.from_regex(r"\+?[0-9]{3}[- .]?[0-9]{3}[- .]?[0-9]{4}", fullmatch=True),
)
def test_d11_no_address_and_no_digit_is_left(address: str, number: str) -> None:
    masked = mask(f"reach me at {address} or {number}, thanks")
    assert address not in masked
    assert not any(sign.isdigit() for sign in masked)
