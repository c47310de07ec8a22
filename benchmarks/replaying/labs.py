"""The lab of a replay: its GPUs, its rules and its people's time zones."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta

from benchmarks.replaying.traces import Job
from bot.booking.lab import Gpu, Lab, Node, Policy

POOL = "gpus"
PER_NODE = 8
ZONES = ("Europe/Berlin", "America/Los_Angeles", "Asia/Tokyo", "UTC")

# What is no part of the game is off: no limit of a member's, no admin.
OPEN = Policy(
    max_hours=10**6,
    hard_max_hours=10**6,
    max_share=10**3,
    horizon_days=60,
    movable_horizon_days=3650,
    outstanding_pool_days=10**6,
    approval="never",
)
UNMOVED = replace(OPEN, moves=0)
FREE = replace(OPEN, moves=10**6, move_notice=timedelta(0))


def lab_of(gpus: int, policy: Policy) -> Lab:
    """One pool, on nodes of eight."""
    nodes = []
    for first in range(0, gpus, PER_NODE):
        name = f"n{first // PER_NODE:03}"
        nodes.append(Node(name, tuple(Gpu(name, index, POOL) for index in range(min(PER_NODE, gpus - first)))))
    return Lab("Replayed Lab", tuple(nodes), policy=policy)


def zones_of(jobs: Iterable[Job]) -> dict[str, str]:
    """A time zone for each member, one after the other."""
    members = sorted({job.member for job in jobs})
    return {member: ZONES[place % len(ZONES)] for place, member in enumerate(members)}
