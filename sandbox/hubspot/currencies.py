"""The currencies of one account: deals may be in any, and what they are worth in its own is worked out."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from sandbox.kit.answers import Json


@dataclass(slots=True)
class Currencies:
    """The account's own currency, and what one unit of each other is worth in it."""

    own: str
    rates: dict[str, float] = field(default_factory=dict)

    def worth(self, deal: Mapping[str, str | None]) -> dict[str, str]:
        """A deal's amount in the account's own currency; nothing where no rate is known."""
        amount, code = deal.get("amount"), deal.get("deal_currency_code") or self.own
        rate = 1.0 if code == self.own else self.rates.get(code)
        try:
            home = None if rate is None or not amount else float(amount) * rate
        except ValueError:
            home = None
        return {} if home is None else {"amount_in_home_currency": f"{home:.10g}"}

    def listed(self) -> list[str]:
        """Those beside the account's own."""
        return sorted(self.rates)

    def json(self) -> Json:
        """The currencies as they are steered."""
        return {"own": self.own, "rates": dict(self.rates)}
