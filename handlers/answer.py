"""The whole conversation without Slack: a line, who says it and when -> the answer."""

import hashlib
from dataclasses import dataclass, replace
from typing import assert_never

from bot.desk import Desk, Kept, Once, Outcome
from bot.errors import InputError
from handlers import overseeing, said, said_calendar, said_estimate, said_watched
from handlers.admin_answers import looked, overseen
from handlers.changes import read_until
from handlers.context import Context
from handlers.estimating import estimated
from handlers.outcomes import Told, kept, rendered, told
from handlers.parse import parse
from handlers.said_reason import Reason
from handlers.settings_line import SetSettings, Settings
from handlers.views import board, calendars, claims, deadlines, help, links, replies, settings, waitlist  # noqa: A004
from handlers.views.kit import Reply
from handlers.waiting import on_waitlist


@dataclass(frozen=True, slots=True)
class Delivery:
    """What makes a delivery of Slack's one: `key` is unique to it. See `bot.desk.Once` for the rest."""

    key: str
    content: str = ""
    keep_refusals: bool = True
    used: str = ""

    def once(self, told_by: Told) -> Once:
        """For the desk, with the answer that it keeps."""
        digest = hashlib.sha256(self.content.encode()).hexdigest()
        once = Once(self.key, digest, lambda outcome: rendered(told(outcome, told_by)), self.keep_refusals)
        return replace(once, used=self.used) if self.used else once


def answer(line: str, context: Context, desk: Desk, delivery: Delivery | None = None) -> Reply | said.OpenForm:
    """What the line is answered, or that the booking form is to be opened. Raises BotError for what cannot go on."""
    return respond(parse(line, context), context, desk, delivery)


def respond(
    command: said.Command,
    context: Context,
    desk: Desk,
    delivery: Delivery | None = None,
    *,
    version: int | None = None,
) -> Reply | said.OpenForm:
    """What a command is answered. `version`: that of the reservation on whose card a button was pressed."""
    who, now = context.member, context.now
    match command:
        case said.OpenForm():
            return command
        case said.Help(topic):
            return help.help_on(topic or "")
        case said.Mine():
            reply = replies.mine(desk.mine(who.id, now), reader=who.id, zone=context.zone, uuids=context.uuids)
            waits = desk.waiting(now, who.id)
            more = waitlist.rows(waits, reader=who.id, zone=context.zone) if waits else []
            return replace(reply, blocks=(*reply.blocks, *more))
        case said.Waitlist():
            return waitlist.waitlist(desk.waiting(now), reader=who.id, zone=context.zone)
        case overseeing.Outages() | overseeing.Policy() | overseeing.Audit() | overseeing.Export():
            return looked(command, context, desk)
        case overseeing.Report() | overseeing.Pulse():
            return looked(command, context, desk)
        case overseeing.Suggest() | overseeing.Revoke() | overseeing.TakeOut() | overseeing.EndOutage():
            told_by = Told(context, _notes(command), _refusal_key(command, context, delivery))
            outcome = overseen(command, context, desk, delivery.once(told_by) if delivery else None, version)
            return kept(outcome) if isinstance(outcome, Kept) else told(outcome, told_by)
        case said.Wait() | said.Leave() | said.Take() | said.Pass():
            told_by = Told(context, _notes(command), _refusal_key(command, context, delivery))
            outcome = on_waitlist(command, context, desk, delivery.once(told_by) if delivery else None, version)
            return kept(outcome) if isinstance(outcome, Kept) else told(outcome, told_by)
        case said.Free(pool, window, notes):
            return board.free(desk.board(now, window).only(pool=pool), zone=context.zone, notes=notes)
        case said.Who(gpu, pool, node):
            return board.who(desk.board(now).only(pool=pool, node=node, gpu=gpu), zone=context.zone)
        case said.Show(id_):
            reservation, history = desk.show(id_, now)
            past = [(entry.at, entry.who, entry.act) for entry in history]
            return replies.show(reservation, past, reader=who.id, zone=context.zone, uuids=context.uuids)
        case said.Deadlines(name):
            return _deadlines(name, context, desk)
        case said_estimate.Estimate():
            return estimated(command, context, desk, _refusal_key(command, context, delivery))
        case said_calendar.Calendar(pool, renew):
            return calendars.linked(desk.calendar_link(who, pool, now, renew=renew), desk.lab.url)
        case Settings():
            return settings.shown(desk.settings(who.id, now))
        case SetSettings(change):
            return settings.shown(desk.set(who, change, now), changed=True)
        case said_watched.Links():
            return links.links(desk.links(who, now))
        case said.Claims():
            return claims.claims(desk.claims(who, now), zone=context.zone)
        case (
            said.Book()
            | said.Release()
            | said.Extend()
            | said.Move()
            | Reason()
            | said.Approve()
            | said.Deny()
            | said.Undo()
            | said.AddDeadline()
            | said.DropDeadline()
            | said.Ask()
            | said.GiveUp()
            | said.Decline()
            | said.Give()
            | said.TakeOver()
            | said.WithdrawClaim()
            | said_watched.KeepUsed()
            | said_watched.Link()
            | said_watched.Unlink()
            | said_watched.DecideLink()
        ):
            return _change(_settled(command, context, desk), context, desk, delivery, version)
        case _:
            assert_never(command)


def _deadlines(name: str | None, context: Context, desk: Desk) -> Reply:
    who, now = context.member, context.now
    tracked = desk.deadlines(who.id, now)
    if name is None:
        return deadlines.listed(tracked, now=now)
    dates = deadlines.dates_of(tracked, name, now)
    next_one = deadlines.meant(dates, now)
    pressure = desk.pressure(who, next_one.label, now) if next_one else None
    return deadlines.one(dates, pressure, now=now, reader=who.id, zone=context.zone)


Change = (
    said.Book
    | said.Release
    | said.Extend
    | said.Move
    | Reason
    | said.Approve
    | said.Deny
    | said.Undo
    | said.AddDeadline
    | said.DropDeadline
    | said.Question
    | said.WithdrawClaim
    | said_watched.KeepUsed
    | said_watched.WhoIsWho
)


def _settled(command: Change, context: Context, desk: Desk) -> Change:
    """The change; a time of day until which a reservation is to run is that of its last day, or of the next."""
    if not isinstance(command, said.Extend) or not command.clock:
        return command
    reservation, _ = desk.show(command.id, context.now)
    return read_until(command.id, command.clock, context, reservation.window.end)


def _change(command: Change, context: Context, desk: Desk, delivery: Delivery | None, version: int | None) -> Reply:
    who, now = context.member, context.now
    told_by = Told(context, _notes(command), _refusal_key(command, context, delivery))
    once = delivery.once(told_by) if delivery else None
    outcome: Outcome | Kept
    match command:
        case said.Book(request):
            outcome = desk.reserve(request, who, now, once)
        case said.Release(id_, keep, whole):
            outcome = desk.release(who, id_, now, keep=keep, whole=whole, version=version, once=once)
        case said.Extend(id_, by, until):
            end = by or until
            if end is None:
                raise InputError("By how much?", example=f"extend R{id_} 2h")
            outcome = desk.extend(who, id_, end, now, version=version, once=once)
        case said.Move(id_, start, end):
            outcome = desk.move(who, id_, start, end, now, version=version, once=once)
        case Reason(id_, reason):
            outcome = desk.reword(who, id_, reason, now, version=version, once=once)
        case said.Approve(id_):
            outcome = desk.approve(who, id_, now, version=version, once=once)
        case said.Deny(id_, reason):
            outcome = desk.deny(who, id_, reason, now, version=version, once=once)
        case said.Undo(id_):
            outcome = desk.undo(who, id_, now, version=version, once=once)
        case said.AddDeadline(name, at, zone):
            outcome = desk.add_deadline(who, name, at, zone, now, once=once)
        case said.DropDeadline(name):
            outcome = desk.drop_deadline(who, name, now, once=once)
        case said.Ask(id_, request, exchange, reason):
            outcome = desk.ask(who, id_, request, now, exchange=exchange, reason=reason, once=once)
        case said.GiveUp(id_, choice):
            outcome = desk.give_up(who, id_, choice, now, version=version, once=once)
        case said.Decline(id_):
            outcome = desk.decline(who, id_, now, once=once)
        case said.Give(id_, to):
            outcome = desk.give(who, id_, to, now, once=once)
        case said.TakeOver(id_):
            outcome = desk.take(who, id_, now, version=version, once=once)
        case said.WithdrawClaim(label):
            outcome = desk.withdraw(who, label, now, version=version, once=once)
        case said_watched.KeepUsed(id_, keep):
            outcome = desk.keep_used(who, id_, keep, now, version=version, once=once)
        case said_watched.Link(login, member):
            outcome = desk.link(who, login, now, member=member, once=once)
        case said_watched.Unlink(login):
            outcome = desk.unlink(who, login, now, once=once)
        case said_watched.DecideLink(id_, confirm):
            outcome = desk.decide_link(who, id_, now, confirm=confirm, once=once)
        case _:
            assert_never(command)
    return kept(outcome) if isinstance(outcome, Kept) else told(outcome, told_by)


def _notes(command: Change | said.OnWaitlist | overseeing.Oversee) -> tuple[str, ...]:
    match command:
        case (
            said.Book(notes=notes)
            | said.Wait(notes=notes)
            | said.Extend(notes=notes)
            | said.Move(notes=notes)
            | said.AddDeadline(notes=notes)
            | said.Ask(notes=notes)
            | overseeing.TakeOut(notes=notes)
        ):
            return notes
        case _:
            return ()


def _refusal_key(
    command: Change | said.OnWaitlist | overseeing.Oversee | said_estimate.Estimate,
    context: Context,
    delivery: Delivery | None,
) -> str:
    """What the offers of one refusal share: the first that is taken uses it up."""
    parts = (delivery.key if delivery else "", context.member.id, context.now.isoformat(), repr(command))
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:24]
