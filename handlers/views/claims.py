"""Claims to the lab's deadlines, for admins."""

import json
from collections.abc import Sequence
from datetime import datetime, tzinfo
from typing import Any

from bot.booking.claims import Claim
from bot.booking.model import Reservation, Window
from bot.booking.notices import Notice
from handlers.ids import ActionId
from handlers.views import words
from handlers.views.kit import Block, Headline, Reply, button, context, named, paragraphs, quoted, section
from storage.requests import request_from_json

MOST = 40


def claims(found: Sequence[Claim], *, zone: tzinfo) -> Reply:
    """Every claim, a line each, under its deadline."""
    if not found:
        text = "Nobody claims GPUs for a deadline of the lab's."
        return Reply(text, (section(text),))
    lines: list[str] = []
    for deadline in dict.fromkeys(claim.deadline for claim in found[:MOST]):
        told = [_line(claim, zone) for claim in found[:MOST] if claim.deadline == deadline]
        lines.append("\n".join((f"*{named(deadline.name)}* · {words.moment(deadline.at)}", *told)))
    more = f"{len(found) - MOST:,} more are not shown." if len(found) > MOST else ""
    hint = "`/gpu claims withdraw R12` takes a claim away; what is promised stays."
    return Reply(f"{words.number(len(found), 'claim')}", (*paragraphs(lines), *context(more, hint)))


def gathered(notice: Notice, zone: tzinfo) -> tuple[Headline, list[Block]]:
    """To the admins: claims since the last such message, each with [Withdraw]."""
    try:
        lines = [_gathered(line, zone) for line in json.loads(notice.facts.get("claims", "[]"))]
    except (ValueError, LookupError, TypeError):
        lines = []
    count = "A new claim" if len(lines) == 1 else f"{len(lines)} new claims"
    headline = Headline(f"{count} to deadlines of the lab's")
    hint = "A claim counts in crunch days and on the waitlist. Withdrawn, what is promised stays. All: `/gpu claims`."
    return headline, [*lines, *context(hint)]


def _gathered(line: dict[str, Any], zone: tzinfo) -> Block:
    request, label = request_from_json(line["request"]), line["label"]
    told = f"*{label}* · {words.mention(line['member'])} · {named(line['name'])}: {words.asked(request, zone)}"
    if line["start"]:
        window = Window(datetime.fromisoformat(line["start"]), datetime.fromisoformat(line["end"]))
        told += f" · {words.span(window, zone)}"
    if request.reason:
        told += f" · {quoted(request.reason)}"
    return section(told, button("Withdraw", ActionId.WITHDRAW, label))


def withdrawn(claim: Claim) -> Reply:
    """That it is withdrawn."""
    text = (
        f"{claim.of.label} of {words.mention(claim.of.member)} has no claim to {named(claim.deadline.name)} any more."
        " What is promised stands; in crunch days it counts as other work."
    )
    return Reply(text, (section(text),), "done")


def _line(claim: Claim, zone: tzinfo) -> str:
    of = claim.of
    if isinstance(of, Reservation):
        what = f"{words.held(of)}, {words.span(of.window, zone)}"
    else:
        what = f"waits for {words.asked(of.request, zone)}"
    gone = " · withdrawn" if of.withdrawn else ""
    return f"{of.label} · {words.mention(of.member)} · {what}{gone}"
