"""Which pretend CRMs a sandbox has: one line each; everything else finds them here."""

from argparse import ArgumentParser, Namespace
from collections.abc import Collection
from importlib import import_module
from typing import Protocol, cast

from sandbox.kit.crm import Environment, PretendCrm

CRMS = {
    "hubspot": "sandbox.hubspot.crm",
    "highlevel": "sandbox.highlevel.crm",
}


class CrmModule(Protocol):
    """What a module of the registry offers."""

    def open_crm(self, environment: Environment) -> PretendCrm:
        """The pretend CRM of one sandbox, without accounts."""
        ...

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the CRM's own arguments to the command line."""
        ...

    def read_options(self, given: Namespace) -> object:
        """The CRM's own options as the command line gives them."""
        ...


def open_crms(environment: Environment) -> list[PretendCrm]:
    """The pretend CRMs that the start asks for, with their first accounts open, in the order of the registry."""
    crms = [module.open_crm(environment) for module in _modules(environment.config.crms)]
    for crm in crms:
        crm.open_accounts()
    return crms


def add_arguments(parser: ArgumentParser) -> None:
    """Add every CRM's own arguments to the command line."""
    for module in _modules():
        module.add_arguments(parser)


def read_options(given: Namespace) -> tuple[object, ...]:
    """Every CRM's own options as the command line gives them."""
    return tuple(module.read_options(given) for module in _modules())


def _modules(names: Collection[str] = ()) -> list[CrmModule]:
    wanted = [module for name, module in CRMS.items() if not names or name in names]
    return [cast("CrmModule", import_module(module)) for module in wanted]
