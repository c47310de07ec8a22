"""The pulse as the database keeps it. No answer is kept beside who gave it, or when."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import and_, delete, insert, or_, select, update

from bot.booking.model import minute_of
from bot.report.pulse import Pulse
from storage.opinions import PULSE, PULSE_ASKED
from storage.tables import ALLOCATION, GPU, RESERVATION, WAITING
from storage.transaction import Transaction


class Pulses(Transaction):
    """The part of a Book that keeps the pulse. It is no change of the ledger, and nothing of it is in the audit."""

    def pulse_asked_at(self, quarter: str) -> datetime | None:
        """When the quarter's question was asked; None: it was not."""
        at: datetime | None = self._connection.scalar(select(PULSE.c.asked_at).where(PULSE.c.quarter == quarter))
        return at

    def ask_pulse(self, quarter: str, members: Collection[str], now: datetime) -> None:
        """Ask these in a quarter that was not asked yet."""
        row = {"quarter": quarter, "asked_at": now, "asked": len(members), "marks": [0] * 5, "lines": []}
        self._connection.execute(insert(PULSE).values(row | {"closed": False}))
        rows = [{"quarter": quarter, "member": member, "answered": False} for member in sorted(members)]
        if rows:
            self._connection.execute(insert(PULSE_ASKED), rows)

    def may_answer(self, quarter: str, member: str) -> bool | None:
        """Whether they were asked and have not answered; False: they have; None: not asked, or closed."""
        answered: bool | None = self._connection.scalar(
            select(PULSE_ASKED.c.answered).where(PULSE_ASKED.c.quarter == quarter, PULSE_ASKED.c.member == member)
        )
        return None if answered is None else not answered

    def answer_pulse(self, quarter: str, member: str, mark: int, line: str) -> None:
        """Count a mark (1 to 5) and keep a line about waiting ("": none), of one who `may_answer`."""
        mine = and_(PULSE_ASKED.c.quarter == quarter, PULSE_ASKED.c.member == member, ~PULSE_ASKED.c.answered)
        if self._connection.execute(update(PULSE_ASKED).where(mine).values(answered=True)).rowcount != 1:
            raise ValueError("only who was asked answers, once")
        kept = self._connection.execute(select(PULSE.c.marks, PULSE.c.lines).where(PULSE.c.quarter == quarter)).one()
        marks = [count + (place == mark) for place, count in enumerate(kept.marks, 1)]
        lines = sorted([*kept.lines, line] if line else kept.lines)
        self._connection.execute(update(PULSE).where(PULSE.c.quarter == quarter).values(marks=marks, lines=lines))

    def pulses_to_close(self, before: datetime) -> list[str]:
        """The quarters that were asked by that instant and take answers still."""
        return list(
            self._connection.scalars(select(PULSE.c.quarter).where(~PULSE.c.closed, PULSE.c.asked_at <= before))
        )

    def open_pulses(self) -> list[datetime]:
        """When those were asked that take answers still."""
        return list(self._connection.scalars(select(PULSE.c.asked_at).where(~PULSE.c.closed)))

    def close_pulse(self, quarter: str) -> None:
        """Take no answers any more, and forget who was asked and who answered."""
        self._connection.execute(delete(PULSE_ASKED).where(PULSE_ASKED.c.quarter == quarter))
        self._connection.execute(update(PULSE).where(PULSE.c.quarter == quarter).values(closed=True))

    def closed_pulses(self, until: datetime) -> list[Pulse]:
        """What was answered in the quarters that are closed and were asked before `until`, the latest first."""
        closed = select(PULSE).where(PULSE.c.closed, PULSE.c.asked_at < until).order_by(PULSE.c.asked_at.desc())
        rows = self._connection.execute(closed)
        return [Pulse(row.quarter, tuple(row.marks), tuple(row.lines), row.asked) for row in rows]

    def used_since(self, at: datetime) -> set[str]:
        """Who had or wanted GPUs since."""
        had = (
            select(RESERVATION.c.member)
            .select_from(ALLOCATION.join(RESERVATION))
            # Of each GPU the last ones, as the index has them.
            .where(ALLOCATION.c.gpu_id.in_(select(GPU.c.id)), ALLOCATION.c.ends > minute_of(at))
            .where(ALLOCATION.c.counted)
        )
        waited = select(WAITING.c.member).where(or_(WAITING.c.ended_at.is_(None), WAITING.c.ended_at > at))
        return set(self._connection.scalars(had)) | set(self._connection.scalars(waited))
