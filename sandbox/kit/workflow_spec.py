"""Workflows as data: what starts them, what they do, what ends them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

Spec = Mapping[str, object]


class When(StrEnum):
    """How a trigger looks at its property."""

    KNOWN = "known"
    CHANGED = "changed"
    EQUALS = "equals"


class Goal(StrEnum):
    """What a person does that ends an enrollment."""

    REPLIED = "replied"
    BOOKED = "booked"
    BOUGHT = "bought"


class SpecError(ValueError):
    """A workflow or step description that cannot be understood; the message says what to change."""


@dataclass(frozen=True, slots=True)
class Wait:
    """A pause before the next step."""

    time: timedelta


@dataclass(frozen=True, slots=True)
class Send:
    """An e-mail or a text message; `addresses` is a reason for silence that it speaks to.

    What it says is the value of the property `text_from`, an e-mail's subject that of `subject_from`; where
    these are empty or not named, the workflow's own words go out.
    """

    channel: str
    addresses: str | None = None
    subject_from: str | None = None
    text_from: str | None = None


@dataclass(frozen=True, slots=True)
class MakeTask:
    """A task for the contact's owner."""

    subject: str


@dataclass(frozen=True, slots=True)
class SetProperty:
    """A value that the workflow writes; None clears it."""

    name: str
    value: str | None


@dataclass(frozen=True, slots=True)
class CopyProperty:
    """A value that the workflow copies from one property into another."""

    source: str
    target: str


@dataclass(frozen=True, slots=True)
class CallAction:
    """A call of an action that the app has brought; the workflow waits for what the app says."""

    uid: str
    inputs: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class LeaveSequence:
    """Out of the sequence that the contact is in, if any."""


@dataclass(frozen=True, slots=True)
class Branch:
    """Two ways on, chosen by a property's value; `equals` None asks whether it is known.

    A name such as `output:segment` asks for what an action has put out.
    """

    name: str
    equals: str | None
    then: tuple["Step", ...]
    otherwise: tuple["Step", ...]


Step = Wait | Send | MakeTask | SetProperty | CopyProperty | CallAction | LeaveSequence | Branch


@dataclass(frozen=True, slots=True)
class Trigger:
    """Which change of which contact property enrolls."""

    name: str
    when: When
    value: str | None = None

    def fires(self, name: str, value: str | None, previous: str | None) -> bool:
        """Whether a change of a property enrolls; an unchanged value never gets here."""
        if name != self.name or value is None:
            return False
        match self.when:
            case When.EQUALS:
                return value == self.value
            case When.KNOWN | When.CHANGED:
                return value != previous


@dataclass(frozen=True, slots=True)
class Window:
    """Local hours and weekdays (Monday is 0) in which messages may go out."""

    first_hour: int = 9
    last_hour: int = 19
    days: frozenset[int] = frozenset(range(6))


@dataclass(frozen=True, slots=True)
class Stay:
    """Whoever is inside leaves when this property changes to anything else."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class Workflow:
    """One workflow of the customer's own."""

    id: str
    name: str
    enabled: bool
    trigger: Trigger | None
    re_enroll: bool
    steps: tuple[Step, ...]
    goals: frozenset[Goal]
    window: Window | None
    stay: Stay | None = None


def read_workflow(workflow_id: str, spec: Spec) -> Workflow:
    """Read a description like those of `sandbox.kit.touch_workflows`; raises SpecError."""
    name = spec.get("name")
    if not isinstance(name, str) or not name.strip():
        raise SpecError("a workflow needs a name")
    return Workflow(
        id=workflow_id,
        name=name,
        enabled=_flag(spec, "enabled", usual=True),
        trigger=_read_trigger(spec.get("trigger")),
        re_enroll=_flag(spec, "re_enroll", usual=False),
        steps=read_steps(spec.get("steps")),
        goals=_read_goals(spec.get("goals")),
        window=_read_window(spec.get("window")),
        stay=_read_stay(spec.get("stay")),
    )


def read_steps(value: object) -> tuple[Step, ...]:
    """Read a list of steps; raises SpecError."""
    if value is None:
        return ()
    if not isinstance(value, Sequence) or isinstance(value, str):
        raise SpecError("steps must be a list")
    return tuple(_read_step(item) for item in value)


def _read_step(item: object) -> Step:  # noqa: PLR0911  a table
    if not isinstance(item, Mapping):
        raise SpecError("a step must be an object with 'do'")
    match item.get("do"):
        case "wait":
            return Wait(
                timedelta(days=_number(item, "days"), hours=_number(item, "hours"))
                + timedelta(minutes=_number(item, "minutes"))
            )
        case "email" | "sms" as channel:
            return Send(
                channel,
                addresses=_maybe(item, "addresses"),
                subject_from=_maybe(item, "subject_from"),
                text_from=_maybe(item, "text_from"),
            )
        case "task":
            return MakeTask(str(item.get("subject", "Call this contact")))
        case "set" | "copy" as change:
            return _read_change(item, copies=change == "copy")
        case "leave_sequence":
            return LeaveSequence()
        case "action":
            inputs = item.get("inputs", {})
            if not isinstance(inputs, Mapping):
                raise SpecError("an action's inputs must be an object")
            return CallAction(_text(item, "uid"), {str(k): str(v) for k, v in inputs.items()})
        case "branch":
            equals = item.get("equals")
            return Branch(
                _text(item, "property"),
                None if equals is None else str(equals),
                read_steps(item.get("then")),
                read_steps(item.get("else")),
            )
        case _:
            raise SpecError(
                "a step's 'do' must be wait, email, sms, task, set, copy, action, leave_sequence or branch"
            )


def _read_change(item: Spec, *, copies: bool) -> SetProperty | CopyProperty:
    if copies:
        return CopyProperty(_text(item, "from"), _text(item, "to"))
    value = item.get("value")
    return SetProperty(_text(item, "property"), None if value is None else str(value))


def _read_trigger(value: object) -> Trigger | None:
    if value is None:
        return None
    if not isinstance(value, Mapping):
        raise SpecError("a trigger must be an object with 'property' and 'when'")
    try:
        when = When(str(value.get("when", "changed")))
    except ValueError as error:
        raise SpecError("a trigger's 'when' must be known, changed or equals") from error
    wanted = value.get("value")
    if when is When.EQUALS and wanted is None:
        raise SpecError("a trigger that waits for equals needs a 'value'")
    return Trigger(_text(value, "property"), when, None if wanted is None else str(wanted))


def _read_stay(value: object) -> Stay | None:
    if value is None:
        return None
    if not isinstance(value, Mapping):
        raise SpecError("a stay must be an object with 'property' and 'equals'")
    return Stay(_text(value, "property"), _text(value, "equals"))


def _read_goals(value: object) -> frozenset[Goal]:
    if value is None:
        return frozenset()
    if not isinstance(value, Sequence) or isinstance(value, str):
        raise SpecError("goals must be a list")
    try:
        return frozenset(Goal(str(goal)) for goal in value)
    except ValueError as error:
        raise SpecError(f"goals must be among {', '.join(Goal)}") from error


def _read_window(value: object) -> Window | None:
    if value is None:
        return None
    if not isinstance(value, Mapping):
        raise SpecError("a window must be an object with 'from', 'to' and 'days'")
    first, last, days = value.get("from", 9), value.get("to", 19), value.get("days", range(6))
    hours = isinstance(first, int) and isinstance(last, int) and 0 <= first < last <= 24
    if not hours or not isinstance(days, Sequence) or not set(days) <= set(range(7)) or not days:
        raise SpecError("a window needs hours 0-24 with 'from' before 'to', and days 0-6")
    return Window(first, last, frozenset(days))


def _flag(spec: Spec, name: str, *, usual: bool) -> bool:
    value = spec.get(name, usual)
    if not isinstance(value, bool):
        raise SpecError(f"{name!r} must be true or false")
    return value


def _number(item: Spec, name: str) -> float:
    value = item.get(name, 0)
    if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
        raise SpecError(f"{name!r} must be a number that is not negative")
    return value


def _text(item: Spec, name: str) -> str:
    value = item.get(name)
    if not isinstance(value, str) or not value:
        raise SpecError(f"{name!r} must be a text")
    return value


def _maybe(item: Spec, name: str) -> str | None:
    value = item.get(name)
    return value if isinstance(value, str) and value else None
