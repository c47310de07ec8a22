"""What memory a training needs, and with which setting it fits."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.estimates.memory import LEFT, Setting, memory_of


def test_a_parameter_needs_sixteen_to_eighteen_bytes_as_it_is() -> None:
    found = memory_of(1e9, 1, 80)
    assert (found.setting, found.low, found.high, found.plain) == (Setting.PLAIN, 16, 18, 18)


@pytest.mark.parametrize(
    ("billions", "setting"),
    [
        (1, Setting.PLAIN),  # 18 of the 18 GB that are left of 24
        (1.4, Setting.ZERO_1),  # 25 as it is, 12.6 with its states on four GPUs
        (2.5, Setting.ZERO_2),
        (4, Setting.ZERO_3),
        (5, Setting.OFFLOAD),
    ],
)
def test_the_first_setting_that_leaves_room_for_activations_is_taken(billions: float, setting: Setting) -> None:
    assert memory_of(billions * 1e9, 4, 24).setting is setting


def test_one_gpu_has_nothing_to_split() -> None:
    found = memory_of(1.4e9, 1, 24)
    assert found.setting is Setting.OFFLOAD
    assert found.fits is False
    assert found.high == found.plain


def test_lora_keeps_the_weights_and_little_else() -> None:
    assert memory_of(7e9, 1, 24, lora=True).high == pytest.approx(14)
    assert memory_of(70e9, 8, 80, lora=True).setting is Setting.ZERO_3


def test_memory_that_nobody_has_stated_is_not_judged() -> None:
    found = memory_of(1e12, 8, 0)
    assert found.fits is None
    assert found.setting is Setting.PLAIN


@given(st.floats(1e3, 1e13), st.integers(1, 512), st.floats(1, 300), st.booleans())
def test_what_is_said_to_fit_leaves_the_room_that_is_promised(
    parameters: float, count: int, has: float, lora: bool
) -> None:
    found = memory_of(parameters, count, has, lora=lora)
    assert 0 < found.low <= found.high <= found.plain
    assert found.fits is (found.high <= has * (1 - LEFT))
