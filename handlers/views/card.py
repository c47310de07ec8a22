"""A reservation's card: what it is, what to know about it, and the buttons that its state allows."""

from datetime import tzinfo
from typing import assert_never

from bot.booking.lifecycle import Act, State, after
from bot.booking.model import Reservation
from handlers.ids import ActionId
from handlers.views import words
from handlers.views.kit import Block, Headline, actions, button, context, listed, named, quoted, section
from handlers.views.offers import again_button

_BUTTONS = (
    (Act.EXTEND, ActionId.EXTEND, "Extend"),
    (Act.RELEASE, ActionId.RELEASE, "Release"),
    (Act.MOVE, ActionId.MOVE, "Move"),
)


def value_of(reservation: Reservation) -> str:
    """What a reservation's button carries: "R12:3", its id and the version that the card shows."""
    return f"{reservation.label}:{reservation.version}"


def card(reservation: Reservation, zone: tzinfo, *, reader: str, undo: bool = False) -> tuple[Headline, list[Block]]:
    """The reservation as `reader` sees it; buttons are its holder's. `undo`: its last change can be taken back."""
    whose = "" if reservation.member == reader else f"for {words.mention(reservation.member)}, "
    rest = f"· {whose}{words.span(reservation.window, zone)} · {state_shown(reservation.state)}"
    headline = Headline(f"{reservation.label}: {words.held(reservation)}", rest)
    blocks = [section(headline.mrkdwn), *context(*details(reservation))]
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


def details(reservation: Reservation) -> list[str]:
    """What its holder should know, one line each: GPU numbers, the soft end, the promise, the reason."""
    lines: list[str] = []
    match reservation.state:
        case State.ACTIVE:
            lines.append(f"{devices(reservation)}. If nobody is next at the end, your job may run on.")
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


def _moves(reservation: Reservation) -> str:
    """Whether it may make way, or has. One that runs is never moved."""
    if reservation.moved:
        return ", has made way " + ("once" if reservation.moved == 1 else f"{reservation.moved:,} times")
    return "" if reservation.state is State.ACTIVE else ", may be moved"


def devices(reservation: Reservation) -> str:
    """What a job sets on each node: "On atlas: `CUDA_VISIBLE_DEVICES=0,1`"."""
    found = words.indices(reservation.gpus).items()
    return "; ".join(f"On {named(node)}: `CUDA_VISIBLE_DEVICES={','.join(ids)}`" for node, ids in found)


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
