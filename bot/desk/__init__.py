"""The use cases, one method each. Everything that reads or changes the ledger goes through here."""

from bot.desk.approving import Approving
from bot.desk.attending import Attending
from bot.desk.calendars import Calendars, Subscribed, Subscription
from bot.desk.claims import Claims
from bot.desk.deadlines import Deadlines
from bot.desk.departing import Departing
from bot.desk.digesting import Digesting
from bot.desk.ending import Ending
from bot.desk.estimating import Estimating
from bot.desk.handing import Handing
from bot.desk.lending import Lending
from bot.desk.looking import Looking
from bot.desk.measuring import Measuring
from bot.desk.months import Months
from bot.desk.no_shows import NoShows
from bot.desk.outages import Outages
from bot.desk.outcome import (
    Asked,
    Back,
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
    TakenOut,
    Tracked,
    Undone,
    Waitlisted,
    Withdrawn,
)
from bot.desk.people import People
from bot.desk.pressing import Pressing
from bot.desk.pulling import Pulling
from bot.desk.pulse import Pulsing
from bot.desk.questions import Questions
from bot.desk.reminding import Reminding
from bot.desk.reporting import Reporting
from bot.desk.revoking import Revoking
from bot.desk.rewording import Rewording
from bot.desk.setting import Setting
from bot.desk.turnover import Turnover
from bot.desk.waitlist import Waitlisting
from bot.desk.watching import Watching

__all__ = [
    "Asked",
    "Back",
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
    "Subscribed",
    "Subscription",
    "TakenOut",
    "Tracked",
    "Undone",
    "Waitlisted",
    "Withdrawn",
]


class Desk(
    Questions,
    Handing,
    Digesting,
    Waitlisting,
    Pulling,
    Attending,
    Ending,
    Approving,
    Turnover,
    Outages,
    Revoking,
    Rewording,
    Departing,
    Deadlines,
    Claims,
    Calendars,
    Pressing,
    Estimating,
    Measuring,
    Lending,
    Looking,
    People,
    Reminding,
    NoShows,
    Setting,
    Reporting,
    Watching,
    Months,
    Pulsing,
):
    """The lab's one desk: made of a ledger and a lab, called by handlers and jobs with `now` in hand."""
