"""The sandbox's lab and its people: two nodes of four GPUs, one admin, four members around the world."""

from dataclasses import replace

from bot.booking.lab import Gpu, Lab, Node
from bot.sandbox.slack.people import Person

LAB_CHANNEL = "C0GPUS"
ADMIN_CHANNEL = "C0ADMIN"

PEOPLE = (
    Person("U0ADA", "ada", "Europe/Berlin"),
    Person("U0ALICE", "alice", "Europe/Berlin"),
    Person("U0BOB", "bob", "America/Los_Angeles"),
    Person("U0CAROL", "carol", "Asia/Tokyo"),
    Person("U0DAN", "dan", "UTC"),
)


def sandbox_lab() -> Lab:
    """atlas with 4 A100 (pool a100) and titan with 4 RTX 3090 (pool 3090); ada is the admin."""
    return Lab(
        name="Sandbox Lab",
        nodes=(
            _node("atlas", "a100", "NVIDIA A100-SXM4-80GB", 80),
            _node("titan", "3090", "NVIDIA GeForce RTX 3090", 24),
        ),
        timezone="Europe/Berlin",
        channel=LAB_CHANNEL,
        admin_channel=ADMIN_CHANNEL,
        admins=("U0ADA",),
    )


def with_logins(lab: Lab) -> Lab:
    """The lab with the sandbox's people's logins: each is called on the nodes as in Slack."""
    return replace(lab, logins={person.name: person.id for person in PEOPLE} | dict(lab.logins))


def _node(name: str, pool: str, model: str, memory_gb: int) -> Node:
    return Node(name, tuple(Gpu(name, index, pool, model, memory_gb) for index in range(4)))
