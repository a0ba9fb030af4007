"""Fields of ours that the CRM had no room for are named before a message goes out with a gap (D12)."""

from workflows.enrollment.states import Way
from workflows.openers.values import EMAIL, SMS
from workflows.properties import BY_NEED, OF_TEMPLATES
from workflows.touches.ability import without_fields


def test_d12_each_way_needs_what_its_workflow_takes_from_the_contact() -> None:
    everything = {definition.name for definition in BY_NEED}
    assert without_fields([], list(Way)) == ""
    assert without_fields(everything - {*OF_TEMPLATES, "rekindle_trigger_at"}, [Way.TOUCHES]) == ""
    said = without_fields([EMAIL, SMS], [Way.TOUCHES])
    assert "“Rekindle opener: e-mail”, “Rekindle opener: text message”" in said
    assert "Make room" in said
    assert without_fields([EMAIL, SMS], [Way.WORKFLOW, Way.SEQUENCE]) == ""
    assert "“Rekindle status”" in without_fields(["rekindle_status"], [Way.SEQUENCE])


def test_what_a_start_needs_is_made_first_where_there_is_little_room() -> None:
    names = [definition.name for definition in BY_NEED]
    assert {*names[:9]} >= {*OF_TEMPLATES, "rekindle_trigger_at", "rekindle_status"}
