"""The Book: what one transaction can read and write, in the core's values."""

from storage.cards import Cards
from storage.claims import Claims
from storage.deadlines import Deadlines
from storage.gathering import Gathering
from storage.links import Links
from storage.outages import Outages
from storage.pieces import Pieces
from storage.questions import Questions
from storage.settings import Settings
from storage.waitlist import Waitlist


class Book(Pieces, Waitlist, Gathering, Deadlines, Questions, Claims, Links, Settings, Cards, Outages):
    """One transaction on the ledger, from `Ledger.reading` or `Ledger.writing`; unusable after it."""
