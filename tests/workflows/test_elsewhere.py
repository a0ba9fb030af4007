"""Who is in another of the account's workflows just now gets no message of ours beside it (D7)."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest
from sqlalchemy.engine import Engine

from connector.errors import CrmForbidden, CrmNotFound
from connector.port.automation import WorkflowChoice
from workflows.enrollment.bindings import Binding, bind
from workflows.enrollment.states import Way
from workflows.touches.elsewhere import find_elsewhere

pytestmark = pytest.mark.integration

ACCOUNT = "highlevel-1"
NOW = datetime(2026, 11, 17, 17, tzinfo=UTC)


@dataclass
class Crm:
    """A CRM with workflows and who is in them now; None: the workflow is gone."""

    workflows: dict[str, set[str] | None]
    asked: list[str] = field(default_factory=list)

    def fetch_workflows(self) -> Sequence[WorkflowChoice]:
        return [WorkflowChoice(i, i) for i in self.workflows]

    def add_to_workflow(self, contact_id: str, workflow_id: str) -> None:
        raise NotImplementedError

    def fetch_members(
        self, contact_ids: Sequence[str], workflow_id: str, *, now_only: bool = False
    ) -> frozenset[str]:
        assert now_only
        self.asked.append(workflow_id)
        members = self.workflows[workflow_id]
        if members is None:
            raise CrmNotFound("gone")
        return frozenset(members.intersection(contact_ids))


class Closed(Crm):
    def fetch_workflows(self) -> Sequence[WorkflowChoice]:
        raise CrmForbidden("no permission")


def found(engine: Engine, crm: object, *ids: str) -> frozenset[str]:
    return find_elsewhere(engine, crm, ACCOUNT, ids, pause=lambda _seconds: None)


def test_members_of_other_workflows_are_found_and_those_of_ours_are_not_d7(engine: Engine) -> None:
    with engine.begin() as tx:
        bind(tx, ACCOUNT, ["lead_reactivation"], Binding("ours", Way.TOUCHES), now=NOW)
    crm = Crm({"ours": {"1", "2"}, "welcome": {"2", "9"}, "gone": None, "offer": {"3"}})
    assert found(engine, crm, "1", "2", "3", "4") == {"2", "3"}
    assert crm.asked == ["welcome", "gone", "offer"]
    assert found(engine, crm) == frozenset()


def test_where_the_crm_does_not_tell_nobody_is_known_to_be(engine: Engine) -> None:
    assert found(engine, Closed({}), "1") == frozenset()
    assert found(engine, object(), "1") == frozenset()
