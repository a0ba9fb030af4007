"""An account's own list: read from any file, kept as hashes, and asked about everybody (D1, D8, D10)."""

from collections.abc import Iterator, Sequence
from typing import Any, cast

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from connector.errors import CrmForbidden
from connector.port.records import ContactRow
from contact_rules.listed import decode, read_names, works_at
from contact_rules.person import Policy
from contact_rules.verdict import Deny, choose_channel
from core.context import Context, entered
from core.moments import to_millis
from core.vault import VaultError
from sync.mirror.merging import follow_merge
from sync.mirror.store import erase_contacts, save_contacts
from sync.mirror.team import learn_team, load_team
from tests.scoring.mirrored import Mirrored
from workflows.gate.do_not_contact import add_file, remember_erased, remove_file
from workflows.gate.people import load_people
from workflows.gate.tables import list_salts, listed

pytestmark = pytest.mark.integration

ACCOUNT = "hubspot-1"
ZONE = "America/New_York"
FILE = b"""Name;E-Mail;Telefon
Ann;Ann+x@Example.com;
Bob;;(212) 555-0123
Cat;@rival.example;2024-01-02
"""


@pytest.fixture
def context(engine: Engine) -> Context:
    return Mirrored(engine).context


@pytest.fixture
def tx(engine: Engine, context: Context) -> Iterator[Connection]:
    with entered(context), engine.begin() as connection:
        yield connection


def add(tx: Connection, context: Context, content: bytes, account: str = ACCOUNT) -> Any:
    now = context.wall.now()
    return add_file(
        tx, account, content, vault=context.vault, tenant_zone=ZONE, by="admin", now=now
    )


def mirrored(tx: Connection, context: Context, **people: tuple[str | None, str | None]) -> None:
    empty: dict[str, Any] = dict.fromkeys(ContactRow.__annotations__)
    told = {"archived": False, "fields": "{}", "known": "{}"}
    rows = [
        cast("ContactRow", {**empty, **told, "contact_id": i, "email": email, "phone": phone})
        for i, (email, phone) in people.items()
    ]
    save_contacts(tx, ACCOUNT, rows, asked_at=to_millis(context.wall.now()))


def refused(tx: Connection, context: Context, *ids: str, policy: Policy | None = None) -> set[str]:
    """Those of these who are denied for being on a list, staff or a competitor's."""
    policy, at = policy or Policy(tenant_zone=ZONE), context.wall.now()
    people = load_people(tx, ACCOUNT, dict.fromkeys(ids), at=at, policy=policy)
    verdicts = {i: choose_channel(person, at, policy) for i, person in people.items()}
    words = ("On your do-not-contact list", "Works for you", "Works for a competitor")
    return {i for i, v in verdicts.items() if isinstance(v, Deny) and v.reason.startswith(words)}


def test_addresses_numbers_and_domains_of_a_file_are_refused_however_they_are_written_d1(
    tx: Connection, context: Context
) -> None:
    taken = add(tx, context, FILE)
    assert (taken.addresses, taken.numbers, taken.domains, taken.unread) == (1, 1, 1, 0)
    mirrored(
        tx,
        context,
        ann=("ann@example.com", None),
        bob=("b@example.org", "+1 212 555 0123"),
        cat=("cat@mail.rival.example", None),
        dan=("dan@example.com", "+1 212 555 0124"),
    )
    assert refused(tx, context, "ann", "bob", "cat", "dan") == {"ann", "bob", "cat"}
    assert add(tx, context, FILE).changed == 0
    now = context.wall.now()
    names = b"ann@example.com"
    remove_file(tx, ACCOUNT, names, vault=context.vault, tenant_zone=ZONE, by="admin", now=now)
    assert refused(tx, context, "ann", "bob", "cat") == {"bob", "cat"}


def test_nothing_of_the_list_can_be_read_back_and_no_two_accounts_share_a_hash_d10(
    tx: Connection, context: Context
) -> None:
    add(tx, context, b"ann@example.com")
    add(tx, context, b"ann@example.com", account="hubspot-2")
    rows = [dict(row) for t in (listed, list_salts) for row in tx.execute(sa.select(t)).mappings()]
    assert "ann" not in str(rows)
    assert len({row["digest"] for row in rows if "digest" in row}) == 2


def test_the_list_outlasts_an_erasure_a_merge_and_an_import_d10(
    tx: Connection, context: Context
) -> None:
    mirrored(tx, context, old=("ann@example.com", None), bob=("bob@example.com", "2125550123"))
    add(tx, context, b"ann@example.com")
    mirrored(tx, context, new=("ann@example.com", None))
    follow_merge(tx, ACCOUNT, ["old"], "new")
    assert refused(tx, context, "new") == {"new"}
    now = context.wall.now()
    remember_erased(tx, ACCOUNT, ["new", "bob"], vault=context.vault, tenant_zone=ZONE, now=now)
    erase_contacts(tx, ACCOUNT, ["new", "bob"])
    mirrored(
        tx,
        context,
        a=("Ann@example.com", None),
        b=(None, "+1 212-555-0123"),
        c=("c@example.com", None),
    )
    assert refused(tx, context, "a", "b", "c") == {"a", "b"}


def test_without_the_key_of_its_salt_nobody_is_let_through(
    tx: Connection, context: Context
) -> None:
    add(tx, context, b"ann@example.com")
    tx.execute(sa.update(list_salts).values(sealed="gone:AAAA"))
    mirrored(tx, context, ann=("ann@example.com", None))
    with pytest.raises(VaultError):
        refused(tx, context, "ann")


def test_own_staff_and_competitors_are_left_alone_and_free_mail_is_nobodys_d8(
    tx: Connection, context: Context
) -> None:
    policy = Policy(
        tenant_zone=ZONE,
        own_domains=frozenset({"clinic.example"}),
        competitor_domains=frozenset({"rival.example"}),
    )
    mirrored(
        tx,
        context,
        staff=("ann@clinic.example", None),
        part=("bob@mail.clinic.example", None),
        rival=("cat@rival.example", None),
        other=("dan@notclinic.example", None),
    )
    found = refused(tx, context, "staff", "part", "rival", "other", policy=policy)
    assert found == {"staff", "part", "rival"}
    assert not works_at(None, policy.own_domains)


class TellingCrm:
    """A CRM that names its users, or will not."""

    def __init__(self, *addresses: str, refuses: bool = False) -> None:
        self.addresses, self.refuses = addresses, refuses

    def fetch_team(self) -> Sequence[str]:
        if self.refuses:
            raise CrmForbidden("The permission to see users is missing.")
        return self.addresses


def test_users_of_the_crm_are_left_alone_until_they_are_gone_d8(
    engine: Engine, context: Context
) -> None:
    longest = f"{'x' * 400}@example.com"
    with entered(context):
        learn_team(
            context, TellingCrm("Ann+crm@Gmail.com", "bob@example.com", "", longest), ACCOUNT
        )
        with engine.begin() as tx:
            mirrored(
                tx,
                context,
                ann=("a.nn@gmail.com", None),
                bob=("bob@example.com", None),
                cat=(None, None),
            )
            assert refused(tx, context, "ann", "bob", "cat") == {"ann", "bob"}
            assert load_team(tx, "hubspot-2") == frozenset()
        learn_team(context, TellingCrm(refuses=True), ACCOUNT)
        with engine.begin() as tx:
            assert refused(tx, context, "ann", "bob", "cat") == {"ann", "bob"}, (
                "what is known stays"
            )
        learn_team(context, TellingCrm("bob@example.com"), ACCOUNT)
        with engine.begin() as tx:
            assert refused(tx, context, "ann", "bob", "cat") == {"bob"}


@pytest.mark.parametrize(
    ("text", "counts"),
    [
        ("ann@example.com\nrival.example\n+49 30 123456\n", (1, 1, 1, 0)),
        ("id,email,created\n1234567,a@b.example,2024-05-06\n7654321,,2024-05-07\n", (1, 0, 0, 1)),
        ("a@b.example,c@d.example\n\n", (2, 0, 0, 0)),
        ("nothing here\nor here\n", (0, 0, 0, 1)),
        ("", (0, 0, 0, 0)),
    ],
)
def test_what_a_file_names(text: str, counts: tuple[int, int, int, int]) -> None:
    for content in (text.encode(), text.encode("utf-8-sig"), text.encode("utf-16")):
        named = read_names(decode(content))
        found = len(named.addresses), len(named.numbers), len(named.domains), named.unread
        assert found == counts
