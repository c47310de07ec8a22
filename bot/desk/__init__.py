"""The use cases, one method each. Everything that reads or changes the ledger goes through here."""

from bot.desk.approving import Approving
from bot.desk.claims import Claims
from bot.desk.deadlines import Deadlines
from bot.desk.departing import Departing
from bot.desk.ending import Ending
from bot.desk.handing import Handing
from bot.desk.looking import Looking
from bot.desk.outcome import (
    Asked,
    Booked,
    Changed,
    Dropped,
    Kept,
    Left,
    Linked,
    NotAsked,
    NotChanged,
    Once,
    Outcome,
    Passed,
    Replanned,
    Settled,
    Tracked,
    Undone,
    Waitlisted,
    Withdrawn,
)
from bot.desk.people import People
from bot.desk.pressing import Pressing
from bot.desk.pulling import Pulling
from bot.desk.questions import Questions
from bot.desk.turnover import Turnover
from bot.desk.waitlist import Waitlisting
from bot.desk.watching import Watching

__all__ = [
    "Asked",
    "Booked",
    "Changed",
    "Desk",
    "Dropped",
    "Kept",
    "Left",
    "Linked",
    "NotAsked",
    "NotChanged",
    "Once",
    "Outcome",
    "Passed",
    "Replanned",
    "Settled",
    "Tracked",
    "Undone",
    "Waitlisted",
    "Withdrawn",
]


class Desk(
    Questions,
    Handing,
    Waitlisting,
    Pulling,
    Ending,
    Approving,
    Turnover,
    Departing,
    Deadlines,
    Claims,
    Pressing,
    Looking,
    People,
    Watching,
):
    """The lab's one desk: made of a ledger and a lab, called by handlers and jobs with `now` in hand."""
