"""Asking for a reservation and handing one over: what the asker, the holder and who is to take it are told.

A question's buttons carry "Q5:3" (the question, and the version of the reservation that it shows), and what could be
given up besides: "Q5:3:fewer:1". Its facts: `question`, `version`, `by`, `request` (JSON), `choices` (keys of
concessions, comma-separated), `exchange` (JSON: the label, count, pool, start and end of what is offered), `give`.
"""

import json
from collections.abc import Sequence
from datetime import datetime, tzinfo
from typing import assert_never

from bot.booking.asking import Concession, Question
from bot.booking.decision import Decision, Granted, Held, Refused
from bot.booking.giving import Gives
from bot.booking.model import Request, Reservation, Window, instant_of
from bot.booking.notices import Notice
from handlers.ids import ActionId, choice_action
from handlers.views import words
from handlers.views.card import buttons, details, state_shown
from handlers.views.kit import Block, Headline, Reply, actions, button, context, listed, named, noted, quoted, section
from handlers.views.offers import book_button
from handlers.views.reasons import limit_text, why_not
from storage.requests import request_from_json


def asked(
    question: Question,
    held: Reservation,
    concessions: Sequence[Concession],
    *,
    zone: tzinfo,
    now: datetime,
    notes: Sequence[str] = (),
) -> Reply:
    """To who asked, or hands over."""
    holder = words.mention(question.holder)
    if question.give:
        what = f"{words.held(held)}, {words.span(held.window, zone)}."
        headline = Headline(f"Offered {held.label} to {holder}:", what)
        small = ["Nothing changes until they take it; you are told either way."]
    else:
        headline = Headline(f"Asked {holder} for room on {held.label}:", f"{words.asked(question.request, zone)}.")
        texts = (choice_text(one.kind, one.figure, held, now, zone) for one in concessions)
        could = listed((text[:1].lower() + text[1:] for text in texts), last="or")
        small = [f"They can choose: {could}. You are told either way.", *map(noted, notes)]
    return Reply(headline.text, (section(headline.mrkdwn), *context(*small)), "done")


def not_asked(held: Reservation, request: Request, why: Decision, *, zone: tzinfo, notes: Sequence[str] = ()) -> Reply:
    """Nobody is troubled for what would not help."""
    reader = request.asked_by or request.member
    reasons: list[tuple[str, str]] = []
    match why:
        case Refused(refusals):
            reasons = [(one.code, one.text) for one in (why_not(no, request.member, reader, zone) for no in refusals)]
        case Held(_, limits):
            told = [limit_text(limit, request.member, reader) for limit in limits]
            reasons = [(code, f"An admin would have to agree: {text}.") for code, text in told]
        case Granted():
            pass
        case other:
            assert_never(other)
    headline = Headline("Nobody was asked:", f"even without {held.label} it would not be yours.")
    because = [section("\n".join(f"• {text}" for _, text in reasons))] if reasons else []
    small = context(f"Asked: {words.asked(request, zone)}", *map(noted, notes))
    return Reply(headline.text, (section(headline.mrkdwn), *because, *small), "refused", reasons=tuple(reasons))


def settled(question: Question, after: Reservation, got: Reservation | None, *, reader: str, zone: tzinfo) -> Reply:
    """To who answered. `after`: the reservation that was asked for, or handed over, as it is now."""
    asker, span = words.mention(question.asker), words.span(after.window, zone)
    if question.answer == "declined":
        stays = "stays as it is" if not question.give else "stays theirs"
        headline = Headline("Declined.", f"{after.label} {stays}, and {asker} is told.")
        return Reply(headline.text, (section(headline.mrkdwn),), "done")
    if got is None:
        headline = Headline(f"{after.label} is yours now:", f"{words.held(after)}, {span}.")
    else:
        now_has = f"{words.held(got)}, {words.span(got.window, zone)}"
        yours = f"is {words.held(after)}, {span}" if after.holds else f"is {state_shown(after.state)}"
        headline = Headline(f"Thank you: {asker} has {now_has}.", f"Your {after.label} {yours}.")
    told = details(after) if after.holds else []
    blocks = [section(headline.mrkdwn), *context(*told), *buttons(after, reader=reader)]
    return Reply(headline.text, tuple(blocks), "done", (after,))


def question(notice: Notice, reservation: Reservation, zone: tzinfo) -> tuple[Headline, list[Block]]:
    """To the holder, with what could be given up; or to whom a reservation is handed over."""
    facts = notice.facts
    by, value = words.mention(facts.get("by", "")), f"Q{facts.get('question', '')}:{facts.get('version', '')}"
    has = f"{words.held(reservation)}, {words.span(reservation.window, zone)}"
    if facts.get("give"):
        headline = Headline(f"{by} hands {reservation.label} over to you:", f"{has}.")
        take, no = button("Take it", ActionId.TAKE, value, "primary"), button("No thanks", ActionId.DECLINE, value)
        return headline, [*context(*details(reservation)), *actions(take, no)]
    request = _request(facts.get("request", ""))
    needs = words.asked(request, zone) if request else "GPUs"
    because = f" {quoted(request.reason)}" if request and request.reason else ""
    headline = Headline(f"{by} asks whether you could make room:", f"{needs}.{because}")
    choices = [choice for key in facts.get("choices", "").split(",") if (choice := _choice(key)) is not None]
    row = tuple(
        button(
            choice_text(kind, figure, reservation, notice.about, zone),
            choice_action(place),
            f"{value}:{kind}:{figure}",
        )
        for place, (kind, figure) in enumerate(choices)
    )
    exchange = _exchange(facts.get("exchange", ""), zone)
    yours = f"You have {has} · {reservation.label}. Nothing changes unless you choose."
    return headline, [*context(yours, exchange), *actions(*row, button("Decline", ActionId.DECLINE, value))]


def answer(notice: Notice, reservation: Reservation, zone: tzinfo) -> tuple[Headline, list[Block]]:
    """To who asked, or handed over. `reservation`: what they got, or else the one that it was about."""
    facts = notice.facts
    by, of, said = words.mention(facts.get("by", "")), named(facts.get("of", "")), facts.get("answer", "")
    has = f"{words.held(reservation)}, {words.span(reservation.window, zone)}"
    match said:
        case "declined" if facts.get("give"):
            return Headline(f"{by} does not take {of}.", "It stays as it is."), []
        case "declined":
            return Headline(f"{by} declined:", f"{of} stays as it is, and nothing was booked."), actions(book_button())
        case "lapsed":
            holder = words.mention(facts.get("holder", ""))
            lapsed = f"{of} stays yours." if facts.get("give") else f"your question about {of} has lapsed."
            return Headline(f"{holder} did not answer in time:", lapsed), []
        case "taken":
            return Headline(f"{by} has taken {of} over:", f"{has}."), []
        case _:
            verb = "is" if reservation.count == 1 else "are"
            headline = Headline(f"{by} made room: {words.held(reservation)} {verb} yours", _span(reservation, zone))
            choice = _choice(said)
            given = f"Your R{choice[1]} was given in exchange." if choice and choice[0] is Gives.SWAP else ""
            small = context(given, *details(reservation))
            return headline, [*small, *buttons(reservation, reader=notice.to)]


def choice_text(kind: Gives, figure: int, held: Reservation, now: datetime, zone: tzinfo) -> str:
    """What could be given up, as a button's plain text with times in `zone`."""
    match kind:
        case Gives.ALL:
            return "Give all of it"
        case Gives.FEWER:
            return f"Keep {figure:,}, give {held.count - figure:,}"
        case Gives.SHORTER:
            return f"End it {_at(figure, now, zone)}"
        case Gives.LATER:
            return f"Start it {_at(figure, now, zone)}"
        case Gives.MOVED:
            return f"Move it to {_at(figure, now, zone)}"
        case Gives.SWAP:
            return f"Swap it for R{figure}"
        case other:
            assert_never(other)


def _at(minute: int, now: datetime, zone: tzinfo) -> str:
    return words.spelled(instant_of(minute), now, zone)


def _span(reservation: Reservation, zone: tzinfo) -> str:
    return f"{words.span(reservation.window, zone)} · {reservation.label}"


def _choice(key: str) -> tuple[Gives, int] | None:
    kind, _, figure = key.partition(":")
    try:
        return Gives(kind), int(figure)
    except ValueError:
        return None


def _exchange(fact: str, zone: tzinfo) -> str:
    """What the holder would have in exchange; "" where nothing was offered, or it is unreadable."""
    try:
        label, count, pool, start, end = json.loads(fact)
        window = Window(datetime.fromisoformat(start), datetime.fromisoformat(end))
        return f"In exchange {named(label)} is offered: {words.gpus(count, pool)}, {words.span(window, zone)}."
    except (ValueError, TypeError):
        return ""


def _request(fact: str) -> Request | None:
    try:
        return request_from_json(json.loads(fact))
    except (ValueError, LookupError, TypeError):
        return None
