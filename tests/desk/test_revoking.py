"""What an admin takes back, and the audit that admins read."""

from datetime import timedelta

import pytest

from bot.booking.decision import OfferKind
from bot.booking.lifecycle import Act, State
from bot.booking.notices import NoticeKind
from bot.errors import InputError, NotFound, NotYours, WrongState
from desks import NOW, booked, changed, stands
from make import ADA, ALICE, BOB, CAROL, monday, request, window
from storage.offers import offers_from_json, offers_to_json

SOON = NOW + timedelta(minutes=20)


def test_what_is_revoked_is_free_and_its_holder_is_told_by_whom_why_and_what_can_be_had(desk, owed):
    one = booked(desk, count=2)
    outcome = desk.revoke(ADA, one.id, "the review needs it", SOON)
    assert outcome.act is Act.REVOKE
    assert stands(desk, one.id).state is State.REVOKED
    (told,) = [notice for notice in owed() if notice.kind is NoticeKind.DECISION]
    facts = told.facts
    assert (told.to, facts["act"], facts["by"], facts["reason"]) == (ALICE.id, "revoked", ADA.id, "the review needs it")
    offers = offers_from_json(facts["offers"])
    assert offers != ()
    assert all(offer.request.pool != "a100" or offer.request.gpus == () for offer in offers)
    assert booked(desk, BOB, count=2).state is State.BOOKED
    assert offers_from_json(offers_to_json(offers)) == offers


def test_its_own_gpus_at_its_own_time_are_not_offered_again(desk, owed):
    one = booked(desk, count=2)
    booked(desk, BOB, count=2)
    desk.revoke(ADA, one.id, "no", SOON)
    (told,) = [notice for notice in owed() if notice.facts["act"] == "revoked" and notice.kind is NoticeKind.DECISION]
    offers = offers_from_json(told.facts["offers"])
    again = [one for one in offers if one.request.pool == "a100" and one.window.overlaps(window(9, 17))]
    assert again == []
    assert OfferKind.LATER in [one.kind for one in offers]


def test_what_runs_ends_now_and_counts_until_then(desk):
    one = booked(desk, start=8)
    assert changed(desk.revoke(ADA, one.id, "no", monday(10))).window == window(8, 10)
    with desk.ledger.reading() as book:
        assert [spent.window for spent in book.spent(ALICE.id, NOW)] == [window(8, 10)]


def test_who_waits_gets_what_is_revoked(desk):
    one = booked(desk, ALICE, count=2, start=8)
    booked(desk, BOB, count=1, start=8)
    desk.wait(request(2, 8, 12, member=CAROL.id), CAROL, NOW)
    desk.revoke(ADA, one.id, "no", SOON)
    with desk.ledger.reading() as book:
        assert [waiting.offered is not None for waiting in book.waitlist()] == [True]


@pytest.mark.parametrize("reason", ["", "  "])
def test_it_needs_a_reason_an_admin_and_something_to_take(desk, reason):
    one, asked = booked(desk), booked(desk, BOB, count=4, start=20, end=24)
    with pytest.raises(InputError, match="needs a reason"):
        desk.revoke(ADA, one.id, reason, SOON)
    with pytest.raises(NotYours):
        desk.revoke(ALICE, one.id, "why not", SOON)
    with pytest.raises(NotFound):
        desk.revoke(ADA, 77, "why not", SOON)
    with pytest.raises(WrongState, match="approve it or deny it"):
        desk.revoke(ADA, asked.id, "why not", SOON)
    desk.release(ALICE, one.id, SOON)
    with pytest.raises(WrongState, match="is cancelled already"):
        desk.revoke(ADA, one.id, "why not", SOON)
    assert stands(desk, asked.id) == asked


def test_the_audit_is_latest_first_by_reservation_by_member_or_whole(desk):
    one, two = booked(desk), booked(desk, BOB)
    desk.release(ADA, two.id, SOON)
    desk.take_out(ADA, ["atlas:0"], window(30, 40), "fan", SOON)
    assert [line.act.split(" ")[0] for line in desk.audited(ADA, SOON)] == ["outage", "cancelled", "booked", "booked"]
    assert [(line.who, line.act) for line in desk.audited(ADA, SOON, id_=one.id)] == [(ALICE.id, "booked")]
    assert [line.reservation for line in desk.audited(ADA, SOON, member=BOB.id)] == [two.id, two.id]
    assert {line.who for line in desk.audited(ADA, SOON, member=ADA.id)} == {ADA.id}
    with pytest.raises(NotYours):
        desk.audited(ALICE, SOON)
    with pytest.raises(NotFound):
        desk.audited(ADA, SOON, id_=77)


def test_only_admins_take_everything_along(desk):
    booked(desk)
    assert [one.id for one in desk.everything(ADA)] == [1]
    assert [(one.act, one.after.id) for one in desk.entries(ADA)] == [("booked", 1)]
    for export in (desk.everything, desk.entries):
        with pytest.raises(NotYours):
            export(ALICE)
