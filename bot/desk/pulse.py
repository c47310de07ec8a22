"""The pulse: asked once in a quarter, answered once by each, closed after two weeks."""

from datetime import datetime
from zoneinfo import ZoneInfo

from bot.booking.digest import mark_of
from bot.booking.members import Member
from bot.booking.notices import Notice, NoticeKind
from bot.booking.settings import Reminder
from bot.desk.base import Base
from bot.errors import InputError, NotFound, NotYours, WrongState
from bot.report.pulse import LEAST, LONGEST, OPEN_FOR, SCALE, USED_WITHIN, Pulse, is_due, next_due, quarter_of
from storage.book import Book

FEW = f"Fewer than {LEAST} people had or wanted GPUs lately and may be asked: their answers could be shown to nobody."


class Pulsing(Base):
    """The use cases of the pulse. None of them writes to the audit, or keeps what a delivery was answered."""

    _pulsed: str = ""  # the last quarter that this bot has looked after

    def ask_pulse(self, who: Member, now: datetime) -> int:
        """Ask this quarter's question now; how many are asked.

        Raises NotYours, WrongState where it was asked in this quarter or too few would be, and Busy.
        """
        if not who.admin:
            raise NotYours("Only admins have the lab asked.")
        quarter = quarter_of(now, ZoneInfo(self.lab.timezone)).label
        with self._writing(now) as (book, _):
            before = book.pulse_asked_at(quarter)
            if before is not None:
                raise WrongState(f"This was asked in {quarter} already, and is asked once in a quarter.", when=before)
            count = self._ask_pulse(book, quarter, now)
        if not count:
            raise WrongState(f"{FEW} Nobody was asked.")
        return count

    def pulse_stands(self, who: Member, now: datetime) -> tuple[Pulse | None, datetime | None]:
        """The last that may be shown, if any; and until when answers are taken, where they are. Raises NotYours."""
        if not who.admin:
            raise NotYours("Only admins see what was answered.")
        with self._looking(now) as (book, _):
            shown = next((one for one in book.closed_pulses(now) if one.answers >= LEAST), None)
            opened = max(book.open_pulses(), default=None)
        return shown, None if opened is None else opened + OPEN_FOR

    def tend_pulse(self, now: datetime) -> bool:
        """Close what has been open for two weeks, and ask what is due by itself; whether it was asked now."""
        with self._looking(now) as (book, _):
            over = book.pulses_to_close(now - OPEN_FOR)
        if over:
            with self._writing(now) as (book, _):
                for quarter in over:
                    book.close_pulse(quarter)
        zone = ZoneInfo(self.lab.timezone)
        quarter = quarter_of(now, zone).label
        if quarter == self._pulsed or not is_due(now, zone):
            return False
        with self._writing(now) as (book, _):
            count = 0 if book.pulse_asked_at(quarter) is not None else self._ask_pulse(book, quarter, now)
        self._pulsed = quarter
        return count > 0

    def next_pulse_at(self, now: datetime) -> datetime:
        """The next instant after `now` at which it is asked by itself, or closed."""
        with self._looking(now) as (book, _):
            closes = [at + OPEN_FOR for at in book.open_pulses()]
        return min([next_due(now, ZoneInfo(self.lab.timezone)), *(at for at in closes if at > now)])

    def pulse_opens(self, who: Member, quarter: str, now: datetime) -> None:
        """That they may answer. Raises NotFound where they were not asked or it is closed, WrongState if they have."""
        with self._looking(now) as (book, _):
            _may_answer(book, who, quarter, now)

    def answer_pulse(self, who: Member, quarter: str, mark: int, line: str, now: datetime) -> None:
        """Count their answer. Raises as `pulse_opens` does, InputError for no mark from 1 to 5, and Busy."""
        if mark not in SCALE:
            raise InputError("Pick a number from 1 to 5.", field="mark")
        with self._writing(now) as (book, _):
            _may_answer(book, who, quarter, now)
            book.answer_pulse(quarter, who.id, mark, " ".join(line.split())[:LONGEST])

    def _ask_pulse(self, book: Book, quarter: str, now: datetime) -> int:
        """Ask those who had or wanted GPUs lately, and have not switched it off; none where they are too few."""
        people = book.used_since(now - USED_WITHIN)
        known = set(book.people(None).values())
        settings = book.settings(people)
        asked = sorted(one for one in people & known if Reminder.PULSE in settings[one].reminders)
        if len(asked) < LEAST:
            return 0
        book.ask_pulse(quarter, asked, now)
        day = mark_of(now.date())
        for member in asked:
            book.owe(Notice(NoticeKind.PULSE, member, 0, day, now, {"act": "pulse", "quarter": quarter}))
        return len(asked)


def _may_answer(book: Book, who: Member, quarter: str, now: datetime) -> None:
    asked_at = book.pulse_asked_at(quarter)
    may = book.may_answer(quarter, who.id)
    if may is None or asked_at is None or now >= asked_at + OPEN_FOR:
        raise NotFound("This question is closed: no answers are taken any more.")
    if not may:
        raise WrongState("You have answered this already, and it is kept without your name: it cannot be changed.")
