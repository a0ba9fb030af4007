"""Where HubSpot's service is known to differ from what it publishes, and why each is believed."""

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Known:
    """Departures that match are no faults; `reason` says what is known of the service."""

    pattern: str
    reason: str

    def covers(self, departure: str) -> bool:
        return re.search(self.pattern, departure) is not None


EXCEPTIONS = (
    Known(
        r"^GET /crm/objects/2026-09/\w+/\d+/associations/\w+: is not published",
        "Documented for one record, 500 a page; the digest of the specification lacks it.",
    ),
    Known(
        r"^DELETE /appinstalls/2026-09/external-install: is not published",
        "Published in a specification of its own, which the digest lacks.",
    ),
    Known(
        r"^(GET|POST) /automation/2026-09-beta/flows(/batch/read)?: is not published",
        "Workflows can be read in the beta alone; the digest has none of its specifications.",
    ),
    Known(
        r"^POST /crm/associations/.* /results/\[\]/to/\[\]/toObjectId: int where a text",
        "The service answers ids of associated records as numbers; ids elsewhere are texts.",
    ),
    Known(
        r"^(GET|POST) /crm/.*/(associationTypes|results)/\[\]/label: null where a text",
        "The service answers null for the label of a type that HubSpot has defined.",
    ),
    Known(
        r"^\w+ /crm/objects/2026-09/\{objectType\}.* takes a scope",
        "One address for all kinds of record; the digest kept the scope of users alone.",
    ),
    Known(
        r" 207 /errors/\[\]/subCategory: str where an object",
        "The general shape of errors, which the service sends here too, has a text.",
    ),
    Known(
        r"^(POST|PATCH) /crm/objects/.*/warnings: is not published",
        "From 2026-09 a write says which values it has normalized; the snapshot is older.",
    ),
    Known(
        r"^POST /oauth/2026-09/token/introspect 200 /\w+: is not published",
        "The specification names `active` alone; the answer tells whose token it is, too.",
    ),
)
