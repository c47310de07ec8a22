"""Which GPU of the lab a reading is of: by UUID, whatever the numbers do."""

from bot.booking.observed import Device, Fault
from bot.fleet.placing import Change, ChangeKind, placed
from gpus import reading, report
from make import lab, node

LAB = lab(node("atlas", "a100", 3), node("titan", "3090", 2))
A, B, C = (Device(f"GPU-atlas-{index}", "atlas", index, index) for index in range(3))
KNOWN = {device.uuid: device for device in (A, B, C)}
T = Device("GPU-titan-0", "titan", 0, 0)


def told(readings):
    return {f"{one.node}:{one.index}": (one.uuid, one.fault) for one in readings}


def numbered(*uuids: str, node: str = "atlas"):
    """The node's report, with these cards in this order."""
    return report(node, *(reading(f"{node}:{index}", uuid=uuid) for index, uuid in enumerate(uuids)))


def test_cards_that_nobody_knew_get_the_places_of_their_numbers():
    found = placed(LAB, {"atlas": numbered(A.uuid, B.uuid, C.uuid)}, {})
    assert found.changes == tuple(Change(ChangeKind.LEARNED, device) for device in (A, B, C))
    assert told(found.readings) == {device.name: (device.uuid, None) for device in (A, B, C)}


def test_nothing_changes_where_all_is_as_it_was():
    found = placed(LAB, {"atlas": numbered(A.uuid, B.uuid, C.uuid)}, KNOWN)
    assert (found.changes, found.unlisted, found.refused) == ((), (), {})


def test_two_swapped_cards_keep_their_places_and_it_is_told():
    found = placed(LAB, {"atlas": numbered(B.uuid, A.uuid, C.uuid)}, KNOWN)
    assert told(found.readings) == {device.name: (device.uuid, None) for device in (A, B, C)}
    kinds = {change.device.name: (change.kind, change.device.number) for change in found.changes}
    assert kinds == {"atlas:0": (ChangeKind.RENUMBERED, 1), "atlas:1": (ChangeKind.RENUMBERED, 0)}


def test_after_a_card_is_gone_the_others_move_up_and_the_missing_one_is_the_one_that_is_missing():
    found = placed(LAB, {"atlas": numbered(A.uuid, C.uuid)}, KNOWN)
    assert told(found.readings) == {
        "atlas:0": (A.uuid, None),
        "atlas:1": (B.uuid, Fault.MISSING),
        "atlas:2": (C.uuid, None),
    }
    assert [change.device for change in found.changes] == [Device(C.uuid, "atlas", 2, 1)]


def test_another_card_in_a_place_takes_it():
    found = placed(LAB, {"atlas": numbered(A.uuid, "GPU-new", C.uuid)}, KNOWN)
    assert told(found.readings)["atlas:1"] == ("GPU-new", None)
    assert found.changes == (Change(ChangeKind.REPLACED, Device("GPU-new", "atlas", 1, 1), B),)


def test_another_card_takes_the_place_of_the_one_that_is_gone_whatever_its_number():
    found = placed(LAB, {"atlas": numbered("GPU-new", A.uuid, C.uuid)}, KNOWN)
    assert told(found.readings) == {
        "atlas:0": (A.uuid, None),
        "atlas:1": ("GPU-new", None),
        "atlas:2": (C.uuid, None),
    }


def test_a_card_more_than_the_lab_has_is_left_out_and_named():
    found = placed(LAB, {"atlas": numbered(A.uuid, B.uuid, C.uuid, "GPU-new")}, KNOWN)
    assert len(found.readings) == 3
    assert [one.uuid for one in found.unlisted] == ["GPU-new"]


def test_a_failing_card_that_cannot_say_who_it_is_is_the_known_one_that_is_not_listed():
    nameless = reading("atlas:0", uuid="", fault=Fault.LOST)
    found = placed(
        LAB, {"atlas": report("atlas", nameless, reading("atlas:1", uuid=A.uuid), reading("atlas:2"))}, KNOWN
    )
    assert told(found.readings) == {
        "atlas:0": (A.uuid, None),
        "atlas:1": (B.uuid, Fault.LOST),
        "atlas:2": (C.uuid, None),
    }


def test_of_a_node_that_does_not_answer_each_gpu_is_told_to_be_unknown():
    found = placed(LAB, {"atlas": report("atlas", fault=Fault.UNREACHABLE)}, KNOWN)
    assert told(found.readings) == {device.name: (device.uuid, Fault.UNREACHABLE) for device in (A, B, C)}
    assert found.changes == ()


def test_a_node_that_is_not_watched_has_no_readings():
    assert placed(LAB, {}, KNOWN).readings == ()


def test_a_node_that_reports_a_card_of_another_is_not_believed_at_all():
    reports = {"atlas": numbered(A.uuid, B.uuid, C.uuid), "titan": numbered(T.uuid, B.uuid, node="titan")}
    found = placed(LAB, reports, KNOWN | {T.uuid: T})
    assert told(found.readings)["titan:0"] == (T.uuid, Fault.UNREACHABLE)
    assert told(found.readings)["atlas:1"] == (B.uuid, None)
    assert found.refused == {"titan": "reports GPU-atlas-1, which is atlas:1"}
    assert found.changes == ()


def test_nor_while_the_other_is_silent():
    reports = {"atlas": report("atlas", fault=Fault.UNREACHABLE), "titan": numbered(B.uuid, node="titan")}
    assert placed(LAB, reports, KNOWN).refused == {"titan": "reports GPU-atlas-1, which is atlas:1"}


def test_a_card_that_was_moved_from_one_node_to_another_is_found_there():
    reports = {"atlas": numbered(A.uuid, C.uuid), "titan": numbered(T.uuid, B.uuid, node="titan")}
    found = placed(LAB, reports, KNOWN | {T.uuid: T})
    assert told(found.readings)["titan:1"] == (B.uuid, None)
    assert told(found.readings)["atlas:1"] == (B.uuid, Fault.MISSING)
    assert Change(ChangeKind.CAME, Device(B.uuid, "titan", 1, 1), B) in found.changes
