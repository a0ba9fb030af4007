"""Makes properties one by one, as many as the CRM lets us, and says which it did not."""

from collections.abc import Callable, Iterable

from connector.errors import CrmInvalid, CrmLimitReached
from connector.port.fields import PropertyDefinition
from connector.port.writing import Provisioned


def make_each(
    definitions: Iterable[PropertyDefinition], make: Callable[[PropertyDefinition], int]
) -> Provisioned:
    """`make` answers 1 for a property that is new; once a limit is reached no further one is asked for."""
    waiting = list(definitions)
    made, missing, reason = 0, list[str](), None
    while waiting:
        try:
            made += make(waiting[0])
        except CrmLimitReached as error:
            missing += [definition.name for definition in waiting]
            return Provisioned(made, tuple(missing), error.message, error.limit)
        except CrmInvalid as error:
            missing.append(waiting[0].name)
            reason = reason or error.message
        waiting.pop(0)
    return Provisioned(made, tuple(missing), reason)
