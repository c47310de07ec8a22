"""A reservation's card: what it is, what to know about it, and the buttons that its state allows."""

import json
from collections.abc import Mapping, Sequence
from datetime import tzinfo
from types import MappingProxyType
from typing import assert_never

from bot.booking.lifecycle import Act, State, after
from bot.booking.model import Reservation
from bot.booking.notices import Notice
from handlers.ids import ActionId
from handlers.views import words
from handlers.views.kit import Block, Headline, actions, button, context, listed, named, quoted, section
from handlers.views.offers import again_button

Uuids = Mapping[str, str]
"""By GPU ("atlas:0"), where the node's driver numbers its GPUs otherwise than the lab: no number is right there."""
AS_NUMBERED: Uuids = MappingProxyType({})
MOST_UUIDS = 16  # of a reservation: more are too long for a message, and to be copied

_BUTTONS = (
    (Act.EXTEND, ActionId.EXTEND, "Extend"),
    (Act.RELEASE, ActionId.RELEASE, "Release"),
    (Act.MOVE, ActionId.MOVE, "Move"),
)


def value_of(reservation: Reservation) -> str:
    """What a reservation's button carries: "R12:3", its id and the version that the card shows."""
    return f"{reservation.label}:{reservation.version}"


def card(
    reservation: Reservation, zone: tzinfo, *, reader: str, undo: bool = False, uuids: Uuids = AS_NUMBERED
) -> tuple[Headline, list[Block]]:
    """The reservation as `reader` sees it; buttons are its holder's. `undo`: its last change can be taken back."""
    whose = "" if reservation.member == reader else f"for {words.mention(reservation.member)}, "
    rest = f"· {whose}{words.span(reservation.window, zone)} · {state_shown(reservation.state)}"
    headline = Headline(f"{reservation.label}: {words.held(reservation)}", rest)
    blocks = [section(headline.mrkdwn), *context(*details(reservation, uuids))]
    again = actions(again_button(reservation)) if reservation.member == reader and not reservation.holds else []
    return headline, [*blocks, *(again or buttons(reservation, reader=reader, undo=undo))]


def buttons(reservation: Reservation, *, reader: str, undo: bool = False) -> list[Block]:
    """[Extend] [Release] [Move] for its holder, where the state allows them, and [Undo] where the caller does."""
    value = value_of(reservation)
    own = reader in (reservation.member, reservation.asked_by)
    if own and reservation.state is State.OFFERED:
        take = button("Take it", ActionId.TAKE_OFFER, value, "primary")
        return actions(take, button("Pass", ActionId.LET_GO, value))
    row = [
        button(text, action, value)
        for act, action, text in _BUTTONS
        if own and after(act, reservation.state) is not None
    ]
    return actions(*row, *([button("Undo", ActionId.UNDO, value)] if undo else []))


def details(reservation: Reservation, uuids: Uuids = AS_NUMBERED) -> list[str]:
    """What its holder should know, one line each: GPU numbers, the soft end, the promise, the reason."""
    lines: list[str] = []
    match reservation.state:
        case State.ACTIVE:
            lines.append(f"{devices(reservation, uuids)}. If nobody is next at the end, your job may run on.")
        case State.BOOKED | State.OFFERED | State.PENDING:
            numbers = f"{_numbers(reservation)}, as named" if reservation.named else "GPU numbers come at the start"
            lines.append(f"{numbers}. If nobody is next, your job may run on.")
        case _:
            pass
    if reservation.holds and reservation.movable and reservation.promise is not None:
        lines.append(f"Done before {words.goal(reservation.promise)}{_moves(reservation)}.")
    if reservation.reason:
        lines.append(f"Reason: {quoted(reservation.reason)}")
    return lines


def details_in(notice: Notice, reservation: Reservation) -> list[str]:
    """The same in a notice, which has the UUIDs of then."""
    return details(reservation, uuids_of(notice))


def _moves(reservation: Reservation) -> str:
    """Whether it may make way, or has. One that runs is never moved."""
    if reservation.moved:
        return ", has made way " + ("once" if reservation.moved == 1 else f"{reservation.moved:,} times")
    return "" if reservation.state is State.ACTIVE else ", may be moved"


def devices(reservation: Reservation, uuids: Uuids = AS_NUMBERED) -> str:
    """What a job sets on each node: "On atlas: `CUDA_VISIBLE_DEVICES=0,1`", or the UUIDs where numbers would lie."""
    count = reservation.count
    found = words.indices(reservation.gpus).items()
    return "; ".join(f"On {named(node)}: `{_set(node, ids, uuids, count)}`" for node, ids in found)


def uuids_of(notice: Notice) -> Uuids:
    """Those that a notice has as its fact `uuids`, JSON."""
    try:
        found = json.loads(notice.facts.get("uuids", "{}"))
        return {str(gpu): str(uuid) for gpu, uuid in found.items()}
    except (ValueError, AttributeError):
        return AS_NUMBERED


def _set(node: str, ids: Sequence[str], uuids: Uuids, count: int) -> str:
    theirs = [uuids[gpu] for number in ids if (gpu := f"{node}:{number}") in uuids]
    if len(theirs) < len(ids):
        return f"CUDA_VISIBLE_DEVICES={','.join(ids)}"
    if count > MOST_UUIDS:
        return 'eval "$(crunchtime env)"'
    return f"CUDA_VISIBLE_DEVICES={named(','.join(theirs), 1000)}"


def state_shown(state: State) -> str:
    """A state in people's words."""
    match state:
        case State.PENDING:
            return "waits for an admin"
        case State.OFFERED:
            return "held for you"
        case State.NO_SHOW:
            return "released as a no-show"
        case State.ACTIVE:
            return "running"
        case State.EXPIRED:
            return "lapsed: nobody answered in time"
        case State.DISPLACED:
            return "displaced by an outage"
        case State.BOOKED | State.ENDED | State.RELEASED | State.CANCELLED | State.DENIED | State.REVOKED:
            return state.value
        case other:
            assert_never(other)


def _numbers(reservation: Reservation) -> str:
    found = words.indices(reservation.gpus).items()
    return listed(
        (f"{'GPU' if len(ids) == 1 else 'GPUs'} {listed(ids)} of {named(node)}" for node, ids in found), most=4
    )
