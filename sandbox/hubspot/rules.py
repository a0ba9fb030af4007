"""The rules an account's admin sets for writes, which the API enforces since 2026-09."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from sandbox.hubspot.answers import invalid


class RulesError(ValueError):
    """The rules cannot be used; the text says what to change."""


@dataclass(frozen=True, slots=True)
class ConditionalRule:
    """`required` must be set wherever `when` has the value `equals`."""

    kind: str
    when: str
    equals: str
    required: str


@dataclass(slots=True)
class Rules:
    """Required properties of one portal; none to begin with."""

    on_create: dict[str, list[str]] = field(default_factory=dict)
    conditional: list[ConditionalRule] = field(default_factory=list)

    def check(
        self, kind: str, before: Mapping[str, str | None], after: Mapping[str, str | None]
    ) -> None:
        """Refuse a write whose outcome breaks a rule; `before` is empty for a new record."""
        missing = [] if before else [n for n in self.on_create.get(kind, ()) if not after.get(n)]
        if missing:
            raise _refused("MISSING_REQUIRED_PROPERTY", missing)
        lacking = [
            rule.required
            for rule in self.conditional
            if rule.kind == kind
            and after.get(rule.when) == rule.equals
            and not after.get(rule.required)
        ]
        if lacking:
            raise _refused("MISSING_CONDITIONAL_REQUIRED_PROPERTY", lacking)


def _refused(code: str, names: list[str]) -> Exception:
    errors = [
        {"message": f"{name} is required", "code": code, "context": {"propertyName": [name]}}
        for name in names
    ]
    return invalid("The record misses properties that this account requires.", errors=errors)


def read_rules(spec: Mapping[str, object]) -> Rules:
    """Rules from `{"on_create": {kind: [names]}, "conditional": [...]}`; raises RulesError."""
    on_create, conditional = spec.get("on_create") or {}, spec.get("conditional") or []
    if not isinstance(on_create, dict) or not isinstance(conditional, list):
        raise RulesError("on_create must be an object and conditional a list")
    rules = Rules({str(kind): [str(name) for name in names] for kind, names in on_create.items()})
    for entry in conditional:
        if not isinstance(entry, dict) or not {"kind", "when", "equals", "required"} <= set(entry):
            raise RulesError("a conditional rule needs kind, when, equals and required")
        wanted = (str(entry[part]) for part in ("kind", "when", "equals", "required"))
        rules.conditional.append(ConditionalRule(*wanted))
    return rules
