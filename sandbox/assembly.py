"""Puts one sandbox together: its time, what its pretend CRMs share, their accounts and people."""

import asyncio
import secrets
import sys
from dataclasses import dataclass, field

from sandbox.config import SandboxConfig
from sandbox.kit.counters import Counters
from sandbox.kit.crm import Environment, PretendCrm
from sandbox.kit.faults import Faults
from sandbox.playing import Player
from sandbox.registry import open_crms
from sandbox.sealing import SealError, seal_people
from sandbox.virtual_time import VirtualTime


@dataclass(frozen=True, slots=True)
class Sandbox:
    """One running sandbox; `instance` is new with every start."""

    environment: Environment
    crms: list[PretendCrm]
    player: Player
    moving: asyncio.Lock  # held while time moves
    instance: str = field(default_factory=lambda: secrets.token_hex(8))

    @property
    def config(self) -> SandboxConfig:
        return self.environment.config

    @property
    def time(self) -> VirtualTime:
        return self.environment.time


def assemble(config: SandboxConfig) -> Sandbox:
    """A sandbox with its accounts, people or loaded history in place, and the truth sealed.

    Raises StartError for a file that cannot be loaded or a truth that cannot be kept.
    """
    time = VirtualTime.starting_at(config.as_of)
    environment = Environment(config, time, Faults(), Counters())
    crms, moving = open_crms(environment), asyncio.Lock()
    player = Player(time, crms, environment.counters, moving)
    sandbox = Sandbox(environment, crms, player, moving)
    _seal(sandbox)
    return sandbox


def _seal(sandbox: Sandbox) -> None:
    """Seal the truth about the first account of each CRM, if the start asked for it."""
    config = sandbox.config
    if config.truth is None:
        return
    if config.truth_key is None:
        raise SealError("a truth file needs a key file beside it")
    groups = [known for crm in sandbox.crms for known in crm.known_people()]
    number = seal_people(groups, config.truth, config.truth_key)
    print(f"sandbox sealed the truth about {number} contacts", file=sys.stderr)  # noqa: T201
