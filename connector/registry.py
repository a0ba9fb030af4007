"""Which CRMs there are: one line each; everything else finds them here."""

from importlib import import_module
from typing import cast

from connector.port.provider import Provider
from connector.tls import trusted
from core.errors import NotFound, SettingsInvalid
from core.settings import Environment

PROVIDERS = {
    "hubspot": "connector.hubspot.provider",
    "highlevel": "connector.highlevel.provider",
}
# What stands in addresses in place of a vendor's name, where no brand may: our word → the CRM.
PLAIN_NAMES = {"crm": "highlevel"}
DEFAULT_PROVIDER = next(iter(PROVIDERS))


def load_clients() -> None:
    """Load what the CRMs load with their first request."""
    for name in PROVIDERS.values():
        for module in getattr(import_module(name), "LATER", ()):
            import_module(module)
    trusted()


def sandbox_variables(name: str, address: str) -> dict[str, str]:
    """The settings that point a CRM's adapter at a sandbox with its well-known development credentials."""
    module = import_module(PROVIDERS[name].rpartition(".")[0] + ".settings")
    return cast("dict[str, str]", module.sandbox_variables(address))


def find_provider(name: str, environment: Environment) -> Provider:
    """The provider of that name with its settings read; raises NotFound, SettingsInvalid."""
    name = PLAIN_NAMES.get(name, name)
    if name not in PROVIDERS:
        raise NotFound(f"There is no CRM called {name!r}; known: {', '.join(sorted(PROVIDERS))}.")
    module = import_module(PROVIDERS[name])
    return cast("Provider", module.from_environment(environment))


def load_configured(environment: Environment) -> list[Provider]:
    """The CRMs that whoever runs this has set up."""
    found = []
    for name in PROVIDERS:
        try:
            found.append(find_provider(name, environment))
        except SettingsInvalid:
            continue
    return found
