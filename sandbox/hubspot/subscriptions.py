"""The kinds of e-mail that people may subscribe to and opt out of, one by one, in every account here."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Subscription:
    """One kind; `internal` ones belong to HubSpot's own tools and are not shown to recipients."""

    id: int
    name: str
    description: str
    purpose: str
    method: str = "Email"
    active: bool = True
    default: bool = True
    internal: bool = False

    @property
    def opt_out_name(self) -> str:
        """The contact property that is true for who has opted out of this kind alone."""
        return f"hs_email_optout_{self.id}"


MARKETING = Subscription(
    284_110_501,
    "Marketing Information",
    "Marketing offers and updates.",
    "Marketing",
)
ONE_TO_ONE = Subscription(
    284_110_502,
    "One to One",
    "One to One emails",
    "Sales",
    internal=True,
)
NEWSLETTER = Subscription(
    284_110_503,
    "Hearing health newsletter",
    "What is new in hearing care.",
    "Marketing",
    default=False,
)
SUBSCRIPTIONS = (MARKETING, ONE_TO_ONE, NEWSLETTER)
