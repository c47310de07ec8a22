"""Settings: what the environment and `.env` say. Secrets do not show in logs, tracebacks or messages."""

import os
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import quote, urlsplit

from dotenv import dotenv_values
from pydantic import AfterValidator, Field, SecretStr, ValidationError
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, SettingsConfigDict

from bot.config.secret_files import read_secrets
from bot.errors import ConfigError


def _starting(prefix: str, where: str) -> AfterValidator:
    def check(token: SecretStr) -> SecretStr:
        text = token.get_secret_value()
        if not text.startswith(prefix) or not text.isascii() or any(character.isspace() for character in text):
            raise ValueError(f"is not a token that starts with {prefix}; copy it from the app's page, {where}")
        return token

    return AfterValidator(check)


def _usable_database(url: SecretStr) -> SecretStr:
    scheme, separator, rest = url.get_secret_value().partition("://")
    if scheme in ("postgres", "postgresql"):
        raise ValueError(f"names no driver; write postgresql+psycopg://... instead of {scheme}://...")
    # The value may hold a password, so the message does not repeat it.
    if not separator or scheme not in ("sqlite", "postgresql+psycopg") or (scheme == "sqlite" and rest[:1] != "/"):
        raise ValueError("is not a database; write sqlite:///crunchtime.db or postgresql+psycopg://USER@HOST/NAME")
    return url


def _usable_api(url: str) -> str:
    if not url.startswith(("https://", "http://")) or not url.endswith("/api/"):
        raise ValueError("is not the base of a Web API; write a URL that ends in /api/, such as https://slack.com/api/")
    return url


def _usable_bind(bind: str) -> str:
    try:
        parts = urlsplit(f"//{bind}")
        usable = bool(parts.hostname) and parts.port is not None and parts.netloc == bind and "@" not in bind
    except ValueError:  # a port that is no number or over 65535
        usable = False
    if not usable:
        raise ValueError("is not HOST:PORT; write an address and a port such as 127.0.0.1:3000")
    return bind


def _usable_bot(url: str) -> str:
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:  # a port that is no number or over 65535
        usable = False
    if not usable or "@" in url or parts.query or parts.fragment:
        raise ValueError(
            "is not where the bot is; write a URL such as https://gpus.example.org or http://10.0.0.1:3000"
        )
    return url.rstrip("/")


SHORTEST_TOKEN = 16
BotToken = Annotated[SecretStr, _starting("xoxb-", "OAuth & Permissions")]
AppToken = Annotated[SecretStr, _starting("xapp-", "Basic Information, App-Level Tokens (connections:write)")]


class Settings(BaseSettings):
    """The environment, by the names that the documentation lists. An empty variable counts as unset."""

    model_config = SettingsConfigDict(env_file_encoding="utf-8", env_ignore_empty=True, extra="ignore", frozen=True)

    slack_bot_token: BotToken | None = Field(None, validation_alias="SLACK_BOT_TOKEN")
    slack_app_token: AppToken | None = Field(None, validation_alias="SLACK_APP_TOKEN")
    slack_signing_secret: SecretStr | None = Field(None, validation_alias="SLACK_SIGNING_SECRET")
    slack_api_url: Annotated[str, AfterValidator(_usable_api)] = Field(
        "https://slack.com/api/", validation_alias="CRUNCHTIME_SLACK_API_URL"
    )
    database_url: Annotated[SecretStr, AfterValidator(_usable_database)] = Field(
        SecretStr("sqlite:///crunchtime.db"), validation_alias="CRUNCHTIME_DATABASE_URL"
    )
    database_password: SecretStr | None = Field(None, validation_alias="CRUNCHTIME_DATABASE_PASSWORD")
    lab: Path = Field(Path("lab.toml"), validation_alias="CRUNCHTIME_LAB")
    bind: Annotated[str, AfterValidator(_usable_bind)] = Field("127.0.0.1:3000", validation_alias="CRUNCHTIME_BIND")
    agent_token: SecretStr | None = Field(None, validation_alias="CRUNCHTIME_AGENT_TOKEN")
    agent_socket: Path = Field(Path("/run/crunchtime/agent.sock"), validation_alias="CRUNCHTIME_AGENT_SOCKET")
    bot_url: Annotated[str, AfterValidator(_usable_bot)] | None = Field(None, validation_alias="CRUNCHTIME_BOT_URL")
    log: Literal["debug", "info", "warning", "error"] = Field("info", validation_alias="CRUNCHTIME_LOG")
    log_format: Literal["console", "json"] = Field("console", validation_alias="CRUNCHTIME_LOG_FORMAT")

    @property
    def database(self) -> str:
        """The URL of the database, with `database_password` where that is set and the URL names PostgreSQL."""
        url = self.database_url.get_secret_value()
        parts = urlsplit(url)
        if self.database_password is None or parts.scheme == "sqlite":
            return url
        user, at, host = parts.netloc.rpartition("@")
        password = quote(self.database_password.get_secret_value(), safe="")
        return parts._replace(netloc=f"{user.partition(':')[0]}:{password}{at or '@'}{host}").geturl()

    @property
    def socket_mode(self) -> bool:
        """Whether Slack is reached over a socket that the bot opens, rather than by HTTP requests to it."""
        return self.slack_app_token is not None

    @property
    def address(self) -> tuple[str, int]:
        """Host and port of `bind`."""
        parts = urlsplit(f"//{self.bind}")
        return parts.hostname or "", parts.port or 0

    @property
    def has_usable_agent_token(self) -> bool:
        """Whether there is one, and agents start with it."""
        token = self.agent_token.get_secret_value() if self.agent_token is not None else ""
        return len(token) >= SHORTEST_TOKEN and token.isascii() and token.isprintable()

    @property
    def secrets(self) -> tuple[str, ...]:
        """Every secret there is, for the log to mask."""
        held = (
            self.slack_bot_token,
            self.slack_app_token,
            self.slack_signing_secret,
            self.agent_token,
            self.database_password,
        )
        password = urlsplit(self.database).password
        return tuple(secret.get_secret_value() for secret in held if secret) + ((password,) if password else ())

    def missing_for_slack(self) -> list[str]:
        """What `serve` needs and is not set, one line each with the fix; empty if it can start."""
        missing = []
        if self.slack_bot_token is None:
            missing.append("SLACK_BOT_TOKEN: is missing; copy the xoxb- token from the app's page, OAuth & Permissions")
        if self.slack_app_token is None and self.slack_signing_secret is None:
            missing.append(
                "SLACK_APP_TOKEN: is missing; set it for Socket Mode (an xapp- token, Basic Information, "
                "App-Level Tokens), or SLACK_SIGNING_SECRET for HTTP (Basic Information, App Credentials)"
            )
        return missing


SECRETS = (
    "SLACK_BOT_TOKEN",
    "SLACK_APP_TOKEN",
    "SLACK_SIGNING_SECRET",
    "CRUNCHTIME_DATABASE_URL",
    "CRUNCHTIME_DATABASE_PASSWORD",
    "CRUNCHTIME_AGENT_TOKEN",
)


def load_settings(env_file: Path | None = Path(".env")) -> Settings:
    """The settings of this process: the environment, then `env_file` if it exists, then the defaults.

    Each of SECRETS may come from a file instead, see `read_secrets`. Raises ConfigError with every mistake, each with
    the variable's name and the fix, none with a secret's value.
    """
    try:
        in_file = dotenv_values(env_file, interpolate=False) if env_file is not None else {}
        said = in_file | {name: value for name, value in os.environ.items() if value}
        files, mistakes = read_secrets(SECRETS, said)
        settings = Settings(_env_file=env_file, **_any(files))
    except ValidationError as error:
        raise ConfigError([*mistakes, *(_mistake(item) for item in error.errors())]) from None
    except (UnicodeDecodeError, OSError) as error:
        raise ConfigError([f"{env_file}: cannot be read ({type(error).__name__}); make it a UTF-8 text file"]) from None
    if mistakes:
        raise ConfigError(mistakes)
    return settings


def _any(values: dict[str, str]) -> dict[str, Any]:
    """For a type checker, which takes keyword arguments for fields by their names, where they go by their aliases."""
    return dict(values)


def _mistake(item: ErrorDetails) -> str:
    """One line. Pydantic's own words are left out: they would quote the value."""
    name = str(item["loc"][0])
    if item["type"] == "value_error":
        return f"{name}: {item['ctx']['error']}"
    if item["type"] == "literal_error":
        return f"{name}: is not one of the known values; write {item['ctx']['expected']}"
    return f"{name}: cannot be read; see .env.example"
