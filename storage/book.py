"""The Book: what one transaction can read and write, in the core's values."""

from storage.claims import Claims
from storage.deadlines import Deadlines
from storage.findings import Findings
from storage.logins import Logins
from storage.questions import Questions
from storage.records import Records
from storage.reservations import Reservations
from storage.waitlist import Waitlist


class Book(Findings, Reservations, Waitlist, Records, Deadlines, Questions, Claims, Logins):
    """One transaction on the ledger, from `Ledger.reading` or `Ledger.writing`; unusable after it."""
