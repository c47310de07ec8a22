"""What a member is answered, as sentences and buttons."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC
from typing import Any

import pytest

from bot.booking.decision import Choice, Offer, OfferKind, Refused, Tried
from bot.booking.lifecycle import Act, State
from bot.booking.model import Promise, Reservation
from bot.booking.reasons import Alone, Holding, OverHours, OverShare, Taken, TooLong
from handlers.views import replies, words
from handlers.views.card import devices
from handlers.views.kit import Reply
from make import ADA, ALICE, BOB, monday, request, reservation, window

TWO = ("atlas:0", "atlas:1")
R12 = reservation(12, 33, 41, TWO, version=3)
TAKEN = Taken(window(33, 41), 4, 2, "a100", (Holding(BOB.id, 7, 2, window(32, 41)),))


def said(reply: Reply) -> str:
    """Every word of the blocks that is no button."""
    texts = [block.get("text", {}).get("text", "") for block in reply.blocks]
    small = [element["text"] for block in reply.blocks if block["type"] == "context" for element in block["elements"]]
    return "\n".join([*texts, *small])


def buttons(reply: Reply) -> Sequence[dict[str, Any]]:
    return [button for block in reply.blocks if block["type"] == "actions" for button in block["elements"]]


def labels(reply: Reply) -> list[str]:
    return [button["text"]["text"] for button in buttons(reply)]


def test_a_granted_request_names_gpus_node_window_length_and_reservation() -> None:
    reply = replies.granted(R12, zone=UTC)
    assert reply.text == f"2 × A100 on atlas are yours {words.span(R12.window, UTC)} · R12"
    assert said(reply).startswith(f"*2 × A100 on atlas are yours* {words.span(R12.window, UTC)} · R12")
    assert "GPU numbers come at the start. If nobody is next, your job may run on." in said(reply)
    assert (reply.decision, reply.reservations) == ("granted", (R12,))


def test_the_buttons_of_a_card_carry_the_reservation_and_its_version() -> None:
    reply = replies.granted(R12, zone=UTC)
    assert labels(reply) == ["Extend", "Release", "Move", "Undo"]
    assert {button["value"] for button in buttons(reply)} == {"R12:3"}


def test_one_gpu_is_yours_and_two_are() -> None:
    assert "1 × A100 on atlas is yours" in replies.granted(replace(R12, gpus=TWO[:1]), zone=UTC).text


def test_named_gpus_are_told_by_their_numbers() -> None:
    assert "GPUs 0 and 1 of atlas, as named." in said(replies.granted(replace(R12, named=True), zone=UTC))


def test_a_running_reservation_says_what_a_job_sets_on_each_node() -> None:
    running = replace(R12, state=State.ACTIVE, gpus=(*TWO, "titan:3"))
    told = said(replies.granted(running, zone=UTC))
    assert "On atlas: `CUDA_VISIBLE_DEVICES=0,1`; On titan: `CUDA_VISIBLE_DEVICES=3`." in told
    assert labels(replies.granted(running, zone=UTC)) == ["Extend", "Release", "Undo"]


def test_a_movable_reservation_says_its_deadline_and_that_it_may_be_moved() -> None:
    movable = replace(R12, movable=True, promise=Promise(monday(80), monday(56), "neurips"))
    assert f"Done before neurips (by {words.moment(monday(56))}), may be moved." in said(
        replies.granted(movable, zone=UTC)
    )


def test_one_that_runs_is_not_said_to_be_movable() -> None:
    running = replace(R12, state=State.ACTIVE, movable=True, promise=Promise(monday(80), monday(56), "neurips"))
    told = said(replies.granted(running, zone=UTC))
    assert f"Done before neurips (by {words.moment(monday(56))})." in told
    assert "may be moved" not in told


def test_a_booking_for_somebody_else_says_whose_it_is() -> None:
    reply = replies.granted(replace(R12, member=BOB.id, asked_by=ADA.id), zone=UTC)
    assert "are booked for <@U0BOB>" in reply.text
    assert labels(reply) == ["Extend", "Release", "Move", "Undo"]


def test_limits_that_did_not_bind_and_what_was_assumed_are_small_print() -> None:
    over = (OverShare(3, 2, 4, "a100"),)
    told = said(replies.granted(R12, zone=UTC, over=over, notes=("a day without a time begins at 09:00 <x>",)))
    assert "Over 2 GPUs at once, fine while nobody waits." in told
    assert "A day without a time begins at 09:00 &lt;x&gt;." in told


def test_a_chosen_number_of_gpus_is_explained() -> None:
    choice = Choice((Tried(1, None), Tried(2, monday(60))))
    told = said(replies.granted(R12, zone=UTC, choice=choice))
    assert f"Why this many: 1 GPU not in time; 2 GPUs done {words.moment(monday(60))}." in told


def test_a_held_request_says_why_an_admin_decides_and_whom_it_delays() -> None:
    pending = replace(R12, state=State.PENDING)
    limits = [OverShare(3, 2, 4, "a100"), OverHours(200, 168)]
    reply = replies.held(pending, limits, zone=UTC, delays=(BOB.id,))
    assert reply.text == f"Held for you: 2 × A100 on atlas, {words.span(R12.window, UTC)} · R12"
    assert (
        "An admin decides, because you would hold 3 of 4 A100 at once (over 2) and it would last 8 d 8 h (over 7 d)."
        " It would delay <@U0BOB>."
    ) in said(reply)
    assert labels(reply) == ["Release"]
    assert [code for code, _ in reply.reasons] == ["over_share", "over_hours"]


def refused(*reasons: Any, keeps: Reservation | None = None) -> Reply:
    return replies.refused(
        Refused(reasons), request(4, 33, 41), key="k", line_of=str, now=monday(8), zone=UTC, keeps=keeps
    )


def test_a_refusal_names_the_holders_and_repeats_what_was_asked() -> None:
    reply = refused(TAKEN)
    assert reply.text == (
        f"Not {words.moment(monday(33))}: you need 4 A100, 2 are free."
        f" <@U0BOB> has 2 until {words.clock(monday(41))} · R7."
    )
    assert said(reply).startswith(f"*Not {words.moment(monday(33))}: you need 4 A100, 2 are free.* <@U0BOB> has 2")
    assert f"Asked: 4 × A100, {words.span(window(33, 41), UTC)}" in said(reply)
    assert (reply.decision, reply.reasons) == ("refused", (("taken", reply.text),))


def test_a_refusal_gives_every_reason_at_once() -> None:
    reply = refused(TAKEN, TooLong(800, 720))
    assert said(reply).startswith("*Not booked, for 2 reasons.*\n• Not ")
    assert "• 33 d 8 h is too long: 30 d at most." in said(reply)
    assert "33 d 8 h" in reply.text
    assert [code for code, _ in reply.reasons] == ["taken", "too_long"]


def test_a_refused_change_says_that_the_reservation_stays() -> None:
    assert f"R12 stays as it is: {words.span(R12.window, UTC)}" in said(refused(TAKEN, keeps=R12))


def test_a_limit_on_a_change_says_whether_it_can_be_asked_for_besides() -> None:
    over = Alone(OverHours(200, 168))
    assert refused(over).text == "It would last 8 d 8 h (over 7 d). No admin can be asked for this."
    assert refused(over, keeps=R12).text.endswith("(over 7 d). No admin can be asked for this in a change.")
    offer = Offer(OfferKind.LATER, request(2, 41, 49), window(41, 49), asks=True)
    decision = Refused((over,), (offer,))
    reply = replies.refused(decision, request(2), key="k", line_of=str, now=monday(8), zone=UTC, keeps=R12)
    assert reply.text.endswith("(over 7 d). An admin would have to agree: ask for it as a request of its own.")
    assert labels(reply) == ["2 from Tue 17:00, asks an admin"]


def test_a_refusal_says_what_an_admin_would_be_asked_besides() -> None:
    decision = Refused((TAKEN,), limits=(OverHours(200, 168),))
    reply = replies.refused(decision, request(4), key="k", line_of=str, now=monday(8), zone=UTC)
    assert "An admin would be asked besides: it would last 8 d 8 h (over 7 d)." in said(reply)


SPAN, LATER = words.span(R12.window, UTC), words.span(window(33, 43), UTC)
CHANGES: list[tuple[Act, Reservation, str]] = [
    (
        Act.EXTEND,
        replace(R12, window=window(33, 43)),
        f"R12 extended by 2 h, until {words.clock(monday(43))}: 2 × A100 on atlas, {LATER}",
    ),
    (
        Act.MOVE,
        replace(R12, window=window(57, 65)),
        f"R12 moved: {words.moment(monday(33))} → {words.moment(monday(57))}. Still 2 × A100 on atlas, ",
    ),
    (
        Act.REASON,
        replace(R12, reason="camera-ready"),
        f"R12 has another reason now: 2 × A100 on atlas, {SPAN}.",
    ),
    (Act.RELEASE, replace(R12, state=State.CANCELLED), f"R12 is cancelled. 2 × A100 on atlas, {SPAN}: free again."),
    (Act.RELEASE, replace(R12, state=State.RELEASED), f"R12 is released. 2 × A100 on atlas, {SPAN}: free again."),
    (Act.RELEASE, replace(R12, gpus=TWO[:1]), f"R12 keeps 1 × A100 on atlas, {SPAN}; 1 GPU free again."),
    (Act.APPROVE, R12, f"R12 approved by <@U0ADA>: 2 × A100 on atlas, {SPAN}, for <@U0ALICE>."),
    (
        Act.DENY,
        replace(R12, state=State.DENIED),
        f"R12 denied by <@U0ADA>: 2 × A100 on atlas, {SPAN}, for <@U0ALICE>; free again.",
    ),
    (Act.START, replace(R12, state=State.ACTIVE), f"R12 has begun: 2 × A100 on atlas, {SPAN}."),
    (Act.END, replace(R12, state=State.ENDED), f"R12 has ended. 2 × A100 on atlas, {SPAN}: free again."),
    (Act.EXPIRE, replace(R12, state=State.EXPIRED), "R12 has lapsed: nobody answered in time. 2 × A100 on atlas, "),
]


@pytest.mark.parametrize(("act", "after", "text"), CHANGES)
def test_every_change_says_what_holds_now(act: Act, after: Reservation, text: str) -> None:
    reply = replies.changed(act, R12, after, reader=ADA.id, zone=UTC)
    assert reply.text.startswith(text)
    assert (reply.decision, reply.reservations) == ("done", (after,))


def test_a_move_to_other_gpus_says_so() -> None:
    moved = replace(R12, window=window(57, 65), gpus=("titan:0", "titan:1"))
    assert "Now 2 × A100 on titan" in replies.changed(Act.MOVE, R12, moved, reader=ALICE.id, zone=UTC).text


def test_a_release_can_be_undone_but_not_extended() -> None:
    after = replace(R12, state=State.CANCELLED, version=4)
    reply = replies.changed(Act.RELEASE, R12, after, reader=ALICE.id, zone=UTC)
    assert labels(reply) == ["Undo"]
    assert buttons(reply)[0]["value"] == "R12:4"


def test_undo_says_what_holds_again_and_offers_no_second_undo() -> None:
    reply = replies.undone(R12, reader=ALICE.id, zone=UTC)
    assert reply.text == f"Undone. R12 is as it was: 2 × A100 on atlas, {SPAN}."
    assert labels(reply) == ["Extend", "Release", "Move"]


def test_undoing_a_new_booking_cancels_it() -> None:
    reply = replies.undone(replace(R12, state=State.CANCELLED), reader=ALICE.id, zone=UTC)
    assert reply.text == f"Undone: R12 is cancelled. 2 × A100 on atlas, {SPAN}: free again."
    assert labels(reply) == []


def test_an_admin_who_decides_gets_none_of_the_holders_buttons() -> None:
    assert labels(replies.changed(Act.APPROVE, R12, R12, reader=ADA.id, zone=UTC)) == []


def test_a_change_says_which_limits_did_not_bind() -> None:
    longer = replace(R12, window=window(33, 43))
    reply = replies.changed(Act.EXTEND, R12, longer, reader=ALICE.id, zone=UTC, over=(OverHours(200, 168),))
    assert "Over 7 d, fine while nobody waits." in said(reply)


def test_without_reservations_mine_offers_to_book() -> None:
    reply = replies.mine([], reader=ALICE.id, zone=UTC)
    assert "You have no reservations." in reply.text
    assert labels(reply) == ["Book"]


def test_one_reservation_is_shown_with_its_buttons_and_several_with_one_each() -> None:
    assert labels(replies.mine([R12], reader=ALICE.id, zone=UTC)) == ["Extend", "Release", "Move"]
    two = replies.mine([R12, reservation(13, 50, 60, TWO)], reader=ALICE.id, zone=UTC)
    assert two.text == "You have 2 reservations: R12 and R13"
    assert [block["accessory"]["value"] for block in two.blocks if "accessory" in block] == ["R12:3", "R13:1"]


def test_more_reservations_than_a_message_holds_are_counted() -> None:
    many = [reservation(number, 33, 41, TWO) for number in range(1, 61)]
    reply = replies.mine(many, reader=ALICE.id, zone=UTC)
    assert "… and 20 more, such as `/gpu show R41`." in said(reply)
    assert len(reply.blocks) <= 50


def test_a_reservation_is_shown_with_its_state_reason_and_history() -> None:
    history = [(monday(1), ALICE.id, "booked"), (monday(2), ADA.id, "extended"), (monday(3), "", "started")]
    reply = replies.show(replace(R12, reason="<!here> ablations"), history, reader=BOB.id, zone=UTC)
    assert reply.text == f"R12: 2 × A100 on atlas · for <@U0ALICE>, {SPAN} · booked"
    assert 'Reason: "&lt;!here&gt; ablations"' in said(reply)
    assert f"{words.moment(monday(2))} extended by <@U0ADA>\n{words.moment(monday(3))} started" in said(reply)
    assert labels(reply) == []


def test_what_is_over_can_be_booked_again_by_its_holder() -> None:
    over = replace(R12, state=State.NO_SHOW, reason="ablations")
    reply = replies.show(over, reader=ALICE.id, zone=UTC)
    assert labels(reply) == ["Book again"]
    assert "2 pool a100 for 8h because ablations" in str(reply.blocks)
    assert labels(replies.show(over, reader=BOB.id, zone=UTC)) == []


def test_of_a_long_history_the_last_changes_are_told() -> None:
    history = [(monday(hour), ALICE.id, "extended") for hour in range(11)]
    assert "… 3 earlier changes" in said(replies.show(R12, history, reader=ALICE.id, zone=UTC))


@pytest.mark.parametrize("state", list(State))
def test_every_state_has_a_card(state: State) -> None:
    reply = replies.show(replace(R12, state=state), reader=ALICE.id, zone=UTC)
    assert reply.text.startswith("R12: 2 × A100 on atlas")
    assert ("Extend" in labels(reply)) == (state in (State.BOOKED, State.ACTIVE))


def test_where_numbers_would_lie_a_card_says_uuids_and_of_too_many_how_to_get_them() -> None:
    two = reservation(1, 9, 17, ("atlas:0", "titan:3"), state=State.ACTIVE)
    assert devices(two, {"atlas:0": "GPU-0f"}) == (
        "On atlas: `CUDA_VISIBLE_DEVICES=GPU-0f`; On titan: `CUDA_VISIBLE_DEVICES=3`"
    )
    many = reservation(1, 9, 17, tuple(f"atlas:{number}" for number in range(17)), state=State.ACTIVE)
    assert devices(many, dict.fromkeys(many.gpus, "GPU-0f")) == 'On atlas: `eval "$(crunchtime env)"`'
