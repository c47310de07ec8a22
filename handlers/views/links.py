"""Whose Linux logins are whose: what is asked of admins, and what members are told.

Facts of such a notice: `act` ("asked L3", "confirmed L3" ...), `login`, and `by` (who says so).
"""

from collections.abc import Sequence
from typing import Any, assert_never

from bot.booking.members import Link, LinkState
from bot.booking.notices import Notice
from handlers.ids import ActionId
from handlers.views import words
from handlers.views.kit import Headline, Reply, actions, button, context, named, section

_WHAT_FOR = "Jobs of this login count as theirs, and they are told of them."


def notice(told: Notice) -> tuple[Headline, list[Any]]:
    """To the admins, who decide; or to the member, what was decided."""
    act, _, label = told.facts.get("act", "").partition(" ")
    login, by = named(told.facts.get("login", "")), told.facts.get("by", "")
    match act:
        case "asked":
            row = (
                button("Confirm", ActionId.CONFIRM_LOGIN, label, "primary"),
                button("Refuse", ActionId.REFUSE_LOGIN, label),
            )
            headline = Headline(f"{words.mention(by)} says that the Linux login {login} is theirs.")
            return headline, [*actions(*row), *context(_WHAT_FOR)]
        case "confirmed":
            return Headline(f"The Linux login {login} is yours", f"now: confirmed{words.by(by)}."), []
        case "refused":
            return Headline(f"The Linux login {login} was not confirmed as yours", f"{words.by(by).strip()}."), []
        case _:
            return Headline(f"The Linux login {login} is not yours any more."), []


def linked(link: Link, *, reader: str) -> Reply:
    """What has come of it."""
    login = named(link.login)
    yours = "yours" if link.member == reader else f"{words.mention(link.member)}'s"
    match link.state:
        case LinkState.ASKED:
            text = f"An admin is asked whether the Linux login {login} is {yours}. You hear of it."
        case LinkState.CONFIRMED:
            text = (
                f"The Linux login {login} is {yours}: jobs of it count as {'yours' if yours == 'yours' else 'theirs'}."
            )
        case LinkState.REFUSED:
            text = f"Refused: the Linux login {login} does not count as {yours}."
        case LinkState.DROPPED:
            text = f"The Linux login {login} is not {yours} any more."
        case other:
            assert_never(other)
    return Reply(text, (section(text),), "done")


def links(found: Sequence[Link]) -> Reply:
    """A member's logins."""
    if not found:
        text = "No Linux login is linked to you: `/gpu link LOGIN` says which is yours."
        return Reply(text, (section(text),))
    lines = [f"{named(link.login)} · {_state(link)}" for link in found]
    text = f"Your Linux login{'s' if len(found) > 1 else ''}: {', '.join(named(link.login) for link in found)}"
    return Reply(text, (section("\n".join(lines)), *context("`/gpu link drop LOGIN` takes one away.")))


def _state(link: Link) -> str:
    if link.state is LinkState.ASKED:
        return "waits for an admin"
    return f"confirmed{words.by(link.decided_by or '')}" if link.id else "by the lab's file"
