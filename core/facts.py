"""What one room tells the others, in the past tense; who reacts to which fact stands in app/pipeline.py."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class AccountInstalled:
    account_id: str


@dataclass(frozen=True, slots=True)
class ContactsErased:
    """Somebody used their right to be forgotten; the mirror has forgotten them already."""

    account_id: str


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
class ContactsScored:
    """Up to 1,000 contacts were scored, or have lost their score; None: everybody."""

    account_id: str
    contact_ids: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class OutcomesMatured:
    """Of some who were started or left alone 90 days ago it is now known whether they responded."""

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
    | ContactsErased
    | PropertiesProvisioned
    | BackfillFinished
    | FieldsJudged
    | ContactsChanged
    | ContactsScored
    | OutcomesMatured
    | ChampionChanged
    | PlanApproved
    | PlanApplied
)
