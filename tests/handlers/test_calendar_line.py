"""`calendar`: what each line says, and what is answered."""

import pytest

from bot.desk import Subscription
from bot.errors import InputError
from handlers.context import Context
from handlers.parse import parse
from handlers.said_calendar import Calendar
from handlers.views.calendars import linked
from make import ALICE, PEOPLE, lab, monday

CONTEXT = Context(ALICE, lab(), PEOPLE, monday(9))


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("calendar", Calendar()),
        ("calendar a100", Calendar("a100")),
        ("calendar new", Calendar(renew=True)),
        ("calendar 3090 new", Calendar("3090", renew=True)),
    ],
)
def test_a_line_says_whose_calendar_and_whether_anew(line: str, said: Calendar) -> None:
    assert parse(line, CONTEXT) == said


def test_what_is_no_pool_is_quoted() -> None:
    with pytest.raises(InputError, match="h200"):
        parse("calendar h200", CONTEXT)


def test_the_answer_has_the_whole_address_where_the_lab_says_its_own() -> None:
    assert (
        "`https://gpus.example.org/calendar/abc.ics`"
        in linked(Subscription("abc", ALICE.id, None), "https://gpus.example.org").text
    )
    bare = linked(Subscription("abc", ALICE.id, "a100"), "")
    assert "`/calendar/abc.ics`" in bare.text
    assert "calendar a100 new" in str(bare.blocks)
