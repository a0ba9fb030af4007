"""One request and its answer, as they passed between the product and a CRM."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Exchange:
    """`path` is without query; bodies are as they were sent."""

    method: str
    path: str
    query: str
    content_type: str
    body: bytes = field(repr=False)
    status: int
    answer: bytes = field(repr=False)
