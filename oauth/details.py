"""What a CRM says of an account, made to fit our columns: strange or too long, it keeps nobody from installing."""

from connector.port.provider import AccountDetails

_LONGEST_NAME = 200
_LONGEST_ZONE = 60
_LONGEST_ADDRESS = 300
USUAL_CURRENCY = "USD"


def fit(details: AccountDetails, *, remote_account_id: str) -> AccountDetails:
    """The details as they can be stored.

    A time zone too long to be one stays empty, which is taken for any zone there is; so does an address, and
    no link is shown.
    """
    name = " ".join(details.name.split())[:_LONGEST_NAME]
    zone = details.timezone.strip()
    currency = details.currency.strip().upper()
    address = details.record_url
    return AccountDetails(
        name=name or f"Account {remote_account_id}",
        timezone=zone if len(zone) <= _LONGEST_ZONE else "",
        currency=currency if _is_currency(currency) else USUAL_CURRENCY,
        record_url=address if len(address) <= _LONGEST_ADDRESS else "",
    )


def unknown(remote_account_id: str) -> AccountDetails:
    """What is stored of an account as long as its CRM has not described it."""
    return AccountDetails(f"Account {remote_account_id}", "", USUAL_CURRENCY, "")


def _is_currency(code: str) -> bool:
    return len(code) == 3 and code.isascii() and code.isalpha()
