"""The forms: booking, extending, moving, denying, offering instead; and an answer in a form's place."""

from collections.abc import Sequence
from datetime import datetime, tzinfo
from typing import Any

from bot.booking.model import Reservation, Window
from handlers.booking_line import LONGEST_REASON
from handlers.ids import ActionId, BlockId, CallbackId
from handlers.lines import lasts
from handlers.views import menus, words
from handlers.views.card import value_of
from handlers.views.fields import BookingForm
from handlers.views.kit import Block, Reply, clip, context, one_line, plain_text, section


def booking(form: BookingForm | None = None, *, zone: tzinfo, metadata: str = "") -> dict[str, Any]:
    """The booking form, filled with `form`. `zone` is the member's; `metadata` comes back with the submission."""
    values = form or BookingForm()
    example = "tomorrow 9am · fri 14:00-18:00 · now until thursday 5pm · before neurips"
    start: Block = {"type": "datetimepicker", "action_id": ActionId.VALUE}
    if values.start is not None:
        start["initial_date_time"] = int(values.start.timestamp())
    fields = [
        _input(BlockId.POOL, "Pool", menus.menu("Any pool", menus.chosen_pool(values.pool))),
        _input(BlockId.COUNT, "How many GPUs", _count(values.count)),
        _input(BlockId.WHEN, "When", _typed(values.when, example), optional=True, hint=f"Your time zone is {zone}."),
        _input(BlockId.START, "… or pick a start", start, optional=True),
        _input(BlockId.LENGTH, "For how long", _typed(values.length, "8h · 90m · 1.5 days"), optional=True),
        _input(BlockId.REASON, "Reason", _typed(values.reason, "ablations", LONGEST_REASON), optional=True),
        _input(
            BlockId.ESTIMATE,
            "Or ask how long it takes",
            _typed(values.estimate, "pythia-1b · 1.4b params 30b tokens · 100000 steps at 0.42s"),
            optional=True,
            hint="You get an estimate for these GPUs, and nothing is booked yet.",
        ),
    ]
    return _modal(CallbackId.BOOKING, "Book GPUs", "Book", fields, metadata)


def extend(reservation: Reservation | None, *, zone: tzinfo) -> dict[str, Any]:
    """By how long: two hours unless they say otherwise. None: a reservation that is chosen in the form."""
    field = _input(BlockId.LENGTH, "By how long", _typed("2h", "2h · until 18:00"))
    return _about(CallbackId.EXTEND, "Extend", reservation, [field], zone)


def move(reservation: Reservation | None, *, zone: tzinfo) -> dict[str, Any]:
    """To when: a new start, or a new window. None: of a reservation that is chosen in the form."""
    typed = _typed("", "sat 9am · tomorrow 14:00-18:00")
    field = _input(BlockId.WHEN, "To when", typed, hint=f"Your time zone is {zone}. Without an end, its length stays.")
    return _about(CallbackId.MOVE, "Move", reservation, [field], zone)


def deny(reservation: Reservation, *, zone: tzinfo) -> dict[str, Any]:
    """Why not: the member is told."""
    typed = {**_typed("", "What would be fine instead?", LONGEST_REASON), "multiline": True}
    field = _input(BlockId.REASON, "Reason", typed, hint=f"It is sent to the member who asks for {reservation.label}.")
    return _about(CallbackId.DENY, "Deny", reservation, [field], zone)


def suggest(reservation: Reservation, *, zone: tzinfo, now: datetime) -> dict[str, Any]:
    """What an admin offers the member instead of what they asked for, which it starts with. `zone` is the admin's."""
    fields = [
        _input(BlockId.COUNT, "How many GPUs", _count(str(reservation.count))),
        _input(
            BlockId.WHEN,
            "When",
            _typed(_window(reservation.window, zone, now), "tomorrow 9am for 8h"),
            hint=f"Your time zone is {zone}.",
        ),
    ]
    then = (
        f"{words.mention(reservation.member)} takes it, or passes, with one click. What they asked for is then let go."
    )
    return _about(CallbackId.SUGGEST, "Offer", reservation, fields, zone, context(then))


def answered(reply: Reply, title: str = "Crunchtime", *, above: bool = False) -> dict[str, Any]:
    """An answer in place of the form that asked, which is done with; a refused one can be gone back to.

    `above`: it lies upon a form that is not done with.
    """
    again = above or reply.decision in ("refused", "error")
    return {
        "type": "modal",
        "callback_id": CallbackId.ANSWER,
        "title": plain_text(title, 24),
        "close": plain_text("Back" if above or reply.decision == "refused" else "Close", 24),
        "clear_on_close": not again,
        "blocks": list(reply.blocks),
    }


def _about(
    callback: CallbackId,
    submit: str,
    reservation: Reservation | None,
    fields: list[Block],
    zone: tzinfo,
    below: Sequence[Block] = (),
) -> dict[str, Any]:
    if reservation is None:
        which = _input(BlockId.RESERVATION, "Which reservation", menus.menu("R12"))
        return _modal(callback, submit, submit, [which, *fields], "")
    what = section(f"{words.held(reservation)}, {words.span(reservation.window, zone)}")
    return _modal(callback, f"{submit} {reservation.label}", submit, [what, *fields, *below], value_of(reservation))


def _modal(callback: CallbackId, title: str, submit: str, blocks: list[Block], metadata: str) -> dict[str, Any]:
    return {
        "type": "modal",
        "callback_id": callback,
        "title": plain_text(title, 24),
        "submit": plain_text(submit, 24),
        "close": plain_text("Cancel", 24),
        "private_metadata": metadata,
        "blocks": blocks,
    }


def _input(field: BlockId, label: str, element: Block, *, optional: bool = False, hint: str = "") -> Block:
    block: Block = {
        "type": "input",
        "block_id": field,
        "label": plain_text(label, 2000),
        "element": element,
        "optional": optional,
    }
    return {**block, "hint": plain_text(hint, 2000)} if hint else block


def _typed(value: str, placeholder: str, most: int = 200) -> Block:
    block: Block = {"type": "plain_text_input", "action_id": ActionId.VALUE, "max_length": most}
    block["placeholder"] = plain_text(placeholder, 150)
    text = clip(one_line(value), most)
    return {**block, "initial_value": text} if text else block


def _window(window: Window, zone: tzinfo, now: datetime) -> str:
    """A window as it could be typed in `zone`: "2026-11-03 09:00 for 8h"; one that has begun: "now until ..."."""
    if window.start <= now:
        return f"now until {window.end.astimezone(zone):%Y-%m-%d %H:%M}"
    return f"{window.start.astimezone(zone):%Y-%m-%d %H:%M} for {lasts(window.length)}"


def _count(value: str) -> Block:
    block: Block = {"type": "number_input", "action_id": ActionId.VALUE, "is_decimal_allowed": False, "min_value": "1"}
    usable = value.isascii() and value.isdecimal() and 1 <= len(value) <= 6 and int(value) >= 1
    return {**block, "initial_value": value} if usable else block
