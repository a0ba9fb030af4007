"""The evaluator by its command line: what it reads, what it tells, what it refuses."""

import csv
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from sandbox.evaluate import app
from sandbox.sealing import seal_people
from sandbox.world.tenant import hearing_care
from sandbox.world.truth import PLANS, Truth, reveal
from sandbox.world.world import World

AS_OF = datetime(2026, 11, 16, 14, tzinfo=UTC)
PLAN = "sms_email_sms"
PEOPLE = 400


@dataclass
class FakeWriter:
    """A folder with a sealed truth, and the truth itself to compare with."""

    folder: Path
    truth: Truth

    @property
    def sealed(self) -> list[str]:
        files = {"--truth": "truth.jsonl", "--key-file": "key"}
        return [part for name, file in files.items() for part in (name, str(self.folder / file))]

    def write(self, name: str, text: str) -> Path:
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        return path

    def judge(self, text: str, *more: str) -> Result:
        path = self.write("predictions.csv", text)
        return CliRunner().invoke(app, ["judge", *self.sealed, "--predictions", str(path), *more])

    def outcomes(self, text: str, *more: str) -> Result:
        path = self.write("assignments.csv", text)
        where = ["--assignments", str(path), "--out", str(self.folder / "outcomes.csv")]
        return CliRunner().invoke(app, ["outcomes", *self.sealed, *where, *more])


def contact(person: int) -> str:
    return str(70_000 + person)


@pytest.fixture
def fake_writer(tmp_path: Path) -> FakeWriter:
    tenant = hearing_care(seed=51, contacts=PEOPLE, as_of=AS_OF)
    ids = {person: contact(person) for person in range(PEOPLE)}
    seal_people([(World(tenant), ids)], tmp_path / "truth.jsonl", tmp_path / "key")
    return FakeWriter(tmp_path, reveal(World(tenant)))


def predictions(chances: Callable[[int], tuple[float, float]], people: range) -> str:
    """A file of predictions, from the chances of returning and responding."""
    lines = ["contact_id,plan,p_return,p_respond,uplift"]
    for person in people:
        back, respond = chances(person)
        lines.append(f"{contact(person)},{PLAN},{back:.6f},{respond:.6f},{respond - back:.6f}")
    return "\n".join(lines) + "\n"


def known(fake_writer: FakeWriter) -> Callable[[int], tuple[float, float]]:
    def chances(person: int) -> tuple[float, float]:
        return float(fake_writer.truth.organic[person]), float(
            fake_writer.truth.treated[PLAN][person]
        )

    return chances


def test_a_pilots_outcomes_are_what_the_crm_would_have_shown(fake_writer: FakeWriter) -> None:
    arms = ["control", *PLANS]
    rows = [f"{contact(person)},{arms[person % len(arms)]}" for person in range(PEOPLE)]
    done = fake_writer.outcomes("\n".join(["contact_id,arm", *rows, "999,control"]), "--json")
    assert done.exit_code == 0, done.output
    with (fake_writer.folder / "outcomes.csv").open(encoding="utf-8") as file:
        told = list(csv.DictReader(file))
    assert [row["contact_id"] for row in told] == [contact(person) for person in range(PEOPLE)]
    for person, row in enumerate(told):
        arm, truth = row["arm"], fake_writer.truth
        expected = truth.returned if arm == "control" else truth.answered[arm]
        assert row["responded"] == str(int(expected[person]))
    said = json.loads(done.stdout)
    assert (said["n"], said["missing"]) == (PEOPLE, 1)
    assert said["arms"]["control"]["n"] == sum(row["arm"] == "control" for row in told)
    assert "999" not in done.output


def test_perfect_predictions_are_judged_as_the_oracle(fake_writer: FakeWriter) -> None:
    done = fake_writer.judge(predictions(known(fake_writer), range(PEOPLE + 5)[:PEOPLE]), "--json")
    assert done.exit_code == 0, done.output
    said = json.loads(done.stdout)
    assert said["n"] == PEOPLE
    assert said["plans"] == {PLAN: PEOPLE}
    assert said["respond"]["auc_share"] == pytest.approx(1.0)
    assert said["respond"]["base_rate"] == pytest.approx(fake_writer.truth.answered[PLAN].mean())
    assert said["return"]["base_rate"] == pytest.approx(fake_writer.truth.returned.mean())
    assert said["uplift"]["top_half"] == pytest.approx(said["uplift"]["top_half_oracle"])


def test_the_order_of_rows_changes_no_number(fake_writer: FakeWriter) -> None:
    header, *rows = predictions(known(fake_writer), range(PEOPLE)).splitlines()
    forward = fake_writer.judge("\n".join([header, *rows]), "--json")
    backward = fake_writer.judge("\n".join([header, *reversed(rows)]), "--json")
    assert forward.stdout == backward.stdout


def test_strangers_are_counted_and_not_named(fake_writer: FakeWriter) -> None:
    text = predictions(lambda _: (0.1, 0.2), range(10)) + "12345,sms,0.1,0.2,0.1\n"
    done = fake_writer.judge(text, "--json")
    assert json.loads(done.stdout)["missing"] == 1
    assert json.loads(done.stdout)["n"] == 10
    assert "12345" not in done.output


def test_without_json_people_can_read_it(fake_writer: FakeWriter) -> None:
    done = fake_writer.judge(predictions(known(fake_writer), range(PEOPLE)))
    assert "auc_share" in done.stdout
    assert "top_half_oracle" in done.stdout
    assert len(done.stdout.splitlines()) < 80


GOOD = "contact_id,plan,p_return,p_respond,uplift"


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "the header lacks contact_id"),
        ("contact_id,plan,p_return,p_respond\n", "the header lacks uplift"),
        (f"{GOOD}\n", "there are no rows"),
        (f"{GOOD}\n70001,fax,0.1,0.2,0.1\n", "line 2: plan must be one of email"),
        (f"{GOOD}\n70001,sms,0.1,1.2,0.1\n", "line 2: p_respond must be a number from 0 to 1"),
        (f"{GOOD}\n70001,sms,nan,0.2,0.1\n", "line 2: p_return must be a number from 0 to 1"),
        (f"{GOOD}\n70001,sms,0.1,0.2,-2\n", "line 2: uplift must be a number from -1 to 1"),
        (f"{GOOD}\n70001,sms\n", "line 2: p_return must be a number"),
        (f"{GOOD}\n,sms,0.1,0.2,0.1\n", "line 2: contact_id is empty"),
        (f"{GOOD}\n70001,sms,.1,.2,.1\n70001,sms,.1,.2,.1\n", "line 3: this contact came before"),
        (f'{GOOD}\n"70001,sms,0.1,0.2,0.1', "this is not UTF-8 CSV"),
        (f"{GOOD}\n1,sms,0.1,0.2,0.1\n", "the truth knows none of these contacts"),
    ],
)
def test_bad_predictions_end_in_one_line(
    fake_writer: FakeWriter, text: str, complaint: str
) -> None:
    done = fake_writer.judge(text)
    assert done.exit_code == 2
    assert complaint in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert done.stdout == ""


def test_bad_assignments_end_in_one_line_and_write_nothing(fake_writer: FakeWriter) -> None:
    done = fake_writer.outcomes("contact_id,arm\n70001,nothing\n")
    assert done.exit_code == 2
    assert "line 2: arm must be one of control, email" in done.stderr
    assert not (fake_writer.folder / "outcomes.csv").exists()


def test_no_truth_without_its_key(fake_writer: FakeWriter) -> None:
    """F: the file is sealed: another key finds nobody, a short one is refused."""
    text = predictions(known(fake_writer), range(PEOPLE))
    fake_writer.write("key", "f" * 64)
    assert "the truth knows none of these contacts" in fake_writer.judge(text).stderr
    fake_writer.write("key", "short")
    assert "must hold 16 characters" in fake_writer.judge(text).stderr
    (fake_writer.folder / "key").unlink()
    missing = fake_writer.judge(text)
    assert missing.exit_code == 2
    assert "the key file cannot be read" in missing.stderr


@pytest.mark.parametrize("text", ["{", "[]\n", '{"contact": "a"}\n', "\u00ff"])
def test_a_truth_that_is_none_is_refused(fake_writer: FakeWriter, text: str) -> None:
    fake_writer.write("truth.jsonl", text)
    done = fake_writer.judge(predictions(known(fake_writer), range(5)))
    assert done.exit_code == 2
    assert "not one that a sandbox has sealed" in done.stderr


def test_files_that_are_not_there_are_said_to_be_missing(fake_writer: FakeWriter) -> None:
    gone = str(fake_writer.folder / "gone.csv")
    done = CliRunner().invoke(app, ["judge", *fake_writer.sealed, "--predictions", gone])
    assert done.exit_code == 2
    assert done.stderr == "evaluate: gone.csv cannot be read: No such file or directory\n"
