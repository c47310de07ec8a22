"""The use cases, one method each. Everything that reads or changes the ledger goes through here."""

from bot.desk.approving import Approving
from bot.desk.departing import Departing
from bot.desk.ending import Ending
from bot.desk.looking import Looking
from bot.desk.outcome import Booked, Changed, Kept, Left, NotChanged, Once, Outcome, Passed, Undone, Waitlisted
from bot.desk.people import People
from bot.desk.pulling import Pulling
from bot.desk.turnover import Turnover
from bot.desk.waitlist import Waitlisting

__all__ = [
    "Booked",
    "Changed",
    "Desk",
    "Kept",
    "Left",
    "NotChanged",
    "Once",
    "Outcome",
    "Passed",
    "Undone",
    "Waitlisted",
]


class Desk(Waitlisting, Pulling, Ending, Approving, Turnover, Departing, Looking, People):
    """The lab's one desk: made of a ledger and a lab, called by handlers and jobs with `now` in hand."""
