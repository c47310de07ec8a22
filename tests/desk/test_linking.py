"""Who is who: members say it, admins or the lab's file confirm it."""

from dataclasses import replace

import pytest

from bot.booking.members import LinkState
from bot.booking.notices import NoticeKind
from bot.desk import Desk, Linked
from bot.errors import InputError, NotFound, NotYours, WrongState
from desks import EVE, NOW
from make import ADA, ALICE, BOB, lab


@pytest.fixture
def desk(ledger) -> Desk:
    return Desk(ledger, lab(admins=(ADA.id, EVE.id)))


def linked(outcome: object) -> Linked:
    assert isinstance(outcome, Linked)
    return outcome


def notices(owed) -> list[tuple[str, str]]:
    return [(one.to, one.facts["act"]) for one in owed() if one.kind is NoticeKind.LOGIN]


def test_a_member_says_it_an_admin_confirms_it_and_both_are_told(desk, owed):
    asked = linked(desk.link(ALICE, "al", NOW)).link
    assert asked.state is LinkState.ASKED
    assert notices(owed) == [("C0ADMIN", f"asked L{asked.id}")]
    assert desk.held(NOW).logins == {}
    done = linked(desk.decide_link(ADA, asked.id, NOW, confirm=True)).link
    assert (done.state, done.decided_by) == (LinkState.CONFIRMED, ADA.id)
    assert desk.held(NOW).logins == {"al": ALICE.id}
    assert notices(owed)[1:] == [(ALICE.id, f"confirmed L{asked.id}")]
    assert [one.login for one in desk.links(ALICE, NOW)] == ["al"]


def test_saying_it_twice_asks_once(desk, owed):
    first, again = (linked(desk.link(ALICE, "al", NOW)).link for _ in range(2))
    assert first == again
    assert len(notices(owed)) == 1


def test_the_first_admin_decides_and_a_later_click_hears_who(desk):
    asked = linked(desk.link(ALICE, "al", NOW)).link
    desk.decide_link(ADA, asked.id, NOW, confirm=False)
    with pytest.raises(WrongState) as found:
        desk.decide_link(EVE, asked.id, NOW, confirm=True)
    assert found.value.who == ADA.id
    assert desk.held(NOW).logins == {}


def test_nobody_but_an_admin_decides_and_none_on_their_own(desk):
    asked = linked(desk.link(ALICE, "al", NOW)).link
    own = linked(desk.link(ADA, "ada", NOW)).link
    assert own.state is LinkState.ASKED
    with pytest.raises(NotYours):
        desk.decide_link(ALICE, asked.id, NOW, confirm=True)
    with pytest.raises(NotYours, match="own"):
        desk.decide_link(ADA, own.id, NOW, confirm=True)
    with pytest.raises(NotFound):
        desk.decide_link(ADA, 99, NOW, confirm=True)


def test_a_lone_admin_says_their_own_and_any_admin_says_others(ledger):
    desk = Desk(ledger, lab())
    assert linked(desk.link(ADA, "ada", NOW)).link.state is LinkState.CONFIRMED
    assert linked(desk.link(ADA, "bobby", NOW, member=BOB.id)).link.member == BOB.id
    assert desk.held(NOW).logins == {"ada": ADA.id, "bobby": BOB.id}
    with pytest.raises(NotYours):
        desk.link(ALICE, "bobby2", NOW, member=BOB.id)


def test_a_login_is_one_members_and_confirming_it_for_another_takes_it_away(desk):
    first, second = (linked(desk.link(who, "lab", NOW)).link for who in (ALICE, BOB))
    desk.decide_link(ADA, first.id, NOW, confirm=True)
    assert desk.held(NOW).logins == {"lab": ALICE.id}
    with pytest.raises(WrongState, match="dropped"):
        desk.decide_link(ADA, second.id, NOW, confirm=True)
    again = linked(desk.link(BOB, "lab", NOW)).link
    desk.decide_link(EVE, again.id, NOW, confirm=True)
    assert desk.held(NOW).logins == {"lab": BOB.id}
    assert desk.links(ALICE, NOW) == ()


def test_the_labs_file_counts_more(ledger):
    desk = Desk(ledger, replace(lab(), logins={"al": ALICE.id}))
    assert linked(desk.link(ALICE, "al", NOW)).link.state is LinkState.CONFIRMED
    assert [(one.id, one.login) for one in desk.links(ALICE, NOW)] == [(0, "al")]
    with pytest.raises(WrongState, match="file"):
        desk.link(BOB, "al", NOW)
    with pytest.raises(WrongState, match="file"):
        desk.unlink(ALICE, "al", NOW)


def test_one_can_take_it_back(desk):
    asked = linked(desk.link(ALICE, "al", NOW)).link
    assert linked(desk.unlink(ALICE, "al", NOW)).link.state is LinkState.DROPPED
    with pytest.raises(WrongState):
        desk.decide_link(ADA, asked.id, NOW, confirm=True)
    with pytest.raises(NotFound):
        desk.unlink(ALICE, "al", NOW)


@pytest.mark.parametrize("login", ["", "root", "0", "a b", "../x", "x" * 33, "ä", "-x", "al\n", "<@U0BOB>"])
def test_what_is_no_persons_login_is_refused(desk, login):
    with pytest.raises(InputError):
        desk.link(ALICE, login, NOW)


def test_nobody_has_more_than_a_handful_and_without_admins_only_the_file_can_say_it(desk, ledger):
    for place in range(5):
        desk.link(ALICE, f"al{place}", NOW)
    with pytest.raises(InputError, match="enough"):
        desk.link(ALICE, "al9", NOW)
    with pytest.raises(WrongState, match="file"):
        Desk(ledger, lab(admins=())).link(BOB, "bob", NOW)
