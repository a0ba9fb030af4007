"""Which pretend CRMs a sandbox has: one line each; everything else finds them here."""

from importlib import import_module
from typing import cast

from sandbox.kit.crm import Environment, PretendCrm

#: Each module has `open_crm(environment)`, which answers a PretendCrm without accounts.
CRMS = {
    "hubspot": "sandbox.hubspot.crm",
    "highlevel": "sandbox.highlevel.crm",
}


def open_crms(environment: Environment) -> list[PretendCrm]:
    """Every pretend CRM with its first accounts open, in the order of the registry."""
    crms = [
        cast("PretendCrm", import_module(module).open_crm(environment)) for module in CRMS.values()
    ]
    for crm in crms:
        crm.open_accounts()
    return crms
