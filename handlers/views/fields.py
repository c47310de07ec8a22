"""What came back in a form's fields, and the errors that are shown beside them."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import Any

from bot.errors import InputError
from handlers.ids import ActionId, BlockId
from handlers.views import words
from handlers.views.kit import Reply, clip, one_line

BOOKING_FIELDS = (
    *(BlockId.POOL, BlockId.COUNT, BlockId.WHEN, BlockId.START, BlockId.LENGTH, BlockId.REASON),
    BlockId.ESTIMATE,
)
ANY_POOL = "*"  # no pool can be called so

# Refusals that a change of one field can mend; the others are answered with offers.
_FIELD_OF = {
    "unknown_pool": BlockId.POOL,
    "bad_count": BlockId.COUNT,
    "too_many_gpus": BlockId.COUNT,
    "in_past": BlockId.WHEN,
    "too_long": BlockId.LENGTH,
}


@dataclass(frozen=True, slots=True)
class BookingForm:
    """What the booking form holds. `pool` "": any. `start` comes from the picker and is UTC.

    `estimate`: what is to be trained, whose length is asked about instead of booking anything; "" where nothing is.
    """

    pool: str = ""
    count: str = "1"
    when: str = ""
    start: datetime | None = None
    length: str = ""
    reason: str = ""
    estimate: str = ""


def filled(view: Mapping[str, Any]) -> BookingForm:
    """What a submitted booking form holds."""
    picked = _element(view, BlockId.START).get("selected_date_time")
    pool = chosen(view, BlockId.POOL)
    return BookingForm(
        pool="" if pool == ANY_POOL else pool,
        count=typed(view, BlockId.COUNT),
        when=typed(view, BlockId.WHEN),
        start=None if picked is None else datetime.fromtimestamp(picked, UTC),
        length=typed(view, BlockId.LENGTH),
        reason=typed(view, BlockId.REASON),
        estimate=typed(view, BlockId.ESTIMATE),
    )


def chosen(view: Mapping[str, Any], field: BlockId) -> str:
    """The value of what was chosen in a menu of a submitted form; "" where nothing was."""
    return str((_element(view, field).get("selected_option") or {}).get("value") or "")


def typed(view: Mapping[str, Any], field: BlockId) -> str:
    """What was typed into one field of a submitted form; "" where nothing was."""
    return str(_element(view, field).get("value") or "").strip()


def input_errors(error: InputError, fields: Collection[BlockId]) -> dict[str, str]:
    """What could not be read, beside its field; without one, beside "when" or the first of the form's `fields`."""
    example = f"For example: {error.example}" if error.example else ""
    text = " ".join(part for part in (str(error), error.hint, example) if part)
    field = next((field for field in (error.field, BlockId.WHEN) if field in fields), next(iter(fields)))
    return {field: _error(text)}


def refusal_errors(reply: Reply, fields: Collection[BlockId], *, zone: tzinfo) -> dict[str, str] | None:
    """A refusal's reasons beside the fields that mend them.

    None if there are none, or one has no such field: then the answer itself, with its offers, helps more.
    """
    errors: dict[str, str] = {}
    for code, text in reply.reasons if reply.decision == "refused" else ():
        field = _FIELD_OF.get(code)
        if field is None or field not in fields:
            return None
        errors.setdefault(field, _error(words.unmarked(text, zone)))
    return errors or None


def _error(text: str) -> str:
    return clip(one_line(text), 300)


def _element(view: Mapping[str, Any], field: BlockId) -> Mapping[str, Any]:
    block: Mapping[str, Any] = view["state"]["values"].get(field, {})
    element: Mapping[str, Any] = block.get(ActionId.VALUE, {})
    return element
