"""The fleet's part of `crunchtime check`: agents that cannot be reached, a lab file that says other than they do, and
set-ups in which members' jobs do not reach the bot."""

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
    elif remote and not settings.has_usable_agent_token:
        yield "CRUNCHTIME_AGENT_TOKEN: no agent starts with it: it is not 16 plain characters; openssl rand -hex 32"
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


def fleet_notes(lab: Lab, settings: Settings) -> Iterator[str]:
    """What works, but perhaps not as it was meant."""
    remote = [node for node in lab.nodes if node.agent not in (None, LOCAL)]
    elsewhere = [node.name for node in remote if not _is_loopback(node.agent or "")]
    _, port = settings.address
    if elsewhere and _is_loopback(f"//{settings.bind}"):
        whose = ", ".join(elsewhere)
        yield (
            f"CRUNCHTIME_BIND: {settings.bind} is this host only. For `crunchtime run` and `env` the agents of"
            f" {whose} must reach the bot: write an address of the lab's network, such as 10.0.0.2:{port},"
            " or have something that speaks TLS pass it on; and name that in CRUNCHTIME_BOT_URL there"
        )
    if elsewhere and settings.bot_url is not None and _is_loopback(settings.bot_url):
        yield (
            f"CRUNCHTIME_BOT_URL: {settings.bot_url} means each agent's own host; if this file is given to the nodes,"
            " write the bot's address"
        )
    plain = [node.name for node in remote if node.name in elsewhere and urlsplit(node.agent or "").scheme == "http"]
    if plain:
        yield (
            f"{', '.join(plain)}: the token and the readings go over the network as they are; give `crunchtime agent`"
            " --cert and --key, and write https:// here"
        )
    yield from (
        f'{node.name}: with agent = "local" there is no socket for `crunchtime run` and `env` on it; for those run'
        " `crunchtime agent` there, and write http://127.0.0.1:9845"
        for node in lab.nodes
        if node.agent == LOCAL
    )


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
