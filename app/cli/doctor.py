"""`rekindle doctor`: checks a deployment piece by piece and says what to do about each."""

import sys

from app.cli.output import AsJson, put, say


def doctor(as_json: AsJson = False) -> None:
    """Check settings, database, queue and the CRMs' addresses, one by one."""
    from app.checks import examine  # noqa: PLC0415  loads what it checks

    findings = examine()
    if as_json:
        put({"ok": all(f.ok for f in findings), "checks": [f.to_json() for f in findings]})
    else:
        for finding in findings:
            say(f"{'ok  ' if finding.ok else 'FAIL'}  {finding.name}: {finding.message}")
    sys.exit(0 if all(f.ok for f in findings) else 1)
