"""What stands around a picture: the button that asks for one, its title, and where it went."""

import json
from zoneinfo import ZoneInfo

from bot.booking.board import Board
from bot.booking.timeline import Timeline
from handlers.ids import ActionId
from handlers.views.kit import Block, Reply, button, clip, one_line, section
from handlers.views.timeline import instant_said

LONGEST = 14  # days: a longer window would show nothing of a day


def picture_button(board: Board) -> Block:
    """For what the board shows: its pool if it is one, its window if that is ahead."""
    value: dict[str, str] = {}
    if len(board.pools) == 1:
        value["pool"] = board.pools[0].pool
    windows = {pool.window for pool in board.pools}
    window = windows.pop() if len(windows) == 1 else None
    if window is not None and window.start > board.now and window.length.days < LONGEST:
        value |= {"from": window.start.isoformat(), "to": window.end.isoformat()}
    return button("Picture", ActionId.PICTURE, json.dumps(value, separators=(",", ":")))


def title(timeline: Timeline) -> str:
    """ "Vision Lab: who has which GPU, Mon 2 Nov 09:00"."""
    at = instant_said(timeline.now, ZoneInfo(timeline.zone))
    return f"{clip(one_line(timeline.lab), 80)}: who has which GPU, {at}"


def sent() -> Reply:
    """It is in the member's conversation with the bot."""
    text = "The picture is in your direct messages with me."
    return Reply(text, (section(text),), "done")


def failed() -> Reply:
    """Slack did not take it."""
    text = "Slack did not take the picture. The words above hold; press the button again later."
    return Reply(text, (section(text),), "error")
