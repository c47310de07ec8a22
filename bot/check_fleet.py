"""The fleet's part of `crunchtime check`: agents that cannot be reached, a lab file that says other than they do."""

import socket
from collections.abc import Iterator, Mapping
from ipaddress import ip_address
from urllib.parse import urlsplit

from bot import clock
from bot.booking.lab import Lab, Node
from bot.config import Settings
from bot.fleet.discovery import differences
from bot.fleet.fleet import LOCAL
from bot.fleet.probe import Report
from bot.watching import fleet_of


def fleet_problems(lab: Lab, settings: Settings, good: list[str]) -> Iterator[str]:
    """Every problem with its fix; what is in order is added to `good`."""
    fleet = fleet_of(lab, settings, clock.now)
    if fleet is None:
        return
    remote = [node for node in lab.nodes if node.agent not in (None, LOCAL)]
    if remote and settings.agent_token is None:
        yield "CRUNCHTIME_AGENT_TOKEN: is missing; set it to the value that the agents have"
    reports = fleet.look(clock.now())
    answered = [report for report in reports.values() if report.fault is None]
    if answered:
        gpus = sum(len(report.readings) for report in answered)
        good.append(f"fleet: {len(answered)} of {len(reports)} nodes answer, {gpus} GPUs seen")
    for node in lab.nodes:
        report = reports.get(node.name)
        if report is not None and report.fault is not None and (node.agent == LOCAL or settings.agent_token):
            yield _silent(node, report)
    yield from differences(lab, reports)
    yield from _not_here(lab, reports)


def _silent(node: Node, report: Report) -> str:
    if node.agent == LOCAL:
        return f"{node.name}: this host's GPUs cannot be read ({report.why}); install the driver, or leave out agent"
    hint = "is `crunchtime agent` running there?"
    if "Connect" in report.why and not _is_loopback(node.agent or ""):
        hint += " Unless told otherwise it listens on 127.0.0.1 only: start it with --bind and its own address"
    return f"{node.name}: no readings from {node.agent} ({report.why}); {hint}"


def _not_here(lab: Lab, reports: Mapping[str, Report]) -> Iterator[str]:
    """An address that means the bot's own host, for a node that is another."""
    here = socket.gethostname().partition(".")[0].lower()
    names = {node.name.lower() for node in lab.nodes}
    for node in lab.nodes:
        other = here in names and node.name.lower() != here
        if node.name in reports and node.agent not in (None, LOCAL) and other and _is_loopback(node.agent or ""):
            yield f"{node.name}: {node.agent} is the bot's own host; write the address of {node.name}"


def _is_loopback(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
