"""The commands, each with a line that works: for help and for hints."""

import re
from collections.abc import Mapping

from bot.booking.lab import Lab

EXAMPLES: Mapping[str, str] = {
    "book": "book 2 a100 tomorrow 9am for 8h",
    "free": "free a100 fri",
    "estimate": "estimate pythia-1b on 1 a100",
    "mine": "mine",
    "who": "who atlas:2",
    "show": "show R12",
    "release": "release R12",
    "extend": "extend R12 2h",
    "move": "move R12 to sat 9am",
    "reason": "reason R12 camera-ready runs",
    "approve": "approve R12",
    "deny": "deny R12 because the nodes are down on friday",
    "undo": "undo R12",
    "deadlines": "deadlines neurips",
    "ask": "ask R7",
    "give": "give R12 to @bob",
    "claims": "claims",
    "calendar": "calendar a100",
    "wait": "wait 4 a100 tomorrow 9am for 8h",
    "waitlist": "waitlist",
    "take": "take R12",
    "pass": "pass R12",
    "leave": "leave W3",
    "settings": "settings",
    "revoke": "revoke R12 because the nodes are needed for the review",
    "outage": 'outage atlas:2 until fri "fan"',
    "policy": "policy",
    "audit": "audit R12",
    "export": "export csv",
    "report": "report 2026-10",
    "pulse": "pulse",
    "link": "link alice",
    "help": "help book",
}

_LENGTH = re.compile(r"[0-9]+[mhd]")
_PLACEHOLDER = re.compile(r"(?<![\w.-])(?:a100|atlas)(?![\w.-])")


def fitting(example: str, command: str, lab: Lab) -> str:
    """The example as a line of this command, with a pool and a node that the lab has."""
    if example.split(" ", 1)[0] not in EXAMPLES:  # a time phrase, or nothing
        when = f"now for {example}" if _LENGTH.fullmatch(example) else example
        example = f"{command} 2 a100 {when}" if command == "book" and example else EXAMPLES[command]
    names = {"a100": next(iter(lab.pools), "a100"), "atlas": lab.nodes[0].name if lab.nodes else "atlas"}
    names |= {name: name for name in lab.pools if name == "a100"}
    names |= {node.name: node.name for node in lab.nodes if node.name == "atlas"}
    return _PLACEHOLDER.sub(lambda match: names[match[0]], example)
