"""The pulse as people see it: the question, its form, and what a sent form says."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from bot.booking.notices import Notice
from bot.report.pulse import LEAST, LONGEST, OPEN_FOR, SCALE, Pulse
from handlers.ids import ActionId, CallbackId, PulseId
from handlers.views import words
from handlers.views.kit import Block, Headline, Reply, actions, button, context, paragraphs, plain_text, quoted, section

_MARKS = ("not at all", "a little", "half and half", "mostly", "fully")
KEPT = (
    f"Answers are kept without names and instants, and shown only when it is closed (after {OPEN_FOR.days} days) and"
    f" {LEAST} or more have answered."
)


def question(notice: Notice) -> tuple[Headline, list[Any]]:
    """The one question, with the button that opens its form."""
    headline = Headline("How content are you with the compute that you have?", "One number, and a line if you like.")
    small = context(KEPT, "It comes once in a quarter; `/gpu settings pulse off` and it does not.")
    return headline, [*actions(button("Answer…", ActionId.PULSE, notice.facts.get("quarter", ""))), *small]


def form(quarter: str) -> dict[str, Any]:
    """A number from 1 to 5, and a line about waiting."""
    options = [_option(f"{mark} · {_MARKS[mark - 1]}", str(mark)) for mark in SCALE]
    line: Block = {"type": "plain_text_input", "action_id": ActionId.VALUE, "max_length": LONGEST}
    return {
        "type": "modal",
        "callback_id": CallbackId.PULSE,
        "private_metadata": quarter,
        "title": plain_text("Your compute", 24),
        "submit": plain_text("Send", 24),
        "close": plain_text("Cancel", 24),
        "blocks": [
            {
                "type": "input",
                "block_id": PulseId.MARK,
                "label": plain_text("How satisfied are you with the compute that you have for your research?", 2000),
                "element": {"type": "radio_buttons", "action_id": ActionId.VALUE, "options": options},
            },
            {
                "type": "input",
                "block_id": PulseId.WAITING,
                "optional": True,
                "label": plain_text("What did waiting for GPUs cost you lately?", 2000),
                "hint": plain_text("It is shown as you write it, so leave out what tells who you are.", 2000),
                "element": line,
            },
            *context(KEPT),
        ],
    }


def filled(view: Mapping[str, Any]) -> tuple[str, int, str]:
    """What a sent form says: the quarter, the mark (0: none), and the line ("": none)."""
    values = view["state"]["values"]
    mark = (values.get(PulseId.MARK, {}).get(ActionId.VALUE, {}).get("selected_option") or {}).get("value", "0")
    line = values.get(PulseId.WAITING, {}).get(ActionId.VALUE, {}).get("value") or ""
    return str(view.get("private_metadata") or ""), int(mark) if mark.isdecimal() else 0, line


def thanks() -> Reply:
    """It is counted; what was said is not repeated."""
    headline = Headline("Thank you.", "Your answer is counted, without your name.")
    return Reply(headline.text, (section(headline.mrkdwn), *context(KEPT)), "done")


def asked(count: int) -> Reply:
    """To the admin who had it asked."""
    headline = Headline(f"{words.number(count, 'person').replace('persons', 'people')} are asked now.", KEPT)
    return Reply(headline.text, (section(headline.mrkdwn),), "done")


def stands(shown: Pulse | None, until: datetime | None) -> Reply:
    """What was answered last, where enough did, and whether it is being asked; the lines as they were written."""
    asking = f"Answers are taken until {words.moment(until)}." if until else ""
    if shown is None:
        headline = Headline("No answers to show yet.", asking or "`/gpu pulse ask` asks those who use the GPUs.")
        return Reply(headline.text, (section(headline.mrkdwn), *context(KEPT)))
    low = f"{round(100 * shown.low)} % gave 3 of 5 or less (in the published survey of 50 academics 66 %)"
    headline = Headline(f"{shown.quarter}: {shown.answers} of {shown.asked} people answered.", f"{low}.")
    each = " · ".join(f"{mark}: {count}" for mark, count in enumerate(shown.marks, 1))
    said = [f"• {quoted(line, LONGEST)}" for line in shown.lines]
    about = ["*What waiting cost them:*", *said] if said else []
    blocks = [section(headline.mrkdwn), section(each), *paragraphs(about, most=12), *context(asking)]
    return Reply(f"{headline.text} {each}", tuple(blocks))


def _option(text: str, value: str) -> Block:
    return {"text": plain_text(text, 75), "value": value}
