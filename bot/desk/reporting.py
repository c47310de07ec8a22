"""What admins are to know that is no reservation's."""

from datetime import datetime

from bot.booking.notices import Notice, NoticeKind
from bot.desk.base import Base


class Reporting(Base):
    """The use case of a word to the admins."""

    def report(self, act: str, reason: str, now: datetime) -> None:
        """Tell them `reason`, once for this instant; `act` says what it is about ("fleet")."""
        with self._writing(now) as (book, _):
            for to in self._admins():
                book.owe(Notice(NoticeKind.REPORT, to, 0, now, now, {"act": act, "reason": reason[:500]}))
