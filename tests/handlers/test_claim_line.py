"""`claims` and `claims withdraw R12`, as said and as answered."""

from datetime import UTC, timedelta

import pytest

from bot.booking.claims import Claim, claims_of
from bot.booking.lab import Deadline
from bot.booking.model import Before, Promise, Request, Waiting
from bot.booking.notices import Notice, NoticeKind
from bot.errors import InputError
from handlers.claim_line import read_claims
from handlers.context import Context
from handlers.said import Claims, WithdrawClaim
from handlers.views import claims as view
from handlers.views import words
from handlers.views.notices import message
from make import ADA, ALICE, BOB, PEOPLE, lab, monday, reservation
from worlds import all_of, buttons_of, playing

CONTEXT = Context(ADA, lab(), PEOPLE, monday(8))


@pytest.mark.parametrize(
    ("rest", "said"),
    [
        ("", Claims()),
        ("withdraw R12", WithdrawClaim("R12")),
        ("Withdraw w003", WithdrawClaim("W3")),
        ("drop 7", WithdrawClaim("R7")),
    ],
)
def test_claims_are_read(rest: str, said: object) -> None:
    assert read_claims(rest, CONTEXT) == said


@pytest.mark.parametrize("rest", ["R12", "withdraw", "withdraw all", "withdraw R1 R2", "withdraw R" + "9" * 10])
def test_anything_else_is_not_understood(rest: str) -> None:
    with pytest.raises(InputError, match="did not understand"):
        read_claims(rest, CONTEXT)


def test_claims_are_listed_under_their_deadline() -> None:
    at = monday(56)
    promise = Promise(at, at, "<neurips>")
    made = reservation(12, member=ALICE.id)
    waits = Waiting(
        3, Request(BOB.id, 2, Before(timedelta(hours=4), promise, monday(8)), pool="a100"), monday(8), withdrawn=True
    )
    deadline = Deadline("<neurips>", at)
    reply = view.claims([Claim(deadline, made), *claims_of([waits], [deadline])], zone=UTC)
    text = str(reply.blocks)
    assert "*&lt;neurips&gt;*" in text
    assert "R12 · <@U0ALICE> · 1 × A100 on atlas" in text
    assert "W3 · <@U0BOB> · waits for 2 × A100 for 4 h before &lt;neurips&gt;" in text
    assert "· withdrawn" in text
    assert "Nobody" in view.claims([], zone=UTC).text
    assert "more are not shown" in str(view.claims([Claim(deadline, made)] * 50, zone=UTC).blocks)


def test_the_holder_is_told_what_it_means() -> None:
    notice = Notice(
        NoticeKind.DECISION, ALICE.id, 1, monday(8), monday(8), {"act": "withdrawn", "by": ADA.id, "reason": "neurips"}
    )
    text = message(notice, reservation(), late=False, zone=UTC)["text"]
    assert text.startswith("The claim of R1 to neurips is withdrawn by <@U0ADA>:")
    assert "as work without the deadline" in text


def test_an_admin_withdraws_a_claim_in_the_chat(tmp_path) -> None:
    at = monday(8 + 72)
    with playing(f"sqlite:///{tmp_path}/ledger.db", lab=lab(deadlines=(Deadline("neurips", at),))) as play:
        play.type("alice", "/gpu book 1 a100 for 4h before neurips")
        assert words.moment(at) in all_of(play.type("ada", "/gpu claims"))
        assert "Only admins" in all_of(play.type("alice", "/gpu claims"))
        assert "no claim to neurips any more" in all_of(play.type("ada", "/gpu claims withdraw R1"))
        assert play.reservations()[0].withdrawn
        assert "withdrawn" in all_of(play.type("ada", "/gpu claims"))


def test_a_claim_reaches_the_admins_as_a_line_with_its_button(sqlite_url: str) -> None:
    deadline = Deadline("neurips", monday(80))
    with playing(sqlite_url, now=monday(8), lab=lab(deadlines=(deadline,))) as play:
        for name in ("bob", "alice"):
            play.say(f"{name}: /gpu book 1 a100 for 4h before neurips because <!here> runs")
        play.world.advance(timedelta(minutes=31))
        card = play.card("ada", "Withdraw")
        assert all_of(card).startswith("*2 new claims to deadlines of the lab's*")
        assert "*R1* · <@U0BOB> · neurips: 1 × A100 for 4 h" in all_of(card)
        assert "&lt;!here&gt; runs" in all_of(card)
        play.click("bob", "Withdraw", card)
        assert not play.reservations()[0].withdrawn, "it is the admins' to withdraw"
        play.click("ada", "Withdraw", card)
        assert play.reservations()[0].withdrawn
        assert "Withdraw" in {one.label for one in buttons_of(card)}, "the other line is still there"
