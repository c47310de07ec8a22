"""The forms, what comes back from them, and the errors beside their fields."""

from typing import Any
from zoneinfo import ZoneInfo

from bot.errors import InputError
from handlers.ids import BlockId, CallbackId
from handlers.views import fields, modals, words
from handlers.views.fields import BOOKING_FIELDS, BookingForm
from handlers.views.kit import Reply, section
from make import monday, reservation

BERLIN = ZoneInfo("Europe/Berlin")
R12 = reservation(12, 33, 41, ("atlas:0", "atlas:1"), version=3)


def element(view: dict[str, Any], field: BlockId) -> dict[str, Any]:
    found: dict[str, Any] = next(block["element"] for block in view["blocks"] if block.get("block_id") == field)
    return found


def test_the_booking_form_is_filled_with_what_was_typed() -> None:
    form = BookingForm("3090", "2", "tomorrow 9am", monday(33), "8h", "ablations")
    view = modals.booking(form, zone=BERLIN, metadata="C0GPUS")
    assert element(view, BlockId.POOL)["initial_option"]["value"] == "3090"
    assert element(view, BlockId.COUNT)["initial_value"] == "2"
    assert element(view, BlockId.WHEN)["initial_value"] == "tomorrow 9am"
    assert element(view, BlockId.START)["initial_date_time"] == int(monday(33).timestamp())
    assert element(view, BlockId.LENGTH)["initial_value"] == "8h"
    assert element(view, BlockId.REASON)["initial_value"] == "ablations"
    assert (view["callback_id"], view["private_metadata"]) == (CallbackId.BOOKING, "C0GPUS")


def test_a_count_that_is_no_number_is_not_put_into_the_form() -> None:
    for count in ("", "many", "0", "²", "1000000000"):
        form = BookingForm(count=count)
        assert "initial_value" not in element(modals.booking(form, zone=BERLIN), BlockId.COUNT)


def test_the_small_forms_carry_the_reservation_and_its_version() -> None:
    for view in (modals.extend(R12, zone=BERLIN), modals.move(R12, zone=BERLIN), modals.deny(R12, zone=BERLIN)):
        assert view["private_metadata"] == "R12:3"
        assert "2 × A100 on atlas" in view["blocks"][0]["text"]["text"]


def test_the_small_forms_let_a_reservation_be_chosen_where_none_is_known() -> None:
    for draw in (modals.extend, modals.move):
        view = draw(None, zone=BERLIN)
        assert element(view, BlockId.RESERVATION)["type"] == "external_select"
        assert view["private_metadata"] == ""


def test_an_answer_closes_what_it_settled_and_a_refusal_goes_back_to_what_was_typed() -> None:
    done, no = (modals.answered(Reply("So.", (section("So."),), told)) for told in ("granted", "refused"))
    assert (done["clear_on_close"], done["close"]["text"]) == (True, "Close")
    assert (no["clear_on_close"], no["close"]["text"]) == (False, "Back")


def test_an_extension_is_two_hours_unless_they_say_otherwise() -> None:
    assert element(modals.extend(R12, zone=BERLIN), BlockId.LENGTH)["initial_value"] == "2h"


def test_a_denial_needs_a_reason() -> None:
    assert modals.deny(R12, zone=BERLIN)["blocks"][1]["optional"] is False


def test_an_answer_takes_the_forms_place() -> None:
    view = modals.answered(Reply("Yours", (section("Yours"),)))
    assert (view["callback_id"], view["blocks"]) == (CallbackId.ANSWER, [section("Yours")])
    assert "submit" not in view


def sent(**values: dict[str, Any]) -> dict[str, Any]:
    return {"state": {"values": {field: {"value": value} for field, value in values.items()}}}


def test_a_submitted_form_is_read_field_by_field() -> None:
    view = sent(
        pool={"selected_option": {"value": "a100"}},
        count={"value": "2"},
        when={"value": " tomorrow 9am "},
        start={"selected_date_time": int(monday(33).timestamp())},
        length={"value": "8h"},
        reason={"value": None},
    )
    assert fields.filled(view) == BookingForm("a100", "2", "tomorrow 9am", monday(33), "8h", "")


def test_any_pool_and_empty_fields_are_read_as_nothing() -> None:
    view = sent(pool={"selected_option": {"value": fields.ANY_POOL}}, start={"selected_date_time": None})
    assert fields.filled(view) == BookingForm(count="")
    assert fields.filled(sent(pool={"selected_option": None})).pool == ""


def test_what_was_not_read_is_told_beside_its_field() -> None:
    error = InputError("Not a length.", hint="Say how long.", example="8h", field="length")
    assert fields.input_errors(error, BOOKING_FIELDS) == {"length": "Not a length. Say how long. For example: 8h"}


def test_an_error_about_no_field_of_the_form_is_told_beside_when_or_its_first() -> None:
    assert fields.input_errors(InputError("No."), BOOKING_FIELDS) == {"when": "No."}
    assert fields.input_errors(InputError("No."), (BlockId.LENGTH,)) == {"length": "No."}
    assert fields.input_errors(InputError("No.", field="count"), (BlockId.LENGTH,)) == {"length": "No."}


def refused(*reasons: tuple[str, str]) -> Reply:
    return Reply("No.", (), "refused", reasons=reasons)


def test_refusals_that_a_field_can_mend_are_told_beside_it_in_plain_words() -> None:
    reply = refused(
        ("unknown_pool", 'No pool is called "h100".'),
        ("bad_count", "At least 1 GPU, not 0."),
        ("too_many_gpus", "A100 has 4 GPUs."),
        ("in_past", f"{words.moment(monday(3))} is over."),
    )
    assert fields.refusal_errors(reply, BOOKING_FIELDS, zone=BERLIN) == {
        "pool": 'No pool is called "h100".',
        "count": "At least 1 GPU, not 0.",
        "when": "Mon 2 Nov 04:00 is over.",
    }


def test_a_refusal_that_needs_offers_is_not_told_beside_a_field() -> None:
    reply = refused(("bad_count", "At least 1 GPU."), ("taken", "Not then."))
    assert fields.refusal_errors(reply, BOOKING_FIELDS, zone=BERLIN) is None


def test_what_is_no_refusal_has_no_errors_beside_fields() -> None:
    held = Reply("Held.", (), "held", reasons=(("too_long", "Long."),))
    assert fields.refusal_errors(held, BOOKING_FIELDS, zone=BERLIN) is None
