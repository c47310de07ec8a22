"""Claims to the lab's deadlines, for admins."""

from collections.abc import Sequence
from datetime import tzinfo

from bot.booking.claims import Claim
from bot.booking.model import Reservation
from handlers.views import words
from handlers.views.kit import Reply, context, named, paragraphs, section

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
