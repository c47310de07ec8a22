"""Settings: by which names the environment speaks, and what is said of a wrong value."""

import pytest
from sqlalchemy import make_url

from bot.config import Settings, load_settings
from bot.config.settings import SECRETS
from bot.errors import ConfigError

NAMES = [
    "SLACK_BOT_TOKEN",
    "SLACK_APP_TOKEN",
    "SLACK_SIGNING_SECRET",
    "CRUNCHTIME_SLACK_API_URL",
    "CRUNCHTIME_DATABASE_URL",
    "CRUNCHTIME_LAB",
    "CRUNCHTIME_BIND",
    "CRUNCHTIME_AGENT_TOKEN",
    "CRUNCHTIME_DATABASE_PASSWORD",
    "CRUNCHTIME_LOG",
    "CRUNCHTIME_LOG_FORMAT",
]


@pytest.fixture(autouse=True)
def empty_environment(monkeypatch, tmp_path):
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)


def mistakes_of():
    with pytest.raises(ConfigError) as caught:
        load_settings()
    return caught.value.mistakes


def test_the_defaults_are_those_of_the_documentation():
    settings = load_settings()
    assert settings.slack_api_url == "https://slack.com/api/"
    assert settings.database_url.get_secret_value() == "sqlite:///crunchtime.db"
    assert str(settings.lab) == "lab.toml"
    assert settings.address == ("127.0.0.1", 3000)
    assert (settings.log, settings.log_format) == ("info", "console")
    assert not settings.socket_mode
    assert [line.partition(":")[0] for line in settings.missing_for_slack()] == ["SLACK_BOT_TOKEN", "SLACK_APP_TOKEN"]


def test_the_environment_wins_over_the_env_file_and_empty_values_count_as_unset(monkeypatch, tmp_path):
    (tmp_path / ".env").write_text(
        "# tokens\nSLACK_BOT_TOKEN=xoxb-file\nCRUNCHTIME_BIND='[::1]:8080'\nCRUNCHTIME_LOG=\nPOSTGRES_PASSWORD=x\n"
    )
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-environment")
    monkeypatch.setenv("SLACK_APP_TOKEN", "xapp-1")
    monkeypatch.setenv("CRUNCHTIME_LAB", "")
    settings = load_settings()
    assert settings.slack_bot_token is not None
    assert settings.slack_bot_token.get_secret_value() == "xoxb-environment"
    assert settings.address == ("::1", 8080)
    assert (settings.log, str(settings.lab)) == ("info", "lab.toml")
    assert settings.socket_mode
    assert settings.missing_for_slack() == []


def test_a_signing_secret_alone_serves_by_http(monkeypatch):
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-1")
    monkeypatch.setenv("SLACK_SIGNING_SECRET", "s" * 32)
    settings = load_settings()
    assert settings.missing_for_slack() == []
    assert not settings.socket_mode


def test_every_wrong_value_is_named_with_its_fix_and_no_secret_is_repeated(monkeypatch):
    wrong = {
        "SLACK_BOT_TOKEN": "xoxp-hunter2",
        "SLACK_APP_TOKEN": "xapp- hunter2",
        "CRUNCHTIME_SLACK_API_URL": "https://slack.com/api",
        "CRUNCHTIME_DATABASE_URL": "postgresql://bot:hunter2@db/x",
        "CRUNCHTIME_BIND": "127.0.0.1",
        "CRUNCHTIME_LOG": "loud",
        "CRUNCHTIME_LOG_FORMAT": "xml",
    }
    for name, value in wrong.items():
        monkeypatch.setenv(name, value)
    mistakes = mistakes_of()
    assert sorted(line.partition(":")[0] for line in mistakes) == sorted(wrong)
    assert all("; " in line for line in mistakes)
    assert any("write postgresql+psycopg://" in line for line in mistakes)
    assert any("'json'" in line for line in mistakes)
    assert "hunter2" not in "".join(mistakes)


@pytest.mark.parametrize("url", ["mysql://db/x", "crunchtime.db", "sqlite:crunchtime.db", "sqlite://x", "oracle"])
def test_a_database_that_is_neither_sqlite_nor_postgresql_is_refused(monkeypatch, url):
    monkeypatch.setenv("CRUNCHTIME_DATABASE_URL", url)
    (mistake,) = mistakes_of()
    assert mistake.startswith("CRUNCHTIME_DATABASE_URL: is not a database; write sqlite:///")


@pytest.mark.parametrize("bind", ["3000", ":3000", "host:", "host:99999", "host:a", "a/b:1", "u@h:1", "::1:3000"])
def test_an_address_without_a_host_or_a_port_is_refused(monkeypatch, bind):
    monkeypatch.setenv("CRUNCHTIME_BIND", bind)
    (mistake,) = mistakes_of()
    assert mistake.startswith("CRUNCHTIME_BIND: is not HOST:PORT")


def test_secrets_are_listed_for_the_log_and_hidden_in_the_settings_text(monkeypatch):
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-hunter2")
    monkeypatch.setenv("CRUNCHTIME_AGENT_TOKEN", "agent-hunter2")
    monkeypatch.setenv("CRUNCHTIME_DATABASE_URL", "postgresql+psycopg://bot:db-hunter2@db/x")
    settings = load_settings()
    assert settings.secrets == ("xoxb-hunter2", "agent-hunter2", "db-hunter2")
    assert "hunter2" not in repr(settings)


def test_an_env_file_that_is_no_text_is_named(tmp_path):
    (tmp_path / ".env").write_bytes(b"\xff\xfe=1\n")
    assert mistakes_of() == [".env: cannot be read (UnicodeDecodeError); make it a UTF-8 text file"]


def test_a_secret_may_come_from_a_file_that_the_environment_names(monkeypatch, tmp_path):
    (tmp_path / "token").write_text("xoxb-hunter2\n")
    (tmp_path / "password").write_text("p@ss/w:rd%\r\n")
    monkeypatch.setenv("SLACK_BOT_TOKEN", "")
    monkeypatch.setenv("SLACK_BOT_TOKEN_FILE", str(tmp_path / "token"))
    monkeypatch.setenv("CRUNCHTIME_DATABASE_URL", "postgresql+psycopg://crunchtime@db:5432/crunchtime")
    (tmp_path / ".env").write_text(f"CRUNCHTIME_DATABASE_PASSWORD_FILE={tmp_path / 'password'}\n")
    settings = load_settings()
    assert settings.slack_bot_token is not None
    assert settings.slack_bot_token.get_secret_value() == "xoxb-hunter2"
    assert settings.database == "postgresql+psycopg://crunchtime:p%40ss%2Fw%3Ard%25@db:5432/crunchtime"
    assert make_url(settings.database).password == "p@ss/w:rd%"
    assert {"xoxb-hunter2", "p@ss/w:rd%", "p%40ss%2Fw%3Ard%25"} <= set(settings.secrets)
    assert "hunter2" not in repr(settings)
    assert "p@ss" not in repr(settings)


@pytest.mark.parametrize(
    ("url", "whole"),
    [
        ("postgresql+psycopg://a:old@db/x", "postgresql+psycopg://a:new@db/x"),
        ("postgresql+psycopg://db/x", "postgresql+psycopg://:new@db/x"),
        ("postgresql+psycopg://a@/x?host=/run/postgresql", "postgresql+psycopg://a:new@/x?host=/run/postgresql"),
        ("sqlite:////data/crunchtime.db", "sqlite:////data/crunchtime.db"),
    ],
)
def test_the_databases_password_is_put_where_its_url_has_one(monkeypatch, url, whole):
    monkeypatch.setenv("CRUNCHTIME_DATABASE_URL", url)
    monkeypatch.setenv("CRUNCHTIME_DATABASE_PASSWORD", "new")
    assert load_settings().database == whole


def test_every_secrets_file_that_cannot_be_used_is_named_beside_the_other_mistakes(monkeypatch, tmp_path):
    (tmp_path / "empty").write_text("\n")
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    (tmp_path / "long").write_text("hunter2" * 1000)
    (tmp_path / "wrong").write_text("xoxp-hunter2")
    for name, file in {
        "SLACK_APP_TOKEN": "empty",
        "SLACK_SIGNING_SECRET": "binary",
        "CRUNCHTIME_AGENT_TOKEN": "long",
        "CRUNCHTIME_DATABASE_PASSWORD": "missing",
        "CRUNCHTIME_DATABASE_URL": "",
        "SLACK_BOT_TOKEN": "wrong",
    }.items():
        monkeypatch.setenv(f"{name}_FILE", file)
    monkeypatch.setenv("CRUNCHTIME_LOG", "loud")
    mistakes = mistakes_of()
    assert [line.partition(":")[0] for line in mistakes] == [
        "SLACK_APP_TOKEN_FILE",
        "SLACK_SIGNING_SECRET_FILE",
        "CRUNCHTIME_DATABASE_PASSWORD_FILE",
        "CRUNCHTIME_AGENT_TOKEN_FILE",
        "SLACK_BOT_TOKEN",
        "CRUNCHTIME_LOG",
    ]
    assert all("; " in line for line in mistakes)
    assert "cannot be read (No such file or directory)" in mistakes[2]
    assert "hunter2" not in "".join(mistakes)


def test_a_secret_that_is_there_twice_is_not_guessed_at(monkeypatch, tmp_path):
    (tmp_path / "token").write_text("agent")
    monkeypatch.setenv("CRUNCHTIME_AGENT_TOKEN", "another")
    monkeypatch.setenv("CRUNCHTIME_AGENT_TOKEN_FILE", "token")
    assert mistakes_of() == ["CRUNCHTIME_AGENT_TOKEN: is set, and so is CRUNCHTIME_AGENT_TOKEN_FILE; keep one of them"]


def test_every_setting_that_is_a_secret_may_come_from_a_file():
    secret = {
        str(field.validation_alias) for field in Settings.model_fields.values() if "Secret" in str(field.annotation)
    }
    assert secret == set(SECRETS)
