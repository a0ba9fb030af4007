"""How long what somebody once did lets them be written to, by their country's law: data, with its source (D3, D10)."""

from dataclasses import dataclass
from datetime import timedelta

# A month is counted as 30 days: where a law says months, this is never later than it says.
_MONTH = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class ConsentAges:
    """Of some countries; a span of None means that the law names none.

    `since_contact` limits everybody; `after_purchase` and `after_inquiry` say how long a purchase or an inquiry stands
    in for a consent, timedelta.max for as long as it is on record.
    """

    law: str
    countries: frozenset[str]
    since_contact: timedelta | None
    after_purchase: timedelta
    after_inquiry: timedelta
    source: str
    reviewed: str


# The European Union, the other countries of its economic area, the United Kingdom and Switzerland.
_EUROPE = "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK IS LI NO GB CH"

EUROPE = ConsentAges(
    law="GDPR and PECR",
    countries=frozenset(_EUROPE.split()),
    since_contact=36 * _MONTH,
    after_purchase=timedelta.max,
    after_inquiry=timedelta.max,
    source="Directive 2002/58/EC article 13(2), PECR regulation 22(3); CNIL: three years since the last contact",
    reviewed="2026-11-22",
)
CANADA = ConsentAges(
    law="CASL",
    countries=frozenset({"CA"}),
    since_contact=None,
    after_purchase=24 * _MONTH,
    after_inquiry=6 * _MONTH,
    source="CASL section 10(10): 24 months after a purchase, 6 months after an inquiry",
    reviewed="2026-11-22",
)
LAWS = (EUROPE, CANADA)

# Of several countries where somebody may be, the first of these counts: the stricter law.
STRICTEST = (*sorted(EUROPE.countries), *sorted(CANADA.countries))
# A consent to texts, without a sign of life since, asks for a new one after this (D3).
SMS_CONSENT_LASTS = 18 * _MONTH
