"""The audit as admins read it."""

from collections.abc import Sequence

from handlers.views import words
from handlers.views.kit import Headline, Reply, context, named, paragraphs, section
from storage.records import AuditLine


def audit(lines: Sequence[AuditLine], *, id_: int | None, member: str | None) -> Reply:
    """Who did what, latest first; `id_` or `member` say what it was asked about."""
    about = f" with R{id_}" if id_ is not None else f" by or to {words.mention(member)}" if member else ""
    if not lines:
        text = f"Nothing was done yet{about}."
        return Reply(text, (section(text),))
    headline = Headline(f"What was done last{about}")
    told = [f"{words.moment(one.at)} · {_what(one)}{words.by(one.who)}" for one in lines]
    small = context("Latest first. `/gpu export` has everything.")
    return Reply(headline.text, (*paragraphs([headline.mrkdwn, *told]), *small))


def not_exported() -> Reply:
    """Slack did not take the file."""
    headline = Headline("The file could not be sent.", "On the bot's machine, `crunchtime export` prints the same.")
    return Reply(headline.text, (section(headline.mrkdwn),), "error")


def _what(one: AuditLine) -> str:
    act = named(one.act, 200)
    if one.reservation is None:
        return act
    whose = f" of {words.mention(one.member)}" if one.member and one.member != one.who else ""
    return f"R{one.reservation}{whose} {act}"
