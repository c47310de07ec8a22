"""The Book: what one transaction can read and write, in the core's values."""

from storage.claims import Claims
from storage.people import People
from storage.records import Records
from storage.reservations import Reservations


class Book(Reservations, Records, Claims, People):
    """One transaction on the ledger, from `Ledger.reading` or `Ledger.writing`; unusable after it."""
