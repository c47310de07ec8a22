"""The Book: what one transaction can read and write, in the core's values."""

from storage.cards import Cards
from storage.claims import Claims
from storage.deadlines import Deadlines
from storage.evidence import Evidence
from storage.findings import Findings
from storage.gathering import Gathering
from storage.logins import Logins
from storage.measurements import Measurements
from storage.outages import Outages
from storage.pieces import Pieces
from storage.pulse import Pulses
from storage.questions import Questions
from storage.refusals import Refusals
from storage.settings import Settings
from storage.spending import Spending
from storage.subscriptions import Subscriptions
from storage.waitlist import Waitlist


class Book(
    Findings,
    Pieces,
    Waitlist,
    Gathering,
    Deadlines,
    Questions,
    Claims,
    Subscriptions,
    Settings,
    Cards,
    Outages,
    Spending,
    Logins,
    Measurements,
    Refusals,
    Evidence,
    Pulses,
):
    """One transaction on the ledger, from `Ledger.reading` or `Ledger.writing`; unusable after it."""
