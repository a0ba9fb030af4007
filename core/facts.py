"""What one package tells the others, in the past tense; who reacts to which fact stands in app/pipeline.py."""

from dataclasses import dataclass, fields


@dataclass(frozen=True, slots=True)
class AccountInstalled:
    account_id: str


@dataclass(frozen=True, slots=True)
class NoticesStored:
    """The CRM has told of changes; what it told waits in the inbox."""

    account_id: str


@dataclass(frozen=True, slots=True)
class AgencyChanged:
    """An agency's accounts may be others than before; `account_id` is the agency's."""

    account_id: str


@dataclass(frozen=True, slots=True)
class FieldsChosen:
    """A person has decided which field of the CRM feeds one of ours."""

    account_id: str


@dataclass(frozen=True, slots=True)
class MappingChanged:
    """A person has decided which properties of the CRM feed which inputs; the contacts' own columns stay theirs."""

    account_id: str


@dataclass(frozen=True, slots=True)
class MappingTried:
    """A person wants to see what a mapping would make of one contact, before it is saved."""

    account_id: str
    trial_id: str


@dataclass(frozen=True, slots=True)
class ReadingSettingsChanged:
    """The account's settings now want other texts read, or by somebody else."""

    account_id: str


@dataclass(frozen=True, slots=True)
class ScoringSettingsChanged:
    """The account's settings now give other scores."""

    account_id: str


@dataclass(frozen=True, slots=True)
class PlaybooksChanged:
    """The account now has other playbooks, and perhaps other segments."""

    account_id: str


@dataclass(frozen=True, slots=True)
class ContactSettingsChanged:
    """The account's settings now say otherwise of when, or how often, somebody may be contacted."""

    account_id: str


@dataclass(frozen=True, slots=True)
class WaveApproved:
    """A person has let a proposed wave start."""

    account_id: str


@dataclass(frozen=True, slots=True)
class ListApproved:
    """A person has let a group of contacts become a list in the CRM."""

    account_id: str


@dataclass(frozen=True, slots=True)
class ContactsErased:
    """Up to 1,000 people who used their right to be forgotten."""

    account_id: str
    contact_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PropertiesProvisioned:
    account_id: str


@dataclass(frozen=True, slots=True)
class BackfillFinished:
    account_id: str


@dataclass(frozen=True, slots=True)
class FieldsJudged:
    """Which fields of the account may be used is known, as far as it can be."""

    account_id: str


@dataclass(frozen=True, slots=True)
class ContactsChanged:
    """Up to 1,000 contacts whose mirrored values differ from before; each has a mark until it is scored again."""

    account_id: str
    contact_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ContactsHeard:
    """Up to 1,000 contacts of whom the mirror has something new: they acted, or want otherwise than before."""

    account_id: str
    contact_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ContactsMerged:
    """Up to 1,000 contacts of which others have become part; what hangs on the others is still to follow."""

    account_id: str
    contact_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ContactsScored:
    """Up to 1,000 contacts have new scores, or none has one any more; None: everybody of the account."""

    account_id: str
    contact_ids: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class ContactsStarted:
    """These contacts, up to a wave of them, have a workflow from now on."""

    account_id: str
    contact_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RoundsEnded:
    """Up to 1,000 contacts of whom nothing more is asked in the round that was running."""

    account_id: str
    contact_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ContactsSetAside:
    """Somebody of the team has put these contacts off, or will have them back."""

    account_id: str
    contact_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RoundsStopped:
    """Somebody of the team has ended rounds of the account, of which the CRM is to be told."""

    account_id: str


@dataclass(frozen=True, slots=True)
class ControlsDrawn:
    """These contacts, up to 1,000, are left alone on purpose from now on, to measure what comes back by itself."""

    account_id: str
    contact_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OutcomesMatured:
    """Of some who were started or left alone 90 days ago it is now known whether they responded."""

    account_id: str


@dataclass(frozen=True, slots=True)
class OutcomesTold:
    """Of people of both arms it is now known what they did by so many days."""

    account_id: str


@dataclass(frozen=True, slots=True)
class ChampionChanged:
    """The account's contacts are to be scored by another version of its model than before."""

    account_id: str


@dataclass(frozen=True, slots=True)
class PlanApproved:
    account_id: str
    plan_id: str


@dataclass(frozen=True, slots=True)
class PlanApplied:
    account_id: str
    plan_id: str


Fact = (
    AccountInstalled
    | AgencyChanged
    | FieldsChosen
    | MappingChanged
    | MappingTried
    | NoticesStored
    | ReadingSettingsChanged
    | ScoringSettingsChanged
    | ContactSettingsChanged
    | PlaybooksChanged
    | WaveApproved
    | ContactsErased
    | PropertiesProvisioned
    | BackfillFinished
    | FieldsJudged
    | ContactsChanged
    | ContactsHeard
    | ContactsMerged
    | ContactsScored
    | ContactsStarted
    | RoundsEnded
    | ContactsSetAside
    | RoundsStopped
    | ControlsDrawn
    | OutcomesMatured
    | OutcomesTold
    | ChampionChanged
    | PlanApproved
    | PlanApplied
    | ListApproved
)


def arguments(fact: Fact) -> tuple[str, ...]:
    """What a job needs to know of a fact besides its account: the ids that the fact carries."""
    found: list[str] = []
    for field in fields(fact)[1:]:
        value = getattr(fact, field.name)
        found += [value] if isinstance(value, str) else list(value or ())
    return tuple(found)
