"""Releasing and Undo."""

from dataclasses import replace
from datetime import datetime, timedelta

from bot.booking.amend import given_back
from bot.booking.calendar import Calendar
from bot.booking.decision import Placement
from bot.booking.lifecycle import Act, State, after
from bot.booking.members import Member
from bot.booking.model import Reservation, Window, instant_of, minute_of
from bot.booking.search import Need, place
from bot.desk.base import begun, own
from bot.desk.grouping import Grouping
from bot.desk.outcome import Changed, Kept, Once, Outcome, Undone
from bot.errors import InputError, WrongState
from storage.book import Book
from storage.records import AuditEntry

UNDO_FOR = timedelta(minutes=10)
UNDOABLE = frozenset({"booked", "asked", "extended", "moved", "released", "cancelled", "kept"})


class Ending(Grouping):
    """The use cases that give GPUs back, and take that back."""

    def release(
        self,
        who: Member,
        id_: int,
        now: datetime,
        *,
        keep: int | None = None,
        whole: bool = False,
        version: int | None = None,
        once: Once | None = None,
    ) -> Outcome | Kept:
        """All of it, or all but `keep` GPUs. Raises NotFound, NotYours, WrongState, InputError, Busy.

        Before its start it is cancelled; after it, its window ends now and only the time until now counts. `whole`: all
        pieces of its run that hold GPUs, whether it still does or not.
        """

        def do(book: Book, _: Calendar) -> Outcome:
            before = self._found(book, id_, version)
            own(who, before)
            state = after(Act.RELEASE, before.state)
            rest = self._rest_of(book, before, now)
            if whole and rest:
                pieces = [*([before] if state is not None else []), *rest]
                ended = [self._released(book, who, piece, now) for piece in pieces]
                return Changed(Act.RELEASE, pieces[0], ended[0], pieces=tuple(ended[1:]))
            if state is None:
                raise self._too_late(book, before)
            if keep is None:
                return Changed(Act.RELEASE, before, self._released(book, who, before, now), rest=rest)
            entered = self._change(book, who, "kept", before, kept_of(before, keep), now)
            self._tell_holder(book, who, "kept", entered, now)
            return Changed(Act.RELEASE, before, entered)

        return self._once(once, now, do)

    def _released(self, book: Book, who: Member, before: Reservation, now: datetime) -> Reservation:
        changed = given_back(before, now)
        entered = self._change(book, who, changed.state.value, before, changed, now)
        self._tell_holder(book, who, changed.state.value, entered, now)
        return entered

    def undo(
        self, who: Member, id_: int, now: datetime, *, version: int | None = None, once: Once | None = None
    ) -> Outcome | Kept:
        """Take back the last change, within 10 minutes and where its GPUs are still free; of a run in pieces, of all
        pieces that were changed with it.

        Raises NotFound, NotYours, WrongState (too late, or somebody has the GPUs now), Busy.
        """

        def do(book: Book, calendar: Calendar) -> Outcome:
            present = self._found(book, id_, version)
            own(who, present)
            last = self._undoable(book, present, who, now)
            with_it = self._done_with(book, present, last)
            entered = self._undone(book, calendar, who, present, last, now)
            pieces = [self._undone(book, calendar, who, piece, entry, now) for piece, entry in with_it]
            if entered.state is State.PENDING:
                self._tell_admins(book, entered, None, now)
            return Undone(present, entered, tuple(pieces))

        return self._once(once, now, do)

    def _undone(
        self, book: Book, calendar: Calendar, who: Member, present: Reservation, last: AuditEntry, now: datetime
    ) -> Reservation:
        if last.before is None:
            restored = given_back(present, now)
        else:
            restored = self._restored(book, calendar, present, last.before, now)
        entered = self._change(book, who, "undone", present, restored, now)
        self._tell_holder(book, who, "undone", entered, now)
        return entered

    def _undoable(self, book: Book, present: Reservation, who: Member, now: datetime) -> AuditEntry:
        entries = book.history(present.id)
        # That it has started since, by itself, is no reason not to undo what a person did before.
        started = 1 if len(entries) > 1 and entries[-1].act == "started" else 0
        last = entries[-1 - started]
        if last.act not in UNDOABLE or last.after is None or last.after.version + started != present.version:
            raise WrongState(f"There is nothing to undo for {present.label}.", who=last.who, when=last.at)
        if last.who != who.id:
            raise WrongState(f"The last change of {present.label} was not yours.", who=last.who, when=last.at)
        if now - last.at > UNDO_FOR:
            raise WrongState(f"Too late to undo: {present.label} was changed more than 10 minutes ago.", when=last.at)
        return last

    def _restored(
        self, book: Book, calendar: Calendar, present: Reservation, wanted: Reservation, now: datetime
    ) -> Reservation:
        """The reservation as it was, on its old GPUs or, before its start, on others of its nodes."""
        start = max(wanted.window.start, instant_of(minute_of(now)))
        if start >= wanted.window.end or wanted.pool not in calendar.pools:
            raise WrongState(f"Too late to undo: {present.label} would be over by now.")
        if wanted.window.start < start:
            came = book.held_by(wanted.gpus, Window(wanted.window.start, start), other_than=present.id)
            if came is not None:
                raise WrongState(f"Too late to undo: somebody else had GPUs of {present.label} meanwhile.", who=came)
        window = Window(start, wanted.window.end)
        with calendar.without(present):
            found = _free_again(calendar, wanted, window, now)
            taken_by = calendar.holders(wanted.pool, window, wanted.gpus)
        if found is None:
            message = f"Too late to undo: somebody else has GPUs of {present.label} now."
            raise WrongState(message, who=next((one.member for one in taken_by if one.id != present.id), None))
        agreed = wanted.state in (State.BOOKED, State.ACTIVE)
        state = begun(wanted.window, now) if agreed else wanted.state
        return replace(wanted, version=present.version, state=state, gpus=found.gpus)


def _free_again(calendar: Calendar, wanted: Reservation, window: Window, now: datetime) -> Placement | None:
    """Room for it without giving anybody other GPUs."""
    layout = calendar.pools[wanted.pool].layout
    has = layout.mask(wanted.gpus)
    needs = [Need(wanted.pool, wanted.count, has, has, wanted.member)]
    if not wanted.named and wanted.window.start > now:
        nodes = sum(field for field in layout.fields if field & has)
        needs.append(replace(needs[0], suits=nodes & layout.with_memory(wanted.memory_gb), named=0))
    for need in needs:
        found = place(calendar, need, window, minute_of(now))
        if isinstance(found, Placement) and not found.rebinds:
            return found
    return None


def kept_of(reservation: Reservation, keep: int) -> Reservation:
    """With only the first `keep` of its GPUs. Raises InputError where that is none of them, or all."""
    if not 1 <= keep < reservation.count:
        most = reservation.count - 1
        raise InputError(
            f"{reservation.label} has {reservation.count} GPU{'s' if reservation.count > 1 else ''}: "
            + (f"keep 1 to {most} of them." if most else "release it whole."),
            example=f"release {reservation.label}" + (f" keep {most}" if most else ""),
        )
    return replace(reservation, gpus=reservation.gpus[:keep])
