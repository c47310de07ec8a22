"""A run in pieces, as it is told of: what became of the others where one was decided, undone or released."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, tzinfo

from bot.booking.model import Reservation, Window
from handlers.ids import offer_action
from handlers.views import words
from handlers.views.kit import Reply, actions, button, context, listed

MOST_SHOWN = 4


def changed(reply: Reply, pieces: Sequence[Reservation], rest: Sequence[Reservation] = (), *, zone: tzinfo) -> Reply:
    """The reply to a change of one piece, with the others that changed with it and the `rest` that can be released."""
    if not pieces and not rest:
        return reply
    with_it = f"So {'is' if len(pieces) == 1 else 'are'} {_listed(pieces, zone)}." if pieces else ""
    stay = f"The rest of the run stays: {_listed(rest, zone)}." if rest else ""
    row = []
    if rest:
        first = rest[0]
        value = json.dumps({"line": f"release {first.label} all", "key": f"pieces:{first.label}:{first.version}"})
        other = "the other piece" if len(rest) == 1 else f"the other {len(rest)}"
        row = [button(f"Release {other}", offer_action(0), value)]
    blocks = (*reply.blocks, *context(with_it, stay), *actions(*row))
    return replace(reply, blocks=blocks, reservations=(*reply.reservations, *pieces))


def held(reply: Reply, pieces: Sequence[Reservation], *, zone: tzinfo) -> Reply:
    """The reply to a run in pieces that an admin decides on as a whole."""
    if not pieces:
        return reply
    told = context(f"With it, as pieces of one run: {_listed(pieces, zone)}. One decision is for all.")
    return replace(reply, blocks=(*reply.blocks, *told), reservations=(*reply.reservations, *pieces))


def asked(fact: str, zone: tzinfo) -> str:
    """To the admins: the other pieces, which are decided with the first. "" where there are none."""
    try:
        windows = [
            Window(datetime.fromisoformat(start), datetime.fromisoformat(end)) for start, end in json.loads(fact)
        ]
    except (ValueError, TypeError):
        return ""
    told = listed((words.span(window, zone) for window in windows), most=MOST_SHOWN)
    return f"; as one run in {len(windows) + 1} pieces also {told}" if windows else ""


def decided(fact: str) -> str:
    """To the member: how many other pieces were decided with it."""
    count = int(fact) if fact.isdigit() else 0
    return f" So {'is the other piece' if count == 1 else f'are the other {count} pieces'} of the run." if count else ""


def _listed(pieces: Sequence[Reservation], zone: tzinfo) -> str:
    return listed((f"{piece.label} ({words.span(piece.window, zone)})" for piece in pieces), most=MOST_SHOWN)
