"""A member's settings as they see them: the list, the form, and what a sent form says."""

from collections.abc import Mapping
from datetime import time
from typing import Any, assert_never

from bot.booking.settings import Change, MemberSettings, Reminder
from bot.booking.waking import Quiet
from bot.errors import InputError
from handlers.ids import ActionId, CallbackId, SettingId
from handlers.views import words
from handlers.views.kit import Block, Headline, Reply, actions, button, context, plain_text, section

_AUTO = "auto"


def rows(settings: MemberSettings) -> list[tuple[str, str]]:
    """Every setting: its name and its value, in mrkdwn."""
    on = [_short(one) for one in Reminder if one in settings.reminders]
    quiet = settings.quiet
    return [
        ("Reminders", "; ".join(on) or "none"),
        ("Quiet hours", f"{quiet.start:%H:%M}–{quiet.end:%H:%M} in your time zone" if quiet else "none"),
        ("May book for you", words.mention(settings.delegate) if settings.delegate else "admins only"),
        ("Waitlist", "books by itself" if settings.auto else "holds an offer for you, and asks"),
    ]


def shown(settings: MemberSettings, *, changed: bool = False) -> Reply:
    """All of them, with [Change...]; `changed`: that they have just been."""
    headline = Headline("Your settings are changed." if changed else "Your settings")
    told = "\n".join(f"*{name}*: {value}" for name, value in rows(settings))
    small = context(
        "Quiet hours hold what can wait: not the last 15 minutes, decisions, offers, or what is taken from you.",
        "`/gpu help settings` shows how to type them.",
    )
    return Reply(
        f"{headline.text} {'; '.join(f'{name}: {value}' for name, value in rows(settings))}",
        (section(headline.mrkdwn), section(told), *small, *actions(change_button())),
        "done" if changed else "answer",
    )


def change_button() -> Block:
    """[Change...]: opens the form."""
    return button("Change…", ActionId.SETTINGS)


def form(settings: MemberSettings) -> dict[str, Any]:
    """The form, filled with what is set."""
    quiet, reminders = settings.quiet, [_option(_long(one), one) for one in Reminder]
    boxes: Block = {"type": "checkboxes", "action_id": ActionId.VALUE, "options": reminders}
    ticked = [option for option in reminders if option["value"] in settings.reminders]
    boxes |= {"initial_options": ticked} if ticked else {}
    book: Block = _option("Book by itself what I wait for, as soon as it can be had", _AUTO)
    auto: Block = {"type": "checkboxes", "action_id": ActionId.VALUE, "options": [book]}
    auto |= {"initial_options": [book]} if settings.auto else {}
    delegate: Block = {"type": "users_select", "action_id": ActionId.VALUE}
    delegate |= {"initial_user": settings.delegate} if settings.delegate else {}
    return {
        "type": "modal",
        "callback_id": CallbackId.SETTINGS,
        "title": plain_text("Your settings", 24),
        "submit": plain_text("Save", 24),
        "close": plain_text("Cancel", 24),
        "blocks": [
            _input(SettingId.REMINDERS, "Remind me", boxes),
            _input(SettingId.QUIET_START, "Quiet from", _timepicker(quiet.start if quiet else None)),
            _input(SettingId.QUIET_END, "Quiet until", _timepicker(quiet.end if quiet else None), _QUIET_HINT),
            _input(SettingId.DELEGATE, "Who may book for me, beside admins", delegate),
            _input(SettingId.AUTO, "Waitlist", auto),
        ],
    }


def filled(view: Mapping[str, Any]) -> Change:
    """What a sent form says, of all settings. Raises InputError, with its field, for quiet hours that are none."""
    start, end = (_picked(view, field) for field in (SettingId.QUIET_START, SettingId.QUIET_END))
    if (start is None) != (end is None):
        field = SettingId.QUIET_START if start is None else SettingId.QUIET_END
        raise InputError("Pick both times, or neither to have no quiet hours.", field=field)
    if start is not None and start == end:
        raise InputError("Quiet hours must end at another time than they begin.", field=SettingId.QUIET_END)
    ticked = _values(view, SettingId.REMINDERS)
    on = frozenset(one for one in Reminder if one in ticked)
    return Change(
        on=on,
        off=frozenset(Reminder) - on,
        quiet=Quiet(start, end) if start is not None and end is not None else "off",
        delegate=str(_element(view, SettingId.DELEGATE).get("selected_user") or ""),
        auto=_AUTO in _values(view, SettingId.AUTO),
    )


_QUIET_HINT = "In your time zone. What can wait comes at their end. Leave both empty to have none."


def _short(reminder: Reminder) -> str:
    match reminder:
        case Reminder.START:
            return "at the start"
        case Reminder.END:
            return "15 minutes before the end, if somebody is next"
        case Reminder.NEEDED:
            return "whether it is still needed"
        case Reminder.MORE:
            return "an hour before start and end"
        case Reminder.PULSE:
            return "how content I am with the compute, once in a quarter"
        case other:
            assert_never(other)


def _long(reminder: Reminder) -> str:
    match reminder:
        case Reminder.START:
            return "At the start, with the GPUs' numbers"
        case Reminder.END:
            return "15 minutes before the end, if somebody is next"
        case Reminder.NEEDED:
            return "Is it still needed? (booked long ago, or its deadline passed)"
        case Reminder.MORE:
            return "An hour before start and end as well"
        case Reminder.PULSE:
            return "How content I am with the compute, once in a quarter"
        case other:
            assert_never(other)


def _option(text: str, value: str) -> Block:
    return {"text": plain_text(text, 75), "value": value}


def _timepicker(at: time | None) -> Block:
    picker: Block = {"type": "timepicker", "action_id": ActionId.VALUE}
    return picker if at is None else {**picker, "initial_time": f"{at:%H:%M}"}


def _input(field: SettingId, label: str, element: Block, hint: str = "") -> Block:
    block: Block = {
        "type": "input",
        "block_id": field,
        "label": plain_text(label, 2000),
        "element": element,
        "optional": True,
    }
    return {**block, "hint": plain_text(hint, 2000)} if hint else block


def _element(view: Mapping[str, Any], field: SettingId) -> Mapping[str, Any]:
    block: Mapping[str, Any] = view["state"]["values"].get(field, {})
    element: Mapping[str, Any] = block.get(ActionId.VALUE, {})
    return element


def _values(view: Mapping[str, Any], field: SettingId) -> set[str]:
    return {option["value"] for option in _element(view, field).get("selected_options") or ()}


def _picked(view: Mapping[str, Any], field: SettingId) -> time | None:
    text = _element(view, field).get("selected_time")
    return time.fromisoformat(text) if text else None
