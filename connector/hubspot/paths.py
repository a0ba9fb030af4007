"""The dated API's version, in one place, and the paths built from it."""

from core import log

API_VERSION = "2026-09"

_log = log.get(__name__)

TOKEN = f"/oauth/{API_VERSION}/token"
INTROSPECT = f"/oauth/{API_VERSION}/token/introspect"
ACCOUNT = f"/account-info/{API_VERSION}/details"
# The word stands there twice.
_CONVERSATIONS = f"/conversations/conversations/{API_VERSION}"
THREADS = f"{_CONVERSATIONS}/threads"
CHANNELS = f"{_CONVERSATIONS}/channels"
LISTS = f"/crm/lists/{API_VERSION}"
LIST_SEARCH = f"{LISTS}/search"
LIST_MEMBERSHIPS = f"{LISTS}/records/memberships/batch/read"
_STATUSES = f"/communication-preferences/{API_VERSION}/statuses/batch"
SUBSCRIPTIONS_READ = f"{_STATUSES}/read"
OPT_OUTS_READ = f"{_STATUSES}/unsubscribe-all/read"
# Workflows can be read in the beta alone.
FLOWS = f"/automation/{API_VERSION}-beta/flows"
SEQUENCES = f"/automation/sequences/{API_VERSION}"
ENROLLMENTS = f"{SEQUENCES}/enrollments"
OWNERS = f"/crm/owners/{API_VERSION}"
PROPERTIES = f"/crm/properties/{API_VERSION}"
PROPERTY_LIMITS = f"/crm/limits/{API_VERSION}/custom-properties"


def objects(kind: str, *more: str) -> str:
    """`/crm/objects/2026-09/contacts/batch/read` from ("contacts", "batch", "read")."""
    return "/".join([f"/crm/objects/{API_VERSION}", kind, *more])


def thread(thread_id: str) -> str:
    """The address of one thread."""
    return f"{THREADS}/{thread_id}"


def sequence(sequence_id: str) -> str:
    """The address of one sequence."""
    return f"{SEQUENCES}/{sequence_id}"


def enrollment(contact_id: str) -> str:
    """The address of the sequence that a contact is in."""
    return f"{ENROLLMENTS}/contact/{contact_id}"


def messages(thread_id: str) -> str:
    """The address of one thread's messages."""
    return f"{THREADS}/{thread_id}/messages"


def older_objects(kind: str, *more: str) -> str:
    """The same address before the dated API; unsupported from September 2027."""
    return "/".join(["/crm/v3/objects", kind, *more])


def tell_older() -> None:
    """Say that an older address is about to be used: nobody is to learn of it only when it ends."""
    _log.warning("hubspot.older_api", wanted=API_VERSION, used="v3")


def associations(from_kind: str, to_kind: str) -> str:
    """The address that tells for a batch of records what is linked to them."""
    return f"/crm/associations/{API_VERSION}/{from_kind}/{to_kind}/batch/read"
