"""Kinds of business whose people are pretended: what they sell, to whom, at what price."""

from dataclasses import dataclass, replace
from datetime import datetime

from sandbox.world.tenant import Nature, Tenant, hearing_care

_USUAL_PRICE = 3800.0  # of the tenant whose jitter is borrowed
_USUAL_NATURE = Nature()


@dataclass(frozen=True, slots=True)
class Vertical:
    """One line of business; money in major units of its currency."""

    name: str
    price: float
    accessory: float
    customers: float
    services: tuple[str, ...]


DENTAL = Vertical(
    "dental", 1450.0, 145.0, 0.55, ("Cleaning", "Implants", "Aligners", "Whitening", "Emergency")
)
MED_SPA = Vertical(
    "med spa", 620.0, 95.0, 0.45, ("Facial", "Laser", "Injectables", "Body contouring", "Skincare")
)
HOME_SERVICES = Vertical(
    "home services", 2900.0, 240.0, 0.35, ("Heating", "Cooling", "Plumbing", "Roofing", "Electric")
)
WELLNESS = Vertical(
    "wellness", 900.0, 80.0, 0.40, ("Chiropractic", "Massage", "Acupuncture", "Nutrition")
)


def business(
    vertical: Vertical,
    *,
    name: str,
    seed: int,
    contacts: int,
    as_of: datetime,
    zone: str,
    nature: Nature = _USUAL_NATURE,
) -> Tenant:
    """A tenant of a vertical in a time zone; season, loyalty and answers are jittered by its seed."""
    usual = hearing_care(
        seed=seed,
        contacts=contacts,
        as_of=as_of,
        weeks=nature.weeks,
        family=nature.family,
        null=nature.null,
        language=nature.language,
    )
    elsewhere = "America/Chicago" if zone != "America/Chicago" else "America/New_York"
    return replace(
        usual,
        name=name,
        zone=zone,
        zones=((zone, 0.95), (elsewhere, 0.05)),
        customers=vertical.customers,
        price=vertical.price * usual.price / _USUAL_PRICE,
        accessory=vertical.accessory,
    )
