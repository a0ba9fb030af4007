"""The settings of a process, read once at start from variables named REKINDLE_*."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    ValidationInfo,
    field_validator,
)

from core.errors import SettingsInvalid

PREFIX = "REKINDLE_"


class Settings(BaseModel):
    """What every process of the product needs; each CRM's own settings live in its folder."""

    model_config = ConfigDict(frozen=True)

    database_url: str = "sqlite:///.rekindle/rekindle.db"
    redis_url: str | None = None
    public_url: str = "http://localhost:8321"
    vault_keys: SecretStr = Field(
        description="id:base64 of 32 bytes, the newest first, separated by commas"
    )

    session_secret: SecretStr = Field(min_length=32)
    time_url: str | None = None
    log_format: str = "json"
    # The line of business whose playbooks hold at first; which there are is known above (app/compose.py).
    vertical: str = "general"

    # Whether the texts of notes and messages are read for the reason of a silence, and by whom.
    phi: bool = True  # the accounts hold health data: no text leaves this machine (D11)
    llm_url: str | None = None
    llm_api: Literal["openai", "anthropic"] = "openai"
    llm_key: SecretStr | None = None
    llm_model: str | None = None
    read_texts: Literal["off", "local", "llm"] = "local"
    # With fewer dormant contacts an account has a worklist instead of waves, until its admin says otherwise (S23).
    by_hand_under: int = Field(default=200, ge=0, le=1_000)

    @field_validator("public_url", "llm_url")
    @classmethod
    def _is_an_address(cls, value: str | None) -> str | None:
        parts = urlsplit(value or "https://unset")
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ValueError("wants an address such as https://app.example.com")
        return value.rstrip("/") if value else None

    @field_validator("read_texts")
    @classmethod
    def _has_a_model(cls, value: str, info: ValidationInfo) -> str:
        needed = ("llm_url", "llm_model")
        if value == "llm" and not all(info.data.get(name) for name in needed):
            raise ValueError("llm wants REKINDLE_LLM_URL and REKINDLE_LLM_MODEL as well")
        return value


@dataclass(frozen=True, slots=True)
class Environment:
    """All REKINDLE_* variables as they were at start, from which each CRM's folder takes its own."""

    values: Mapping[str, str]

    def child(self) -> dict[str, str]:
        """The same variables for a process that we start."""
        return dict(self.values)


def read_environment(variables: Mapping[str, str], *, dotenv: Path | None = None) -> Environment:
    """Collect REKINDLE_* from `variables`, over those of a `.env` file where one is given."""
    found: dict[str, str] = {}
    if dotenv is not None and dotenv.is_file():
        found.update(_parse_dotenv(dotenv.read_text(encoding="utf-8")))
    found.update({k: v for k, v in variables.items() if k.startswith(PREFIX)})
    return Environment(found)


def read_settings(environment: Environment) -> Settings:
    """Settings from the environment; raises SettingsInvalid naming the variable, never its value."""
    lowered = {
        key.removeprefix(PREFIX).lower(): value
        for key, value in environment.values.items()
        if value
    }
    names = set(Settings.model_fields)
    try:
        return Settings.model_validate({k: v for k, v in lowered.items() if k in names})
    except ValidationError as error:
        wrong = ", ".join(
            PREFIX + str(item["loc"][0]).upper() + f" ({item['msg']})" for item in error.errors()
        )
        raise SettingsInvalid(
            f"Set these variables (safe development values are in .env.example): {wrong}"
        ) from None


def _parse_dotenv(text: str) -> dict[str, str]:
    pairs = (line.split("=", 1) for line in text.splitlines() if "=" in line)
    return {
        key.strip(): value.strip().strip("\"'")
        for key, value in pairs
        if key.strip().startswith(PREFIX)
    }
