"""The amounts of HubSpot's deals, in the account's own currency or left out."""

from typing import NoReturn

import pytest

from connector.hubspot import deals


def money(own: str | None = "USD", **properties: str | None) -> tuple[int | None, str | None]:
    (row,) = deals.read({"id": "7", "properties": properties}, ["1"], lambda: own)
    return row["amount_minor"], row["foreign_currency"]


def test_the_amount_in_the_accounts_own_currency_counts() -> None:
    found = money(amount="1000", deal_currency_code="EUR", amount_in_home_currency="1083.5")
    assert found == (108_350, None)
    assert money(amount="1000", amount_in_home_currency="1000") == (100_000, None)


@pytest.mark.parametrize("code", ["EUR", "eur", "JPY"])
def test_a_foreign_amount_without_one_is_left_out_by_name(code: str) -> None:
    assert money(amount="1000", deal_currency_code=code) == (None, code.upper())
    assert money(own=None, amount="1000", deal_currency_code=code) == (None, code.upper())


@pytest.mark.parametrize("code", ["USD", "usd", "", None])
def test_a_deal_in_the_accounts_own_currency_needs_no_other_amount(code: str | None) -> None:
    assert money(amount="19.99", deal_currency_code=code) == (1_999, None)


@pytest.mark.parametrize("amount", [None, "", "much"])
def test_no_amount_is_no_amount_in_any_currency(amount: str | None) -> None:
    assert money(amount=amount, deal_currency_code="EUR") == (None, None)


def test_the_account_is_asked_for_its_currency_only_where_it_decides() -> None:
    def asked() -> NoReturn:
        pytest.fail("nothing had to be asked")

    plain = {"id": "7", "properties": {"amount": "5"}}
    at_home = {"id": "8", "properties": {"amount": "5", "amount_in_home_currency": "6"}}
    rows = [row for record in (plain, at_home) for row in deals.read(record, ["1"], asked)]
    assert [row["amount_minor"] for row in rows] == [500, 600]
