"""The numbers that every pretend CRM has limits for; a vendor's own class sets and adds to them."""

from dataclasses import dataclass, fields


@dataclass(slots=True)
class Limits:
    """What may be changed while a sandbox runs; times are real seconds.

    With `search_lag_virtual` the search index catches up as the sandbox's own time goes on.
    """

    requests: int = 100
    window_seconds: float = 10.0
    search_results: int = 10_000
    search_lag_min_seconds: float = 0.0
    search_lag_max_seconds: float = 0.0
    search_lag_virtual: bool = False
    access_token_seconds: float = 3_600.0
    code_seconds: float = 600.0
    webhook_timeout_seconds: float = 5.0
    webhook_retries: int = 10
    webhook_pause_seconds: float = 0.5
    webhook_linger_seconds: float = 0.0
    webhook_duplicate_rate: float = 0.02
    webhook_reorder_rate: float = 0.05
    webhook_unsigned_rate: float = 0.0
    webhook_loss_rate: float = 0.0

    def change(self, wanted: dict[str, object]) -> None:
        """Set the named limits; raises ValueError, changing nothing, for a wrong name or number."""
        known = {limit.name for limit in fields(self)}
        for name, value in wanted.items():
            if name not in known:
                raise ValueError(f"unknown limit {name!r}; there are: {', '.join(sorted(known))}")
            flag = isinstance(getattr(self, name), bool)
            if flag != isinstance(value, bool):
                kind = "true or false" if flag else "a number that is not negative"
                raise ValueError(f"limit {name} takes {kind}")
            if not flag and (not isinstance(value, int | float) or value < 0):
                raise ValueError(f"limit {name} takes a number that is not negative")
        for name, value in wanted.items():
            setattr(self, name, value)
