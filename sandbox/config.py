"""What one sandbox process is started with; each pretend CRM has options of its own beside this."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from sandbox.conduct import Conduct
from sandbox.world.tenant import Nature

OptionsT = TypeVar("OptionsT")


class StartError(ValueError):
    """A sandbox cannot start as it was asked to; the message says what to do."""


@dataclass(frozen=True, slots=True)
class SandboxConfig:
    """Everything a sandbox is started with; port 0 takes a free one.

    `contacts` is the number of people in the first account; without any, no CRM has people. Files of
    purchases or contacts take the place of all people, in the first account of a CRM that can load them.
    `crms` are the names of those to open, all of the registry without any. `options` holds at most one object of
    each CRM's own kind; a CRM without one starts as usual. The CRMs' own clocks go `clock_ahead_seconds` before the
    sandbox's. `truth` is where the sealed truth goes, `truth_key` the file of its key, made if it is not there.
    """

    host: str = "127.0.0.1"
    port: int = 0
    seed: int = 20_261_116
    crms: tuple[str, ...] = ()
    contacts: int = 1_500
    as_of: datetime = datetime(2026, 11, 16, 14, 0, tzinfo=UTC)
    clock_ahead_seconds: float = 0.0
    purchases_csv: Path | None = None
    contacts_csv: Path | None = None
    options: tuple[object, ...] = ()
    nature: Nature = field(default_factory=Nature)
    conduct: Conduct = field(default_factory=Conduct)
    truth: Path | None = None
    truth_key: Path | None = None

    @property
    def people(self) -> int:
        """How many people the first account has."""
        return 0 if self.purchases_csv or self.contacts_csv else self.contacts

    def options_of(self, kind: type[OptionsT]) -> OptionsT:
        """A CRM's own options, as given or as usual."""
        return next((given for given in self.options if isinstance(given, kind)), kind())
