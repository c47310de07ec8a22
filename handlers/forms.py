"""Forms and lines: what a booking form starts with, the line that a filled one says, and the card behind a form."""

import json
import re
from dataclasses import asdict, dataclass

from bot.errors import InputError
from handlers.booking_line import read_prefill
from handlers.context import Context
from handlers.ids import BlockId
from handlers.views.fields import BookingForm

_COMMAND = re.compile(r"^(?:book \d+ (?:gpu-hours )?\S+|extend \S+|move \S+(?: to)?) ")


@dataclass(frozen=True, slots=True)
class Card:
    """The reservation that a form is about, as its card showed it, and the response URL of that card ("": none)."""

    id: int
    version: int
    url: str = ""

    def dumped(self) -> str:
        """For a view's private_metadata."""
        return json.dumps(asdict(self))

    @classmethod
    def loaded(cls, text: str) -> "Card":
        """The opposite. It is a hint only: who may do what is looked up when the form is sent.

        Raises InputError for a form of another time.
        """
        try:
            carried = json.loads(text)
            id_, version, url = carried["id"], carried["version"], carried["url"]
        except (ValueError, LookupError, TypeError, RecursionError):
            id_ = version = url = None
        numbers = all(type(number) is int and 0 < number < 10**9 for number in (id_, version))
        if not numbers or not isinstance(url, str):
            raise InputError("This form is too old to be understood.", hint="See your reservations.", example="mine")
        return cls(id_, version, url)


def prefilled(text: str, context: Context) -> BookingForm:
    """The form for a line that said no time: "2 a100 because ablations". Raises InputError as `book` does."""
    if not text:
        return BookingForm()
    found = read_prefill(text, context)
    return BookingForm(pool=found.pool or "", count=str(found.count), reason=found.reason)


def beside_its_field(error: InputError) -> InputError:
    """The error with an example that works in a form's field: what follows the command in a line."""
    return InputError(str(error), hint=error.hint, example=_COMMAND.sub("", error.example), field=error.field)


def booking_line(form: BookingForm) -> str:
    """The line that a filled booking form says. Raises InputError with the field that is missing or said twice."""
    if form.when and form.start:
        raise InputError("Say when in words or with the picker, not both.", field=BlockId.START)
    if not form.when and not form.start:
        raise InputError("When?", hint="Say it in words, or pick a start.", example="tomorrow 9am", field=BlockId.WHEN)
    if form.start and not form.length:
        raise InputError("For how long?", example="8h", field=BlockId.LENGTH)
    when = f"{form.start:%Y-%m-%dT%H:%MZ}" if form.start else form.when
    length = f" for {form.length}" if form.length else ""
    what = f"pool {form.pool}" if form.pool else "gpus"
    because = f" because {form.reason}" if form.reason else ""
    return f"book {form.count} {what} {when}{length}{because}"
