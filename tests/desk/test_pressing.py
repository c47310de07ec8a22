"""How it stands with a deadline, asked at the desk."""

import pytest

from bot.booking.lab import Deadline
from bot.desk import Desk
from bot.errors import NotFound
from desks import NOW, booked
from make import ALICE, BOB, lab, monday

PAPER = Deadline("neurips", monday(56), kind="paper")
PAST = Deadline("NeurIPS", monday(2))
ABSTRACT = Deadline("neurips", monday(32), kind="abstract")
OWN = Deadline("thesis", monday(60), member=ALICE.id, source="member")


@pytest.fixture
def desk(ledger) -> Desk:
    return Desk(ledger, lab(deadlines=(PAPER, PAST, ABSTRACT, OWN)))


def test_the_date_that_a_name_means_alone_is_meant_or_the_kind_that_is_said(desk):
    booked(desk, ALICE, start=9, end=13, count=2)
    found = desk.pressure(BOB, " NeurIPS ", NOW)
    assert found.deadline == PAPER
    assert (found.pools[0].pool, found.pools[0].promised) == ("a100", 8)
    assert desk.pressure(BOB, "neurips abstract", NOW).deadline == ABSTRACT
    assert desk.pressure(BOB, "neurips paper", NOW).deadline == PAPER
    assert desk.pressure(ALICE, "thesis", NOW).deadline == OWN


def test_anothers_deadline_is_none_of_theirs(desk):
    for name in ("thesis", "iclr", ""):
        with pytest.raises(NotFound):
            desk.pressure(BOB, name, NOW)
