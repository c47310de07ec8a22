"""The Book: what one transaction can read and write, in the core's values."""

from storage.people import People
from storage.records import Records
from storage.reservations import Reservations
from storage.waitlist import Waitlist


class Book(Reservations, Waitlist, Records, People):
    """One transaction on the ledger, from `Ledger.reading` or `Ledger.writing`; unusable after it."""
