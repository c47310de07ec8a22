"""docker-compose.yml, the Dockerfile and the examples beside them: hardened, and without a secret in them."""

import re
from pathlib import Path

import pytest
import yaml

from bot.config import Settings
from bot.log import mask

ROOT = Path(__file__).parents[1]
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())


def test_there_are_the_bot_and_its_database_on_a_volume():
    assert set(COMPOSE["services"]) == {"bot", "db"}
    bot, db = COMPOSE["services"]["bot"], COMPOSE["services"]["db"]
    assert db["image"].startswith("postgres:17")
    assert db["volumes"] == ["ledger:/var/lib/postgresql/data"]
    assert "ledger" in COMPOSE["volumes"]
    assert bot["depends_on"]["db"]["condition"] == "service_healthy"
    assert "pg_isready" in db["healthcheck"]["test"]
    assert bot["environment"]["CRUNCHTIME_DATABASE_URL"].startswith("postgresql+psycopg://")


@pytest.mark.parametrize("name", ["bot", "db"])
def test_a_service_may_do_no_more_than_its_work(name):
    service = COMPOSE["services"][name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["restart"] == "unless-stopped"
    assert not {"privileged", "cap_add", "network_mode", "pid"} & set(service)


def test_the_database_is_reached_by_the_bot_alone_and_the_bot_from_this_machine_alone():
    bot, db = COMPOSE["services"]["bot"], COMPOSE["services"]["db"]
    assert "ports" not in db
    assert db["networks"] == ["ledger"]
    assert COMPOSE["networks"]["ledger"]["internal"] is True
    assert bot["ports"] == ["127.0.0.1:3000:3000"]


def test_secrets_come_from_the_env_file_only():
    assert COMPOSE["services"]["bot"]["env_file"] == ".env"
    for service in COMPOSE["services"].values():
        for key, value in service["environment"].items():
            if "PASSWORD" in key:
                assert value.startswith("${POSTGRES_PASSWORD:?")
    for name in ("docker-compose.yml", "Dockerfile", "lab.example.toml", ".env.example"):
        text = (ROOT / name).read_text()
        assert mask(text) == text
    assert not re.findall(r"^(?!#|CRUNCHTIME_)\w+=.+$", (ROOT / ".env.example").read_text(), re.MULTILINE)


def test_the_env_example_names_every_setting_and_the_image_reads_known_ones():
    names = {str(field.validation_alias) for field in Settings.model_fields.values()}
    example = set(re.findall(r"^(?:# )?([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))
    assert example == names | {"POSTGRES_PASSWORD"}
    used = set(COMPOSE["services"]["bot"]["environment"]) | set(
        re.findall(r"CRUNCHTIME_[A-Z_]+", (ROOT / "Dockerfile").read_text())
    )
    assert used - {"PGPASSWORD"} <= names


def test_the_image_runs_as_nobody_special_and_watches_its_health():
    dockerfile = (ROOT / "Dockerfile").read_text()
    assert "uv sync --locked --no-dev" in dockerfile
    last_stage = dockerfile.rpartition("\nFROM ")[2]
    assert re.search(r"^USER (?!0|root)\S+$", last_stage, re.MULTILINE)
    assert "/healthz" in last_stage
    ignored = (ROOT / ".dockerignore").read_text().splitlines()
    assert "*" in ignored
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", dockerfile, re.MULTILINE)
    assert {f"!{path}" for line in copied for path in line.split()} <= set(ignored)
