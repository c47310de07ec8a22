"""What an admin's commands are answered: those that change something, and those that look."""

from dataclasses import replace
from typing import assert_never

from bot.desk import Desk, Kept, Once, Outcome
from bot.errors import NotYours
from handlers.context import Context
from handlers.overseeing import (
    Audit,
    EndOutage,
    Export,
    Outages,
    Overlook,
    Oversee,
    Policy,
    Pulse,
    Report,
    Revoke,
    Suggest,
    TakeOut,
)
from handlers.views import audit, outages, policy, pulse, report
from handlers.views.kit import Headline, Reply, section


def overseen(command: Oversee, context: Context, desk: Desk, once: Once | None, version: int | None) -> Outcome | Kept:
    """What becomes of it."""
    who, now = context.member, context.now
    match command:
        case Suggest(id_, request):
            return desk.suggest(who, id_, request, now, version=version, once=once)
        case Revoke(id_, reason):
            return desk.revoke(who, id_, reason, now, version=version, once=once)
        case TakeOut(gpus, window, reason):
            return desk.take_out(who, gpus, window, reason, now, once)
        case EndOutage(gpus):
            return desk.bring_back(who, gpus, now, once)
        case other:
            assert_never(other)


def looked(command: Overlook, context: Context, desk: Desk) -> Reply:
    """What is there to see. Raises NotYours for what admins alone see, and NotFound."""
    who, now = context.member, context.now
    match command:
        case Outages():
            return outages.listed_out(desk.outages(now), zone=context.zone)
        case Policy():
            return policy.policy(desk.lab, now=now)
        case Audit(id_, member):
            return audit.audit(desk.audited(who, now, id_=id_, member=member), id_=id_, member=member)
        case Export(form, what):
            if not who.admin:
                raise NotYours("Only admins export the ledger.")
            headline = Headline("It comes as a file", f"in a direct message from me: {what} as {form}.")
            return Reply(headline.text, (section(headline.mrkdwn),), file=f"{what}.{form}")
        case Report(month):
            told = report.summary(desk.month_report(who, month, now))
            return replace(told, file=f"report.{month.label}")
        case Pulse(ask=True):
            return pulse.asked(desk.ask_pulse(who, now))
        case Pulse():
            return pulse.stands(*desk.pulse_stands(who, now))
        case other:
            assert_never(other)
