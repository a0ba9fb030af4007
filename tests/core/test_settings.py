"""Settings come from the variables that were given, and errors name the variable, never its value."""

from pathlib import Path

import pytest

from core.errors import SettingsInvalid
from core.settings import Environment, read_environment, read_settings
from core.vault import new_key

NEEDED = {"REKINDLE_VAULT_KEYS": new_key(), "REKINDLE_SESSION_SECRET": "x" * 32}


def test_defaults_serve_one_machine() -> None:
    settings = read_settings(Environment(NEEDED))
    assert settings.database_url.startswith("sqlite:")
    assert settings.redis_url is None


def test_an_empty_variable_is_no_variable() -> None:
    empty = {"REKINDLE_REDIS_URL": "", "REKINDLE_TIME_URL": ""}
    settings = read_settings(Environment({**NEEDED, **empty}))
    assert settings.redis_url is None


def test_only_the_environment_that_was_given_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REKINDLE_REDIS_URL", "redis://elsewhere")
    monkeypatch.setenv("REKINDLE_TIME_URL", "")
    settings = read_settings(Environment(NEEDED))
    assert settings.redis_url is None
    monkeypatch.setenv("REKINDLE_VAULT_KEYS", new_key())
    with pytest.raises(SettingsInvalid, match="REKINDLE_VAULT_KEYS"):
        read_settings(Environment({"REKINDLE_SESSION_SECRET": "x" * 32}))


def test_a_wrong_setting_is_named_and_not_shown() -> None:
    wrong = "too-short-to-be-one"
    with pytest.raises(SettingsInvalid) as refused:
        read_settings(Environment({**NEEDED, "REKINDLE_SESSION_SECRET": wrong}))
    assert "REKINDLE_SESSION_SECRET" in refused.value.message
    assert wrong not in refused.value.message
    assert refused.value.__cause__ is None


def test_everything_missing_is_named_at_once() -> None:
    with pytest.raises(SettingsInvalid) as refused:
        read_settings(Environment({}))
    assert all(name in refused.value.message for name in NEEDED)
    assert ".env.example" in refused.value.message


def test_secrets_do_not_show_in_a_printed_settings() -> None:
    printed = repr(read_settings(Environment(NEEDED)))
    assert not any(value in printed for value in NEEDED.values())


def test_variables_win_over_the_file_and_strangers_are_left_out(tmp_path: Path) -> None:
    dotenv = tmp_path / ".env"
    dotenv.write_text(
        "# a comment = with a sign\n\nREKINDLE_A='from file'\n REKINDLE_B = \"b=c\" \n"
        "OTHER=1\nREKINDLE_BROKEN\n#REKINDLE_OFF=1\n"
    )
    environment = read_environment({"REKINDLE_A": "given", "HOME": "/"}, dotenv=dotenv)
    assert environment.values == {"REKINDLE_A": "given", "REKINDLE_B": "b=c"}


def test_a_file_that_is_not_there_is_no_error(tmp_path: Path) -> None:
    assert read_environment({}, dotenv=tmp_path / "none").values == {}


def test_a_child_gets_the_same_variables_as_a_copy() -> None:
    environment = Environment(NEEDED)
    child = environment.child()
    child["REKINDLE_VAULT_KEYS"] = "changed"
    assert environment.values == NEEDED


def test_texts_are_read_here_and_sent_nowhere_until_somebody_says_so() -> None:
    settings = read_settings(Environment(NEEDED))
    assert (settings.read_texts, settings.phi, settings.llm_url) == ("local", True, None)


MODEL = {"REKINDLE_LLM_URL": "http://localhost:11434/v1/", "REKINDLE_LLM_MODEL": "small"}


def test_a_model_needs_an_address_and_a_name() -> None:
    asked = {**NEEDED, "REKINDLE_READ_TEXTS": "llm"}
    settings = read_settings(Environment({**asked, **MODEL, "REKINDLE_PHI": "false"}))
    assert (settings.llm_url, settings.phi) == ("http://localhost:11434/v1", False)
    for name in MODEL:
        less = {k: v for k, v in MODEL.items() if k != name}
        with pytest.raises(SettingsInvalid, match="REKINDLE_READ_TEXTS"):
            read_settings(Environment({**asked, **less}))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("READ_TEXTS", "sometimes"),
        ("LLM_API", "other"),
        ("LLM_URL", "not an address"),
        ("PHI", "?"),
    ],
)
def test_a_wrong_word_for_texts_is_named(name: str, value: str) -> None:
    with pytest.raises(SettingsInvalid, match=f"REKINDLE_{name}"):
        read_settings(Environment({**NEEDED, f"REKINDLE_{name}": value}))


def test_a_models_key_does_not_show() -> None:
    settings = read_settings(Environment({**NEEDED, "REKINDLE_LLM_KEY": "k-secret"}))
    assert "k-secret" not in repr(settings)
