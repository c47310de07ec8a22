"""docker-compose.yml, the Dockerfile and the examples beside them: hardened, and without a secret in them."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from bot.config import Settings
from bot.config.settings import SECRETS
from bot.log import mask

ROOT = Path(__file__).parents[1]
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
COMPOSER = shutil.which("docker-compose")

SERVICES = ("bot", "db", "agent")


def test_there_are_the_bot_and_its_database_on_a_volume_and_an_agent_for_who_asks_for_it():
    assert set(COMPOSE["services"]) == set(SERVICES)
    bot, db, agent = (COMPOSE["services"][name] for name in SERVICES)
    assert "profiles" not in bot
    assert "profiles" not in db
    assert agent["profiles"] == ["agent"]
    assert db["image"].startswith("postgres:17")
    assert db["volumes"] == ["ledger:/var/lib/postgresql/data"]
    assert "ledger" in COMPOSE["volumes"]
    assert bot["depends_on"]["db"]["condition"] == "service_healthy"
    assert "pg_isready" in db["healthcheck"]["test"]
    assert bot["environment"]["CRUNCHTIME_DATABASE_URL"].startswith("postgresql+psycopg://")


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_may_do_no_more_than_its_work_and_take_no_more_than_its_share(name):
    service = COMPOSE["services"][name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["restart"] == "unless-stopped"
    assert not {"privileged", "cap_add", "network_mode"} & set(service)
    assert ("pid" in service) == (name == "agent")
    assert set(service["deploy"]["resources"]["limits"]) == {"cpus", "memory"}
    assert service["pids_limit"]
    assert service["logging"]["options"]["max-size"]


def test_the_database_is_reached_by_the_bot_alone_and_the_bot_from_this_machine_alone():
    bot, db, agent = (COMPOSE["services"][name] for name in SERVICES)
    assert "ports" not in db
    assert db["networks"] == ["ledger"]
    assert "ledger" not in agent["networks"]
    assert COMPOSE["networks"]["ledger"]["internal"] is True
    assert bot["ports"] == ["127.0.0.1:3000:3000"]
    assert agent["ports"] == ["${CRUNCHTIME_AGENT_ADDRESS:-127.0.0.1}:9845:9845"]


def test_secrets_are_files_that_only_those_get_who_need_them():
    assert {name: sorted(COMPOSE["services"][name]["secrets"]) for name in SERVICES} == {
        "bot": ["agent_token", "database_password", "slack_app_token", "slack_bot_token"],
        "db": ["database_password"],
        "agent": ["agent_token"],
    }
    for name, secret in COMPOSE["secrets"].items():
        assert secret == {"file": f"./secrets/{name}"}
    for service in COMPOSE["services"].values():
        assert "env_file" not in service
        files = {value for key, value in service["environment"].items() if key.endswith("_FILE")}
        assert files == {f"/run/secrets/{name}" for name in service["secrets"]}
        assert not [key for key in service["environment"] if re.search("(PASSWORD|TOKEN|SECRET)$", key)]
    for name in ("docker-compose.yml", "Dockerfile", "lab.example.toml", ".env.example"):
        text = (ROOT / name).read_text()
        assert mask(text) == text
    assert not re.findall(r"^(?!#|CRUNCHTIME_)\w+=.+$", (ROOT / ".env.example").read_text(), re.MULTILINE)
    assert "secrets/" in (ROOT / ".gitignore").read_text().splitlines()


def test_the_env_example_names_every_setting_and_the_containers_read_known_ones():
    names = {str(field.validation_alias) for field in Settings.model_fields.values()}
    example = set(re.findall(r"^(?:# )?([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))
    assert example == names | {"CRUNCHTIME_NODE", "CRUNCHTIME_AGENT_ADDRESS"}
    said = {key for name in ("bot", "agent") for key in COMPOSE["services"][name]["environment"]}
    said |= set(re.findall(r"CRUNCHTIME_[A-Z_]+", (ROOT / "Dockerfile").read_text()))
    assert {name.removesuffix("_FILE") for name in said} <= names
    assert {name.removesuffix("_FILE") for name in said if name.endswith("_FILE")} <= set(SECRETS)


@pytest.mark.skipif(COMPOSER is None, reason="no docker-compose here")
def test_docker_compose_itself_reads_it():
    read = subprocess.run(
        [str(COMPOSER), "--profile", "agent", "-f", ROOT / "docker-compose.yml", "config"],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert read.returncode == 0, read.stderr
    assert set(yaml.safe_load(read.stdout)["services"]) == set(SERVICES)


def test_the_image_runs_as_nobody_special_and_watches_its_health():
    dockerfile = (ROOT / "Dockerfile").read_text()
    assert "uv sync --locked --no-dev" in dockerfile
    assert re.search(r"^ARG PYTHON=3\.12\.\d+-slim-bookworm$", dockerfile, re.MULTILINE)
    assert set(re.findall(r"^FROM (\S+)", dockerfile, re.MULTILINE)) == {"python:${PYTHON}"}
    assert re.search(r"\buv==\d+\.\d+\.\d+$", dockerfile, re.MULTILINE)
    last_stage = dockerfile.rpartition("\nFROM ")[2]
    assert re.search(r"^USER (?!0|root)\S+$", last_stage, re.MULTILINE)
    assert "/healthz" in last_stage
    ignored = (ROOT / ".dockerignore").read_text().splitlines()
    assert "*" in ignored
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", dockerfile, re.MULTILINE)
    assert {f"!{path}" for line in copied for path in line.split()} <= set(ignored)
