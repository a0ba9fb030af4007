"""Which value holds: the account's own, else its agency's, else its CRM's, else the default; pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from enum import StrEnum

from core.errors import Invalid, SettingsInvalid
from core.settings import Settings
from oauth.account_settings.alters import Alters
from oauth.account_settings.fields import BY_NAME, FIELDS, VERTICALS, AccountSettings
from oauth.account_settings.kinds import Value

Values = Mapping[str, Value]


class Origin(StrEnum):
    """Where a value comes from; those further down win."""

    DEFAULT = "default"
    CRM = "CRM"
    AGENCY = "agency"
    ACCOUNT = "account"


@dataclass(frozen=True, slots=True)
class Layer:
    """Values of one origin; what it does not name comes from the layers before it."""

    origin: Origin
    values: Values


@dataclass(frozen=True, slots=True)
class Resolved:
    """What holds, and from where each value comes."""

    settings: AccountSettings
    origins: Mapping[str, Origin]

    def value(self, name: str) -> Value:
        found: Value = getattr(self.settings, name)
        return found


def defaults(environment: Settings) -> Layer:
    """What holds where nobody has said anything: this product's defaults and those of its operator."""
    given = AccountSettings(
        vertical=environment.vertical,
        phi=environment.phi,
        read_texts=environment.read_texts,
        by_hand_under=environment.by_hand_under,
    )
    return Layer(Origin.DEFAULT, {f.name: getattr(given, f.name) for f in fields(given)})


def refuse_unknown_line(environment: Settings) -> None:
    """Raise SettingsInvalid where the operator names a line of business that has no playbooks."""
    if environment.vertical not in VERTICALS:
        raise SettingsInvalid(
            f"REKINDLE_VERTICAL names no line of business; choose one of {', '.join(VERTICALS)}."
        )


def resolve(layers: Sequence[Layer]) -> Resolved:
    """Field by field, the last layer that names it; a person's value that is not allowed any more counts as none."""
    found: dict[str, Value] = {}
    origins: dict[str, Origin] = {}
    for layer in layers:
        for name, value in layer.values.items():
            if layer.origin in {Origin.AGENCY, Origin.ACCOUNT} and not _is_allowed(name, value):
                continue
            found[name], origins[name] = value, layer.origin
    return Resolved(AccountSettings(**found), origins)  # type: ignore[arg-type]  # each kind has checked its own


def _is_allowed(name: str, value: Value) -> bool:
    try:
        BY_NAME[name].kind.check(value)
    except (KeyError, Invalid):
        return False
    return True


def read_typed(typed: Mapping[str, str]) -> tuple[dict[str, Value], set[str], dict[str, str]]:
    """What somebody typed: values by name, names that are to follow the level above, what is wrong by name."""
    values: dict[str, Value] = {}
    problems: dict[str, str] = {}
    cleared: set[str] = set()
    for name, text in typed.items():
        field = BY_NAME.get(name)
        if field is None:
            problems[name] = f"There is no setting {name}; there are {', '.join(BY_NAME)}."
            continue
        said = " ".join(text.split())
        if not said:
            cleared.add(name)
            continue
        try:
            values[name] = field.kind.read(said)
        except Invalid as error:
            problems[name] = error.message
    return values, cleared, problems


def refuse_unlawful(own: Values, resolved: Resolved, *, has_model: bool) -> None:
    """Raise Invalid where a level asks for a language model that may not be, or cannot be, asked."""
    words_alone = own.get("opener_source") == "model"
    if own.get("read_texts") != "llm" and not words_alone:
        return
    if own.get("read_texts") != "llm" and resolved.settings.phi:
        raise Invalid(
            "No language model is asked for an account with health data (rule D11). "
            "Let the templates word openers, or turn health data off."
        )
    if resolved.settings.phi:
        raise Invalid(
            "No text of an account with health data is sent to a language model (rule D11). "
            "Let texts be read on Rekindle's own machine, or turn health data off."
        )
    if not has_model:
        raise Invalid(
            "There is no language model to ask: whoever runs Rekindle has not set one up. "
            "Let texts be read on Rekindle's own machine."
        )


def altered(before: AccountSettings, after: AccountSettings) -> Alters | None:
    """The most that has to be done anew between the two."""
    asks = "llm" in {before.read_texts, after.read_texts}
    changed = {
        field.alters
        for field in FIELDS
        if getattr(before, field.name) != getattr(after, field.name)
        # Health data matters to texts that would be read, else to what is written alone.
        if field.name != "phi" or asks
    }
    if before.phi != after.phi:
        changed.add(Alters.DECIDING)
    return next((alters for alters in Alters if alters in changed), None)


def changed_names(before: Values, after: Values) -> list[str]:
    """What one level says otherwise than before, in the order of the fields."""
    return [
        field.name
        for field in FIELDS
        if (field.name in before) != (field.name in after)
        or before.get(field.name) != after.get(field.name)
    ]


def told(values: Values, name: str) -> str | None:
    """What a level says of a setting, in words; None where it says nothing."""
    return BY_NAME[name].kind.show(values[name]) if name in values else None
