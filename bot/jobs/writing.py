"""Writing to one reader: what is due to them sent, gathered, put off or dropped, and each settled."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from bot.booking.notices import Notice, NoticeKind, Part
from bot.booking.reminding import GATHER, Word, is_gathered, is_person
from bot.desk import Desk
from bot.errors import BotError, DeliveryError
from bot.jobs import cards, digest, month
from bot.report.notifier import Notifier
from storage.outbox import Claimed, Outbox

log = structlog.get_logger()

LEASE = timedelta(minutes=1)  # well over the sender's own timeout
MOST_IN_ONE = 20  # notices to one person that are looked at together
MOST_FAILURES = 20  # two hours in all: Slack may be away for one
LATE = timedelta(minutes=10)
LONGEST_WAIT = timedelta(minutes=10)

Due = tuple[Claimed, Word]


@dataclass(frozen=True, slots=True)
class Post:
    """What writing needs. `thread`: the board's message; `clock`: what time it is after each message."""

    desk: Desk
    outbox: Outbox
    notifier: Notifier
    thread: str | None
    clock: Callable[[], datetime]

    def write_to(self, first: Claimed) -> int:
        """What is due to the reader of `first`. Returns how many notices were sent.

        Each is settled right after its message. Where one fails, nothing more goes there now: Slack wants that reader
        left alone, or takes its time.
        """
        now, claimed = self.clock(), [first]
        if is_person(first.notice.to):
            claimed += self.outbox.claim_more(first, now, MOST_IN_ONE - 1)
        try:
            words = self.desk.words([one.notice for one in claimed], now)
        except BotError as error:
            failure = DeliveryError(str(error), permanent=False)
            self.outbox.free(first, self._failed(first, failure), claimed[1:])
            return 0
        letters = self._letters(list(zip(claimed, words, strict=True)), now)
        left = [one for letter in letters for one, _ in letter]
        sent, again = 0, None
        for letter in letters:
            if self.clock() - now > LEASE / 2:
                break
            went, again = self._send(letter, last=len(letter) == len(left))
            sent += went
            left = left[max(went, 1) :]
            if went < len(letter):
                break
        if sent < len(claimed):
            self.outbox.free(first, again or self.clock(), left)
        return sent

    def _letters(self, found: Sequence[Due], now: datetime) -> list[list[Due]]:
        """What goes now, message by message; what is pointless, or is not to be told yet, is settled."""
        letters: list[list[Due]] = []
        together: list[Due] = []
        for one, word in found:
            next_one = one.told_at + GATHER if one.told_at else now
            if word.pointless:
                self.outbox.dead(one, word.pointless, now, frees=False)
            elif word.waits_until is not None:
                self.outbox.postpone(one, word.waits_until)
            elif not is_gathered(word.notice):
                letters.append([(one, word)])
            elif next_one > now:
                self.outbox.postpone(one, next_one)
            else:
                together.append((one, word))
        return [*letters, together] if together else letters

    def _send(self, letter: Sequence[Due], *, last: bool) -> tuple[int, datetime | None]:
        """One message, of as much of the letter as it holds. Returns how many were sent.

        0 where the first failed, and then when it is tried again, so that the others can go with it.
        """
        (first, word), *others = letter
        now = self.clock()
        try:
            if others:
                count = self.notifier.gather([_part(each, now) for _, each in letter], now)
            else:
                part = _part(word, now)
                if word.notice.kind is NoticeKind.DIGEST:
                    return self._send_digest(first, word.notice, now)
                if word.notice.kind is NoticeKind.MONTH:
                    month.send(word.notice, self.desk, self.notifier, now)
                    return int(self.outbox.sent(first, self.clock(), reminds=False, frees=last)), None
                cards.send(
                    part.notice,
                    part.reservation,
                    self.desk,
                    self.notifier,
                    thread=self.thread,
                    late=part.late,
                    now=now,
                )
                count = 1
        except BotError as error:
            failure = error if isinstance(error, DeliveryError) else DeliveryError(str(error), permanent=False)
            return 0, self._failed(first, failure)
        except Exception as error:
            # A notice that cannot be drawn must not keep the others from being sent.
            log.exception("a notice could not be sent", kind=word.notice.kind, reservation=word.notice.reservation)
            if others:
                return self._send([(first, word)], last=False)
            self._failed(first, DeliveryError(type(error).__name__, permanent=False))
            return 0, None
        more = [one for one, _ in letter[1:count]]
        frees = last and count == len(letter)
        kept = self.outbox.sent(first, self.clock(), *more, reminds=is_gathered(word.notice), frees=frees)
        return (count if kept else 0), None

    def _send_digest(self, claimed: Claimed, notice: Notice, now: datetime) -> tuple[int, datetime | None]:
        """As `_send`. Raises DeliveryError and Busy."""
        if not digest.send(notice, self.desk, self.notifier, now):
            self.outbox.dead(claimed, "not worth telling any more", now, frees=False)
            return 0, None
        return int(self.outbox.sent(claimed, self.clock(), reminds=False, frees=True)), None

    def _failed(self, claimed: Claimed, error: DeliveryError) -> datetime:
        """It is tried again, or given up. Returns when others can be tried."""
        notice, now = claimed.notice, self.clock()
        if error.permanent or claimed.failed + 1 >= MOST_FAILURES:
            log.error("a notice is given up", kind=notice.kind, to=notice.to, error=str(error), failed=claimed.failed)
            self.outbox.dead(
                claimed, str(error), now, tell=self.desk.undeliverable(notice, str(error), now), frees=False
            )
            return now
        wait = min(timedelta(seconds=2 ** (claimed.failed + 1)), LONGEST_WAIT)
        rest = timedelta(seconds=error.retry_after)
        again = now + max(wait, rest)
        self.outbox.retry(claimed, again, str(error), rests_until=now + rest if rest else None)
        return again


def _part(word: Word, now: datetime) -> Part:
    return Part(word.notice, word.reservation, late=now - (word.waited_until or word.notice.due_at) > LATE)
