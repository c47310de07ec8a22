"""How long it takes: by figures, by measurements of the lab's own, by a step time, and by an earlier run."""

from dataclasses import replace
from datetime import timedelta
from itertools import product
from math import isfinite

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.booking.lab import Lab, PoolRule
from bot.estimates.band import Basis, Estimate, NoPeak, NotMeasured
from bot.estimates.estimate import elsewhere, estimate
from bot.estimates.figures import ORDINARY, TUNED, band_of
from bot.estimates.hardware import HARDWARE, Place, hardware_of
from bot.estimates.measured import MOST_LOOKED_AT, measured_speeds
from bot.estimates.recipes import RECIPES, language, vision
from bot.estimates.scaling import scaled
from bot.estimates.work import Again, Kind, Measurement, Named, Precision, Steps, Training, Work
from make import lab, monday, node

LAB = lab(
    node("atlas", "a100", 8, model="NVIDIA A100-SXM4-80GB"),
    node("titan", "3090", 4, model="NVIDIA GeForce RTX 3090", memory_gb=24),
    node("hydra", "h100", 4, model="NVIDIA H100 80GB HBM3"),
    node("relic", "abacus", 2),
)


def on(count: int, pool: str, of: Lab = LAB) -> Place:
    return Place(of.pools[pool], count)


def band(work: Work, place: Place, *own: Measurement) -> Estimate:
    found = estimate(work, place, LAB.pools, own)
    assert isinstance(found, Estimate)
    return found


def hours(found: Estimate) -> tuple[float, float, float]:
    return found.optimistic.hours, found.typical.hours, found.pessimistic.hours


def seen(name: str, pool: str, gpus: int, seconds: float, hour: float = 0) -> Measurement:
    return Measurement("U0ALICE", name, pool, gpus, seconds, monday(hour))


def pythia(name: str = "pythia-1b") -> Training:
    return Training(RECIPES[name], RECIPES[name].items)


def test_pythia_1b_on_four_a100s_takes_a_month_at_best_and_seven_weeks_typically() -> None:
    found = band(pythia(), on(4, "a100"))
    # 6 x 1.0118e9 x 300.04e9 operations over 4 x 312e12 x 0.60 a second are 28.2 days.
    assert [round(end / 24, 1) for end in hours(found)] == [28.2, 48.8, 84.5]
    assert found.basis is Basis.FIGURES


def test_each_end_says_the_run_and_the_source_that_it_rests_on() -> None:
    found = band(pythia(), on(4, "a100"))
    assert "60% of its peak, as MPT-7B on 8 A100, tuned, mosaicml/llm-foundry" in found.optimistic.because
    assert "20% of its peak, as GPT-2 124M" in found.pessimistic.because
    assert "karpathy/nanoGPT" in found.pessimistic.because


def test_what_no_run_on_that_gpu_is_known_of_is_said() -> None:
    assert not any("No such run" in note for note in band(pythia(), on(4, "a100")).notes)
    assert any("No such run on RTX 3090" in note for note in band(pythia(), on(2, "3090")).notes)
    images = Training(RECIPES["vit-b"], 1e8)
    assert not any("No such run" in note for note in band(images, on(2, "3090")).notes)
    assert any("No such run on H100" in note for note in band(images, on(2, "h100")).notes)


def test_what_spans_nodes_says_that_the_network_is_not_in_it() -> None:
    two = lab(node("a", "a100", 4), node("b", "a100", 4))
    assert not any("spans nodes" in note for note in band(pythia(), on(4, "a100", two)).notes)
    assert any("spans nodes" in note for note in band(pythia(), on(5, "a100", two)).notes)


def test_tf32_takes_twice_as_long_on_an_a100_and_lora_two_thirds() -> None:
    plain = band(pythia(), on(4, "a100"))
    tf32 = band(replace(pythia(), precision=Precision.TF32), on(4, "a100"))
    lora = band(replace(pythia(), lora=True), on(4, "a100"))
    assert hours(tf32) == pytest.approx([2 * end for end in hours(plain)])
    assert hours(lora) == pytest.approx([2 / 3 * end for end in hours(plain)])


def test_a_gpu_whose_peak_is_not_known_has_no_estimate_but_by_a_step_time() -> None:
    assert estimate(pythia(), on(1, "abacus"), LAB.pools) == NoPeak("abacus")
    assert hours(band(Steps(3600, 1.0), on(1, "abacus"))) == pytest.approx((1, 1, 1.1))


def test_a_gpu_that_is_known_by_the_labs_speed_only_is_reckoned_by_that() -> None:
    of = replace(LAB, rules={"abacus": PoolRule(speed=0.5)})
    found, a100 = band(pythia(), on(2, "abacus", of)), band(pythia(), on(2, "a100"))
    assert hours(found) == pytest.approx([2 * end for end in hours(a100)])
    assert any("No such run on abacus" in note for note in found.notes)


@pytest.mark.parametrize(
    ("model", "peak"),
    [
        ("NVIDIA A100-SXM4-40GB", 312),
        ("NVIDIA H100 PCIe", 756),
        ("NVIDIA H100 NVL", 835),
        ("NVIDIA H100 80GB HBM3", 989.5),
        ("NVIDIA GeForce RTX 3090", 71),
        ("NVIDIA RTX A6000", 154.8),
        ("Tesla V100-SXM2-32GB", 125),
        ("l40s", 362),
    ],
)
def test_gpus_are_known_by_the_names_that_drivers_give_them(model: str, peak: float) -> None:
    found = hardware_of(model)
    assert found is not None
    assert found.peak == peak


def test_steps_take_what_they_take_and_at_worst_a_tenth_more() -> None:
    found = band(Steps(100_000, 0.42), on(4, "a100"))
    assert hours(found) == pytest.approx((11.667, 11.667, 12.833), abs=1e-3)
    assert found.basis is Basis.STEP_TIME
    assert "assumed" in found.pessimistic.because


def test_an_earlier_run_takes_as_long_again_on_the_same_gpus() -> None:
    assert hours(band(Again("R12", 30, "a100", 4), on(4, "a100"))) == (30, 30, 30)


def test_an_earlier_run_on_twice_the_gpus_takes_half_as_long_at_best() -> None:
    best, typical, worst = hours(band(Again("R12", 30, "a100", 4), on(8, "a100")))
    assert best == pytest.approx(15)
    assert worst == pytest.approx(15 / 0.815, rel=1e-3)
    assert best < typical < worst


def test_an_earlier_run_on_half_the_gpus_takes_twice_as_long_at_worst() -> None:
    best, _, worst = hours(band(Again("R12", 30, "a100", 4), on(2, "a100")))
    assert worst == pytest.approx(60)
    assert best == pytest.approx(60 * 0.815, rel=1e-3)


def test_another_pool_takes_what_the_published_speed_and_the_peaks_say() -> None:
    best, _, worst = hours(band(Again("R12", 30, "a100", 4), on(4, "3090")))
    assert (best, worst) == pytest.approx((90, 30 * 312 / 71))


def test_another_pool_takes_what_the_labs_own_measurements_say_if_there_are_any() -> None:
    own = seen("tune", "a100", 2, 1.0), seen("tune", "3090", 2, 2.5)
    assert hours(band(Again("R12", 30, "a100", 4), on(4, "3090"), *own)) == pytest.approx((75, 75, 75))


def test_a_step_time_is_scaled_to_other_gpus_with_its_tenth() -> None:
    asked = on(4, "3090")
    work = elsewhere(Steps(3_600, 100), asked)
    best, _, worst = hours(band(work, on(4, "a100")))
    assert (best, worst) == pytest.approx((100 * 71 / 312, 100 / 3 * 1.1))
    assert elsewhere(pythia(), asked) == pythia()


def test_a_job_that_was_measured_on_as_many_of_these_gpus_rests_on_that() -> None:
    own = seen("tune", "a100", 4, 0.5), seen("tune", "a100", 4, 0.4, 1), seen("tune", "a100", 4, 0.41, 2)
    found = band(Named(36_000, "Tune"), on(4, "a100"), *own)
    assert hours(found) == pytest.approx((4.0, 4.1, 5.0))
    assert found.basis is Basis.MEASURED
    assert "measured here" in found.typical.because


def test_a_recipe_that_was_measured_here_no_longer_rests_on_figures() -> None:
    found = band(pythia(), on(4, "a100"), seen("pythia-1b", "a100", 4, 20.0))
    assert found.basis is Basis.MEASURED
    assert found.typical.hours == pytest.approx(143_000 * 20 / 3600)
    half = Training(RECIPES["pythia-1b"], RECIPES["pythia-1b"].items / 2)
    assert band(half, on(4, "a100"), seen("pythia-1b", "a100", 4, 20.0)).typical.hours == pytest.approx(
        143_000 * 10 / 3600
    )


def test_a_job_that_was_measured_elsewhere_is_scaled_from_the_newest() -> None:
    own = seen("tune", "a100", 2, 9.0), seen("tune", "a100", 4, 1.0, 1)
    found = band(Named(3600, "tune"), on(8, "a100"), *own)
    assert found.basis is Basis.EARLIER
    assert found.optimistic.hours == pytest.approx(0.5)


def test_only_the_newest_measurements_of_a_name_are_looked_at() -> None:
    new = [seen("tune", "a100", 4, 1.0, 100 + place) for place in range(MOST_LOOKED_AT)]
    found = band(Named(3600, "tune"), on(4, "a100"), seen("tune", "a100", 4, 50.0), *new)
    assert found.pessimistic.hours == pytest.approx(1.1)


def test_a_name_that_was_never_measured_is_said_with_those_that_were() -> None:
    own = [seen("resnet-tune", "a100", 4, 1.0), seen("gone", "nowhere", 4, 1.0)]
    assert estimate(Named(10, "resnet-tun"), on(4, "a100"), LAB.pools, own) == NotMeasured(
        "resnet-tun", ("resnet-tune",)
    )
    assert estimate(Named(10, "gone"), on(4, "a100"), LAB.pools, own) == NotMeasured("gone", ("gone",))


def test_speeds_are_measured_where_a_job_ran_in_both_pools_on_as_many_gpus() -> None:
    own = [
        seen("x", "a100", 2, 1.0),
        seen("x", "3090", 2, 2.0),
        seen("y", "a100", 1, 1.0),
        seen("y", "3090", 1, 8.0),
        seen("z", "a100", 1, 1.0),
        seen("z", "h100", 2, 0.1),
    ]
    assert measured_speeds(own, "a100") == pytest.approx({"a100": 1.0, "3090": 0.25})
    assert measured_speeds(own, "h100") == {}


def test_every_gpu_has_a_band_for_each_kind_inside_what_can_be() -> None:
    for hardware, kind in product(HARDWARE.values(), Kind):
        found = band_of(hardware.name, kind)
        assert 0 < found.ordinary.share < found.middle < found.tuned.share < 1
        assert found.tuned.source
        assert found.ordinary.source
    assert {name for name, _ in TUNED} <= {hardware.name for hardware in HARDWARE.values()}
    assert band_of("A100", Kind.LANGUAGE).ordinary is ORDINARY


PLACES = st.sampled_from([on(count, pool) for pool, of in LAB.pools.items() for count in range(1, of.size + 1)])
TRAININGS = st.builds(
    Training,
    st.one_of(
        st.sampled_from(list(RECIPES.values())),
        st.floats(1e3, 1e13).map(lambda size: language("", size)),
        st.floats(1e-4, 1e6).map(lambda gmacs: vision("", 0, gmacs)),
    ),
    st.floats(1, 1e16),
    st.sampled_from(Precision),
    st.booleans(),
)
WORKS = st.one_of(
    TRAININGS,
    st.builds(Steps, st.integers(1, 10**10), st.floats(1e-6, 86_400)),
    st.builds(Named, st.integers(1, 10**10), st.sampled_from(["tune", "none"])),
    st.builds(Again, st.just("R1"), st.floats(1 / 60, 9_000), st.sampled_from(list(LAB.pools)), st.integers(1, 8)),
)
OWN = st.lists(
    st.builds(
        Measurement,
        st.just("U0ALICE"),
        st.sampled_from(["tune", "pythia-1b"]),
        st.sampled_from([*LAB.pools, "gone"]),
        st.integers(1, 8),
        st.floats(1e-6, 1e6),
        st.integers(0, 99).map(lambda hour: monday() + timedelta(hours=hour)),
    ),
    max_size=6,
)


@given(WORKS, PLACES, OWN)
def test_a_band_is_always_above_nothing_finite_and_in_order(work: Work, place: Place, own: list[Measurement]) -> None:
    found = estimate(work, place, LAB.pools, own)
    if isinstance(found, Estimate):
        assert found.optimistic.hours > 0
        assert found.optimistic.hours <= found.typical.hours * (1 + 1e-9)
        assert found.typical.hours <= found.pessimistic.hours * (1 + 1e-9)
        assert isfinite(found.pessimistic.hours)


@given(st.floats(0.01, 1e5), PLACES, PLACES)
def test_scaling_there_and_back_holds_what_it_began_with(took: float, was: Place, will: Place) -> None:
    there = scaled(took, was, will)
    assert scaled(there.best, will, was).best <= took * (1 + 1e-9)
    assert scaled(there.worst, will, was).worst >= took * (1 - 1e-9)
