"""Forms and lines: what a booking form starts with, the line that a filled one says, and the card behind a form."""

import json
import re
from dataclasses import asdict, dataclass

from bot.errors import InputError
from handlers.booking_line import read_prefill
from handlers.context import Context
from handlers.ids import BlockId
from handlers.views.fields import BookingForm

_COMMAND = re.compile(r"^(?:book \d+ (?:gpu-hours )?\S+|estimate|extend \S+|move \S+(?: to)?) ")
_PLACE = re.compile(r" on \d+ .*$")


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
    return BookingForm(pool=found.pool or "", count=str(found.count), reason=found.reason, length=found.length)


def beside_its_field(error: InputError) -> InputError:
    """The error with an example that works in a form's field: what follows the command in a line."""
    example = _PLACE.sub("", _COMMAND.sub("", error.example)) if error.example.startswith("estimate") else ""
    example = example or _COMMAND.sub("", error.example)
    return InputError(str(error), hint=error.hint, example=example, field=error.field)


def estimate_line(form: BookingForm) -> str:
    """The line that asks how long it takes on the form's GPUs. Raises InputError for a time that is no deadline."""
    if form.start:
        hint = 'Say a deadline in words, or leave "when" empty.'
        raise InputError("An estimate needs no start.", hint=hint, example="before fri 6pm", field=BlockId.START)
    if form.when and form.when.split()[0].lower() not in {"before", "by", "after", "not"}:
        hint = "Of time an estimate is told a deadline, or nothing."
        raise InputError("That is no deadline.", hint=hint, example="before fri 6pm", field=BlockId.WHEN)
    if not form.pool:
        raise InputError("On which GPUs? Choose a pool.", field=BlockId.POOL)
    return f"estimate {form.estimate} on {form.count} pool {form.pool} {form.when}".rstrip()


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
