"""Controls on every CRM: drawn with their wave, shown as left alone, and started by nobody (S21)."""

from datetime import timedelta

import pytest

from core.db import reading
from tests.contract.rekindle import CrmRekindle
from workflows.decisions import draws

pytestmark = pytest.mark.integration


def test_s21_controls_show_as_left_alone_and_nobody_starts_them(
    first_rekindle: CrmRekindle,
) -> None:
    rekindle, crm_side = first_rekindle, first_rekindle.crm_side
    rekindle.write_values()
    crm_side.advance(rekindle.context.clock.now() + timedelta(hours=4))
    wave = rekindle.approve_wave()
    with reading(rekindle.context.engine) as connection:
        assigned = draws.load_assignments(connection, rekindle.account_id)
    controls = [row["contact_id"] for row in assigned if row["held_out"]]
    assert controls
    assert {row["contact_id"] for row in assigned if not row["held_out"]} == {*wave}
    assert {row["assigned_at"] for row in assigned} == {rekindle.context.clock.now()}
    for contact_id in controls:
        shown = crm_side.values(crm_side.account, contact_id)
        assert shown["rekindle_holdout"] == "true"
        assert shown["rekindle_status"] == "held_out"
        assert not shown.get("rekindle_best_channel")
    rekindle.start_all_due()
    entries = crm_side.count_entries(crm_side.account)
    assert not {*controls} & {*entries}
