"""The audit as admins read it."""

import re
from collections.abc import Sequence
from datetime import datetime

from handlers.views import words
from handlers.views.kit import Headline, Reply, context, named, paragraphs, section
from storage.records import AuditLine

_ACTS = {"no_show": "released as a no-show", "kept": "given back in part", "part": "offered in part"}
_PERSON = re.compile(r"(?<= of | to | be )[UW][A-Z0-9]+(?='s\b| |$)")  # where the desk writes one
_INSTANT = re.compile(r"\b\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d)?(?:Z|\+00:00)")


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


def not_exported(command: str = "export") -> Reply:
    """Slack did not take the file; `command` makes the same."""
    headline = Headline("The file could not be sent.", f"On the bot's machine, `crunchtime {command}` makes the same.")
    return Reply(headline.text, (section(headline.mrkdwn),), "error")


def _what(one: AuditLine) -> str:
    act = _shown(_ACTS.get(one.act, one.act))
    if one.reservation is None:
        return act
    whose = f" of {words.mention(one.member)}" if one.member and one.member != one.who else ""
    return f"R{one.reservation}{whose} {act}"


def _shown(act: str) -> str:
    """The audit's words for people: ids become mentions and instants the reader's own."""
    told = named(act, 200).replace("-&gt;", "→")
    if not told.startswith("outage"):  # which ends in somebody's own words
        told = _PERSON.sub(lambda found: words.mention(found[0]), told)
    return _INSTANT.sub(lambda found: _moment(found[0]), told)


def _moment(written: str) -> str:
    try:
        return words.moment(datetime.fromisoformat(written))
    except ValueError:
        return written
