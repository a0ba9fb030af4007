"""Writing property values in batches, and reading them back."""

from collections.abc import Mapping, Sequence
from typing import Any

from connector.hubspot import paths
from connector.hubspot.answers import listed, records, within
from connector.hubspot.http import HubSpotHttp
from connector.port.writing import ContactWrite, WriteOutcome

BATCH = 100


def write(http: HubSpotHttp, writes: Sequence[ContactWrite]) -> list[WriteOutcome]:
    """One batch update by record id; every write gets an outcome, an unmentioned one a failed one.

    Raises CrmInvalid when one bad value failed the whole batch.
    """
    body = {
        "inputs": [
            {"id": w.contact_id, "objectWriteTraceId": w.trace, "properties": dict(w.values)}
            for w in writes
        ]
    }
    answer = http.post(paths.objects("contacts", "batch", "update"), body)
    done = {r["id"] for r in records(answer)}
    failed = _failures(answer)
    return [_outcome(w, failed, done) for w in writes]


def _outcome(write: ContactWrite, failed: Mapping[str, str], done: set[str]) -> WriteOutcome:
    reason = failed.get(f"trace:{write.trace}") or failed.get(f"id:{write.contact_id}")
    if reason is None and write.contact_id not in done:
        reason = "HubSpot did not say what became of it"
    return WriteOutcome(write.contact_id, succeeded=reason is None, reason=reason)


def _failures(answer: Any) -> dict[str, str]:
    """`trace:<trace id>` or `id:<contact id>` → category, from the errors of a 207."""
    failed: dict[str, str] = {}
    for error in listed(answer, "errors"):
        reason = str(error.get("category") or "refused")
        for trace in _listed(within(error, "context", "objectWriteTraceId")):
            failed[f"trace:{trace}"] = reason
        for contact_id in _listed(within(error, "context", "ids")):
            failed[f"id:{contact_id}"] = reason
    return failed


def _listed(value: object) -> list[str]:
    if value is None:
        return []
    return [str(v) for v in value] if isinstance(value, list) else [str(value)]
