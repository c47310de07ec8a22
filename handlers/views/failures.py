"""What is said when a conversation cannot go on: what was not read, came too late, or is our own fault."""

from math import ceil

from bot.errors import BotError, Busy, Full, InputError, NotFound, NotYours, TooQuick, Unsure, WrongState
from handlers.examples import EXAMPLES
from handlers.views import words
from handlers.views.kit import Headline, Reply, context, escape, named, one_line, section


def failed(error: BotError) -> Reply:
    """The answer to an exception whose text is fit to show. That text is plain: it is escaped here."""
    said = _said(error)
    match error:
        case InputError():
            hint = _said(error.hint)
            return _failure(
                "input", Headline(said, hint), f"For example: {command(error.example)}" * bool(error.example)
            )
        case WrongState():
            return _failure("wrong_state", Headline(said, _first(error)))
        case Full():
            rest = "Nothing was changed. An admin has to make room on its disk."
            return _failure("full", Headline("The database has no room left.", rest))
        case Unsure():
            rest = "Please look at `/gpu mine` before you try again."
            return _failure("unsure", Headline("The database went away while this was written: it may be done.", rest))
        case Busy():
            return _failure(
                "busy", Headline("The ledger is busy; nothing was changed.", "Please try again in a moment.")
            )
        case TooQuick(rest=rest):
            seconds = max(1, ceil(rest.total_seconds()))
            return _failure("too_quick", Headline(said, f"Try again in {seconds} s; nothing was changed."))
        case NotFound():
            return _failure("not_found", Headline(said, "`/gpu mine` lists yours."))
        case NotYours(ask=ask):
            rest = f"{command(f'ask {ask}')} asks for it, or for a part." if ask else ""
            return _failure("not_yours", Headline(said, rest))
        case _:
            return _failure("error", Headline(said))


def bug(reference: str) -> Reply:
    """Our fault. `reference` is logged with the error, so that an admin can find it."""
    rest = f"An admin finds it in the log under `{named(reference)}`; `/gpu mine` shows what stands."
    return _failure("bug", Headline("Something went wrong here, not with what you asked.", rest))


def command(line: str, limit: int = 300) -> str:
    """What to type, as code: "`/gpu book 2 a100 now for 2h`"; a part of a line ("sat 9am") stays one."""
    typed = f"/gpu {line}" if line.split(" ", 1)[0] in EXAMPLES else line
    return f"`{named(typed.replace('`', chr(39)), limit)}`"


def _failure(code: str, headline: Headline, *small: str) -> Reply:
    blocks = [section(headline.mrkdwn), *context(*small)]
    return Reply(headline.text, tuple(blocks), "error", reasons=((code, headline.text),))


def _said(text: object) -> str:
    return escape(one_line(str(text))[:500])


def _first(error: WrongState) -> str:
    who = words.mention(error.who) if error.who else ""
    when = words.moment(error.when) if error.when else ""
    told = ", ".join(part for part in (who, when) if part)
    return f"That was {told}." if told else ""
