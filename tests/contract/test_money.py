"""What sales bring is counted in the account's own currency, and once, whatever a CRM has besides."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from sqlalchemy.engine import Engine

from core.db import open_engine, reading
from sandbox.config import SandboxConfig
from sandbox.highlevel.client import HighLevelClient, easy_highlevel
from sandbox.hubspot.client import HubSpotClient, easy_hubspot, serving_hubspot
from scoring.store import find_audit
from scoring.summary.audit_summary import AuditSummary
from sync.frames import load_frames
from tests.contract.crm_sides.highlevel import HighLevelSide
from tests.contract.crm_sides.hubspot import HubSpotSide
from tests.contract.mailbox import open_mailbox
from tests.contract.rekindle import CrmRekindle, build_rekindle
from tests.databases import MadeTables

RATE = 1.25


@pytest.fixture
def make_engine(tmp_path: Path, made_tables: MadeTables) -> Iterator[Callable[[], Engine]]:
    engines: list[Engine] = []

    def make() -> Engine:
        engines.append(open_engine(f"sqlite:///{tmp_path / f'{len(engines)}.db'}"))
        made_tables.give(engines[-1])
        return engines[-1]

    yield make
    for engine in engines:
        engine.dispose()


def audited(rekindle: CrmRekindle) -> tuple[AuditSummary, dict[str, float]]:
    """The audit of an account, and the revenue of each of its buyers."""
    rekindle.install()
    rekindle.drain()
    account, context = rekindle.account_id, rekindle.context
    with reading(context.engine) as connection:
        summary = find_audit(connection, account)
    assert summary is not None
    _, events = load_frames(context.engine, account, as_of=context.clock.now())
    rekindle.crm_side.uninstall(rekindle.crm_side.account)
    bought = events.filter(pl.col("kind") == "purchase")
    spent = bought.group_by("contact_id").agg(pl.col("amount").sum())
    return summary, dict(spent.iter_rows())


def won_deals(lab: HubSpotClient) -> list[dict[str, Any]]:
    page = lab.control(f"records/{lab.portal}/deals?limit=1000")
    assert page["after"] is None or len(page["results"]) < 1_000
    deals = [
        deal for deal in page["results"] if deal["properties"].get("hs_is_closed_won") == "true"
    ]
    return [deal for deal in deals if deal["properties"].get("amount")]


def change(lab: HubSpotClient, deal: dict[str, Any], **values: str | None) -> None:
    lab.control(f"records/{lab.portal}/deals/{deal['id']}", values, method="PATCH")


def test_a_third_of_the_deals_in_another_currency_changes_no_total(
    make_engine: Callable[[], Engine],
) -> None:
    config = SandboxConfig(contacts=150, crms=("hubspot",), options=(easy_hubspot(),))
    with open_mailbox() as mailbox, serving_hubspot(config) as lab:
        side = HubSpotSide(lab, mailbox)

        def look() -> tuple[AuditSummary, dict[str, float]]:
            engine = make_engine()
            return audited(build_rekindle(side, engine, str(engine.url)))  # type: ignore[arg-type]

        before, revenue = look()
        lab.control("currencies", {"portal": lab.portal, "rates": {"EUR": RATE}})
        some = won_deals(lab)[::3]
        assert len(some) > 10
        for deal in some:
            amount = float(deal["properties"]["amount"])
            change(lab, deal, deal_currency_code="EUR", amount=f"{amount / RATE:.6f}")
        same, earned = look()
        assert same.value == before.value
        assert [s.typical_sale for s in same.segments] == [s.typical_sale for s in before.segments]
        assert earned == pytest.approx(revenue, abs=0.02)

        # The rate is gone: those sales count as purchases, their amounts in no total, and the audit says so.
        lab.control("currencies", {"portal": lab.portal, "rates": {}})
        for deal in some:
            change(lab, deal, amount_in_home_currency=None)
        less, rest = look()
        gap = next(gap for gap in less.gaps if gap.key == "foreign_currency")
        assert gap.count == len(some)
        assert f"{len(some)} in EUR" in gap.text
        assert [t.contacts for t in less.tracks] == [t.contacts for t in before.tracks]
        lost = sum(float(deal["properties"]["amount"]) for deal in some)
        assert sum(revenue.values()) - sum(rest.values()) == pytest.approx(lost, abs=1)


def test_a_deal_of_several_contacts_counts_once_in_every_total(
    make_engine: Callable[[], Engine],
) -> None:
    config = SandboxConfig(contacts=120, crms=("hubspot",), options=(easy_hubspot(),))
    with open_mailbox() as mailbox, serving_hubspot(config) as lab:
        side = HubSpotSide(lab, mailbox)

        def look() -> tuple[AuditSummary, dict[str, float]]:
            engine = make_engine()
            return audited(build_rekindle(side, engine, str(engine.url)))  # type: ignore[arg-type]

        before, revenue = look()
        contacts = sorted(revenue, key=int)
        for deal in won_deals(lab)[::2]:
            for contact in contacts[:3]:
                path = f"records/{lab.portal}/deals/{deal['id']}/associate/contacts/{contact}"
                lab.control(path, {})
        shared, earned = look()
        assert sum(earned.values()) == pytest.approx(sum(revenue.values()))
        assert shared.value.basis == before.value.basis
        assert {t.key: t.contacts for t in shared.tracks}["customer"] >= (
            {t.key: t.contacts for t in before.tracks}["customer"]
        )


def test_payments_in_another_currency_are_left_out_and_named(
    make_engine: Callable[[], Engine],
) -> None:
    config = SandboxConfig(crms=("highlevel",), options=(easy_highlevel(80),))
    with open_mailbox() as mailbox, serving_hubspot(config) as lab:
        side, highlevel = HighLevelSide(lab, mailbox), HighLevelClient(lab)

        def look() -> tuple[AuditSummary, dict[str, float]]:
            engine = make_engine()
            return audited(build_rekindle(side, engine, str(engine.url)))  # type: ignore[arg-type]

        before, revenue = look()
        buyer = max(revenue, key=lambda contact: revenue[contact])
        for _ in range(5):
            paid = {"contactId": buyer, "amount": 9_999.0, "currency": "JPY"}
            highlevel.control(f"records/{highlevel.location}/transactions", paid)
        after, earned = look()
        gap = next(gap for gap in after.gaps if gap.key == "foreign_currency")
        assert "in JPY" in gap.text
        assert gap.count in {4, 5}, "the pretend platform makes some payments in test mode"
        assert after.value.currency == before.value.currency == "USD"
        assert earned == pytest.approx(revenue)
        assert after.value.basis == before.value.basis
