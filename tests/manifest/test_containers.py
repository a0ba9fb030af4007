"""The image and the compose file: nothing unexpected inside, nobody root, everything checked."""

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
COMMANDS = {"serve", "worker", "schedule", "migrate", "sandbox"}

yaml = pytest.importorskip("yaml")


def test_the_image_gets_every_package_and_no_secrets() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    packages = project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    rules = [line for line in lines if line and not line.startswith("#")]
    assert rules[0] == "*"
    let_in = {rule.removeprefix("!") for rule in rules if rule.startswith("!")}
    assert let_in == {*packages, "README.md", "pyproject.toml", "requirements.lock"}
    assert {"**/.env*", "**/node_modules"} <= set(rules)


def test_the_image_installs_by_hash_with_the_same_uv_and_drops_root() -> None:
    dockerfile = (ROOT / "Dockerfile").read_text()
    uv = re.search(r"^uv_version=(\S+)$", (ROOT / "run").read_text(), re.MULTILINE)
    assert uv is not None
    assert f"uv=={uv[1]}" in dockerfile
    installs = re.findall(r"^RUN uv pip install (.*)$", dockerfile, re.MULTILINE)
    assert len(installs) == 2
    for install in installs:
        assert "--require-hashes" in install or "--no-deps" in install
    final = dockerfile.rsplit("\nFROM ", 1)[1]
    assert re.findall(r"^USER (\S+)$", final, re.MULTILINE) == ["10001:10001"]
    assert 'ENTRYPOINT ["rekindle"]' in final


def test_services_run_our_commands_and_wait_for_what_they_need() -> None:
    services = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]
    ours = {name: service for name, service in services.items() if "build" in service}
    assert {service["command"][0] for service in ours.values()} == COMMANDS
    for service in ours.values():
        assert service["environment"]["REKINDLE_DATABASE_URL"].startswith("postgresql+psycopg://")
        for needed, rule in service["depends_on"].items():
            if rule["condition"] == "service_healthy":
                assert "healthcheck" in services[needed]
    for name in ("web", "worker", "schedule"):
        assert ours[name]["depends_on"]["migrate"] == {
            "condition": "service_completed_successfully"
        }
    assert "/readyz" in ours["web"]["healthcheck"]["test"][-1]
    assert ours["sandbox"]["profiles"] == ["sandbox"]


def test_ports_are_open_to_this_machine_alone() -> None:
    services = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]
    published = [port for service in services.values() for port in service.get("ports", [])]
    assert published
    assert all(port.startswith("127.0.0.1:") for port in published)


@pytest.mark.parametrize(
    "line",
    [
        # Written in two halves, so that the hook passes this file.
        "-----BEGIN RSA " + "PRIVATE KEY-----",
        "token = 'pat-" + "na1-0a1b2c3d-0000'",
        "AKIA" + "ABCDEFGHIJKLMNOP",
    ],
)
def test_the_secrets_hook_sees_a_secret(line: str) -> None:
    hooks = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())["repos"][0]["hooks"]
    pattern = next(hook["entry"] for hook in hooks if hook["id"] == "secrets")
    assert re.search(pattern, line)
    assert not re.search(pattern, "client_secret = settings.hubspot_client_secret")
