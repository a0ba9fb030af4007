"""What every door owes the mapper: values with their times, or none is used (S31, C7)."""

from connector.port.fields import FieldValue, ListsFields, ReadsFieldHistory
from core.db import reading
from core.moments import to_millis
from sync.fields import store as mapped_fields
from sync.fields.verdicts import INQUIRY, Reason, choose_candidates
from tests.contract.rekindle import CrmRekindle


def judge(rekindle: CrmRekindle) -> list[mapped_fields.Judged]:
    rekindle.read()
    rekindle.queue.step(rekindle.context)
    assert rekindle.queue.ran[-1] == "sync.jobs.judge_fields"
    assert rekindle.queue.waiting() == ["scoring.jobs.score_account"]
    with reading(rekindle.context.engine) as connection:
        return mapped_fields.load_judged(connection, rekindle.account_id, INQUIRY)


def test_s31_c7_without_times_no_field_is_used_and_with_them_the_canary_is_refused(
    rekindle: CrmRekindle,
) -> None:
    judged = judge(rekindle)
    with rekindle.opened() as crm:
        tells, lists = isinstance(crm, ReadsFieldHistory), isinstance(crm, ListsFields)
    verdicts = {one.verdict.name.removeprefix("contact."): one.verdict for one in judged}
    assert bool(verdicts) == lists
    shown = rekindle.web.get("/admin/fields").text.replace("&#39;", "'")
    if not tells:
        assert ("doesn't tell when it was filled in" in shown) == lists
        assert 'type="radio" name="property" value="c' not in shown, "none can be chosen"
        assert {v.reason for v in verdicts.values()} <= {Reason.NO_TIMES}
        assert not any(one.in_use for one in judged)
        return
    assert verdicts["lead_quality"].reason is Reason.AFTER_OUTCOME
    assert verdicts["lead_quality"].evidence.after > 10
    assert "Filled in after the outcome" in shown
    assert verdicts["inquiry_level"].accepted


def test_s31_listed_fields_are_the_customers_own(rekindle: CrmRekindle) -> None:
    rekindle.read()
    with rekindle.opened() as crm:
        listed = crm.fetch_fields() if isinstance(crm, ListsFields) else []
    names = [field.name for field in listed]
    assert len(names) == len(set(names))
    assert not [name for name in names if "rekindle_" in name]
    assert all(field.label and field.name for field in listed)


def test_c7_values_come_with_the_moment_they_were_set(rekindle: CrmRekindle) -> None:
    rekindle.install()
    contacts = sorted(rekindle.crm_side.contact_ids(rekindle.crm_side.account))
    now = to_millis(rekindle.context.clock.now())
    values: list[FieldValue] = []
    with rekindle.opened() as crm:
        if not (isinstance(crm, ReadsFieldHistory) and isinstance(crm, ListsFields)):
            return  # the test above says what becomes of its fields
        names = [field.name for field in choose_candidates(crm.fetch_fields())]
        values += crm.fetch_field_history([*contacts, rekindle.crm_side.missing_id], names)
    assert {v.contact_id for v in values} <= set(contacts)
    assert {v.name for v in values} <= set(names)
    assert all(0 < v.set_at <= now for v in values)


def test_s31_a_crm_that_does_not_answer_keeps_nobody_from_being_scored(
    first_rekindle: CrmRekindle,
) -> None:
    rekindle = first_rekindle
    rekindle.read()
    rekindle.crm_side.stumble(503, times=60)
    rekindle.queue.step(rekindle.context)
    assert rekindle.queue.waiting() == ["scoring.jobs.score_account"]
