"""Where HighLevel's documents contradict themselves or the live service: a short list, each with its reason."""

from collections.abc import Iterable
from dataclasses import dataclass

from tests.shapes.highlevel import ANSWER, REQUEST, Violation

_CONTACT = "/contacts/{contactId}"
_FIELDS = "/locations/{locationId}/customFields"
_EVENT = "/calendars/events/appointments/{eventId}"
_MORE_OF_A_CONTACT = ("contactName", "createdBy", "followers", "additionalEmails")
_TIMES = ("startTime", "endTime", "dateAdded", "dateUpdated")


@dataclass(frozen=True, slots=True)
class Deviation:
    """Violations that are no mistake: at these places of these operations (none: of every one).

    Numbers in a reason are sections of the fact sheet that comes with the documents.
    """

    reason: str
    side: str
    operations: tuple[str, ...]
    places: tuple[str, ...]

    def excuses(self, violation: Violation) -> bool:
        operation = f"{violation.method} {violation.template}"
        concerned = not self.operations or operation in self.operations
        return concerned and violation.side == self.side and violation.place in self.places


DEVIATIONS: tuple[Deviation, ...] = (
    Deviation(
        "numbers are declared as object with the examples 100 and 100.5: numbers are sent (13a)",
        REQUEST,
        (f"PUT {_CONTACT}", "POST /contacts/", "POST /contacts/upsert"),
        ("customFields[].field_value",),
    ),
    Deviation(
        "confirmed by the vendor's maintainers and missing from the document (4.1)",
        REQUEST,
        (f"POST {_FIELDS}",),
        ("fieldKey", "description"),
    ),
    Deviation(
        "the vendor's guide to the search has filters, the document has not (11.2)",
        REQUEST,
        ("POST /opportunities/search",),
        ("filters",),
    ),
    Deviation(
        "payments of every kind are asked for by altId and altType (11.3)",
        REQUEST,
        ("GET /payments/orders", "GET /payments/subscriptions"),
        ("query altType",),
    ),
    Deviation(
        "every operation may fail in these ways, which the documents leave out (5)",
        ANSWER,
        (),
        ("status 403", "status 404", "status 429", "status 500", "status 502", "status 503"),
    ),
    Deviation(
        "a contact as it is answered has these names too (3.3)",
        ANSWER,
        (f"GET {_CONTACT}", f"PUT {_CONTACT}", "POST /contacts/upsert"),
        tuple(f"contact.{name}" for name in (*_MORE_OF_A_CONTACT, "inboundDndSettings")),
    ),
    Deviation("the answer has it (3.3)", ANSWER, (f"GET {_CONTACT}",), ("traceId",)),
    Deviation("the older list's cursor (3.2)", ANSWER, ("GET /contacts/",), ("meta",)),
    Deviation("the answer has it (3.5)", ANSWER, (f"POST {_CONTACT}/tags",), ("tagsAdded",)),
    Deviation("the answer has it (3.5)", ANSWER, (f"DELETE {_CONTACT}/tags",), ("tagsRemoved",)),
    Deviation(
        "results are declared as texts and are objects in the example (3.5)",
        ANSWER,
        ("POST /contacts/bulk/tags/update/{type}",),
        ("responses[]",),
    ),
    Deviation(
        "the folder of a field (4.1)",
        ANSWER,
        (f"GET {_FIELDS}", f"POST {_FIELDS}", f"GET {_FIELDS}/{{id}}", f"PUT {_FIELDS}/{{id}}"),
        ("customFields[].parentId", "customField.parentId"),
    ),
    Deviation("the answer has it (1.2)", ANSWER, ("POST /oauth/token",), ("refreshTokenId",)),
    Deviation(
        "the answer has it (1.5)", ANSWER, ("POST /oauth/locationToken",), ("refresh_token",)
    ),
    Deviation(
        "the next page is asked for by the last row's value (11.2, 11.4)",
        ANSWER,
        ("GET /conversations/search", "POST /opportunities/search"),
        ("conversations[].sort", "conversations[].lastMessageDate", "opportunities[].sort"),
    ),
    Deviation(
        "live answers are nested one level deeper (2)",
        ANSWER,
        ("GET /conversations/{conversationId}/messages",),
        ("messages", "lastMessageId", "nextPage"),
    ),
    Deviation(
        "declared as object with a text as the example (11.1): texts come",
        ANSWER,
        ("GET /calendars/events", f"GET {_EVENT}"),
        (*(f"events[].{name}" for name in _TIMES), *(f"event.{name}" for name in _TIMES)),
    ),
    Deviation(
        "declared as object with a text as the example (11.3): a text comes",
        ANSWER,
        ("GET /payments/transactions",),
        ("data[].status",),
    ),
    Deviation(
        "declared as lists of lists and as texts: objects come",
        ANSWER,
        (
            "GET /opportunities/pipelines",
            "GET /invoices/",
            "POST /locations/{locationId}/tasks/search",
        ),
        ("pipelines[].stages[]", "invoices[].invoiceItems[]", "tasks[]"),
    ),
)


def unexplained(violations: Iterable[Violation]) -> list[Violation]:
    """The violations that no deviation excuses, each once."""
    found = {v for v in violations if not any(d.excuses(v) for d in DEVIATIONS)}
    return sorted(found)
