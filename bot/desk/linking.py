"""Who is who: members say which Linux login is theirs, an admin or the lab's file confirms it."""

from collections.abc import Mapping
from datetime import datetime

from bot.booking.calendar import Calendar
from bot.booking.members import Link, LinkState, Member, is_login
from bot.booking.notices import Notice, NoticeKind
from bot.desk.base import CLOCK, Base
from bot.desk.outcome import Kept, Linked, Once, Outcome
from bot.errors import InputError, NotFound, NotYours, WrongState
from storage.book import Book

EXAMPLE = "link alice"
MOST = 5  # logins of one member


class Linking(Base):
    """The use cases of logins."""

    def links(self, who: Member, now: datetime) -> tuple[Link, ...]:
        """The member's own: those of the lab's file, confirmed ones, and those that wait for an admin."""
        file = tuple(self._of_file(login, now) for login, member in self.lab.logins.items() if member == who.id)
        with self._looking(now) as (book, _):
            return (*file, *(one for one in book.links_of(who.id) if one.login not in self.lab.logins))

    def link(
        self, who: Member, login: str, now: datetime, *, member: str | None = None, once: Once | None = None
    ) -> Outcome | Kept:
        """`login` is `who`'s, or, where an admin says so, `member`'s. An admin's word is enough, but not of themselves
        while there is another.

        Raises InputError (no login, or one too many), NotYours (of somebody else's, by no admin), WrongState (the
        lab's file says otherwise, or there is no admin to confirm it), Busy.
        """
        whose = member or who.id
        if not is_login(login):
            raise InputError(
                "That is not a person's Linux login.", hint="It is what `whoami` says on a node.", example=EXAMPLE
            )
        if whose != who.id and not who.admin:
            raise NotYours("Only admins say whose login somebody else's is.")

        def do(book: Book, _: Calendar) -> Outcome:
            there = self._there(book, login, whose, now)
            if there is not None:
                return Linked(there)
            if not self.lab.admins:
                raise WrongState("No admin is named who could confirm it; the lab's file can say it under [logins].")
            if len(book.links_of(whose)) >= MOST:
                raise InputError(f"{MOST} logins are enough.", hint="Drop one first.", example="link drop alice")
            asked = book.ask_login(login, whose, now)
            book.audit(who.id, f"login {login} said to be {whose}'s", None, asked, now)
            alone = not any(admin != who.id for admin in self.lab.admins)
            if who.admin and (whose != who.id or alone):
                return self._link_decided(book, who, asked, LinkState.CONFIRMED, now)
            for to in self._admins():
                facts = {"act": f"asked L{asked.id}", "login": login, "by": whose}
                book.owe(Notice(NoticeKind.LOGIN, to, 0, asked.asked_at, now, facts))
            return Linked(asked)

        return self._once(once, now, do)

    def decide_link(
        self, who: Member, id_: int, now: datetime, *, confirm: bool, once: Once | None = None
    ) -> Outcome | Kept:
        """An admin confirms it, or refuses. Raises NotYours, NotFound, WrongState (decided before), Busy."""
        if not who.admin:
            raise NotYours("Only admins decide whose a login is.")

        def do(book: Book, _: Calendar) -> Outcome:
            asked = book.link(id_)
            if asked is None:
                raise NotFound("There is no such request.")
            if asked.state is not LinkState.ASKED:
                what = f"{asked.login} is {asked.state.value} already."
                raise WrongState(what, who=asked.decided_by, when=asked.decided_at)
            if asked.member == who.id and any(admin != who.id for admin in self.lab.admins):
                raise NotYours("Nobody confirms their own login while there is another admin.")
            return self._link_decided(book, who, asked, LinkState.CONFIRMED if confirm else LinkState.REFUSED, now)

        return self._once(once, now, do)

    def unlink(self, who: Member, login: str, now: datetime, *, once: Once | None = None) -> Outcome | Kept:
        """It is not the member's any more, or was not asked for. Raises NotFound, WrongState (the file's), Busy."""

        def do(book: Book, _: Calendar) -> Outcome:
            if self.lab.logins.get(login) == who.id:
                raise WrongState(f"{login} is yours by the lab's file.")
            mine = next((one for one in book.links_of(who.id) if one.login == login), None)
            if mine is None:
                raise NotFound(f"{login} is not yours.")
            return self._link_decided(book, who, mine, LinkState.DROPPED, now)

        return self._once(once, now, do)

    def _logins(self, book: Book) -> Mapping[str, str]:
        """Members' ids by login; the file's word counts more."""
        return {**book.logins(), **self.lab.logins}

    def _there(self, book: Book, login: str, whose: str, now: datetime) -> Link | None:
        """That it is theirs already. Raises WrongState where the lab's file says that it is somebody else's."""
        by_file = self.lab.logins.get(login)
        if by_file == whose:
            return self._of_file(login, now)
        if by_file is not None:
            raise WrongState(f"By the lab's file {login} is somebody else's.")
        links = book.links_of(whose)
        return next((one for one in links if one.login == login and one.state is LinkState.CONFIRMED), None)

    def _of_file(self, login: str, now: datetime) -> Link:
        return Link(0, login, self.lab.logins[login], LinkState.CONFIRMED, now, CLOCK.id, now)

    def _link_decided(self, book: Book, who: Member, link: Link, state: LinkState, now: datetime) -> Outcome:
        if not book.decide_login(link, state, who.id, now):
            raise WrongState(f"{link.login} has been decided on in the meantime.")
        after = book.link(link.id)
        assert after is not None  # noqa: S101 - it was changed just now
        book.audit(who.id, f"login {link.login} of {link.member} {state.value}", link, after, now)
        if who.id != link.member:
            facts = {"act": f"{state.value} L{link.id}", "login": link.login, "by": who.id}
            book.owe(Notice(NoticeKind.LOGIN, link.member, 0, now, now, facts))
        return Linked(after)
