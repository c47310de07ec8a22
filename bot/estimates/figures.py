"""What share of its peak a GPU reaches in training: the ends of the bands, each with the run that it was seen in.

The share (model FLOPs utilisation) is counted as everywhere here: 6 operations a parameter and token, without
attention's, over the dense 16-bit peak in `hardware`. Ends are rounded outwards to whole percents. None of these rows
is among those that `benchmarks/estimates.py` judges the bands by.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import sqrt

from bot.estimates.work import Kind

_FOUNDRY = "mosaicml/llm-foundry, scripts/train/benchmarking/README.md"


@dataclass(frozen=True, slots=True)
class Figure:
    """A share of the peak (0..1) seen in a `run`, and its source."""

    share: float
    run: str
    source: str


# 37,130 tokens/s x 6 x 6.659e9 parameters over 8 x 312 TFLOPS: 59.4 %.
_MPT_A100 = Figure(0.60, "as MPT-7B on 8 A100, tuned", _FOUNDRY)
# 85,144 tokens/s x 6 x 6.659e9 parameters over 8 x 989.5 TFLOPS: 43.0 %.
_MPT_H100 = Figure(0.43, "as MPT-7B on 8 H100, tuned", _FOUNDRY)
# 117.2 images/s x 6 x 61.6 GMACs over 71 TFLOPS: 61.0 %.
_VIT_3090 = Figure(0.61, "as ViT-L/16 on one 3090, images in memory", "huggingface/pytorch-image-models, results")
# 600,000 steps of 491,520 tokens x 6 x 124e6 parameters in 5 days on 8 x 312 TFLOPS: 20.3 %.
ORDINARY = Figure(0.20, "as GPT-2 124M on 8 A100, plain code", "karpathy/nanoGPT, config/train_gpt2.py")

TUNED: Mapping[tuple[str, Kind], Figure] = {
    ("A100", Kind.LANGUAGE): _MPT_A100,
    ("H100", Kind.LANGUAGE): _MPT_H100,
    ("H100 PCIe", Kind.LANGUAGE): _MPT_H100,
    ("H100 NVL", Kind.LANGUAGE): _MPT_H100,
    ("H200", Kind.LANGUAGE): _MPT_H100,
    ("RTX 3090", Kind.LANGUAGE): _VIT_3090,
    ("RTX 3090", Kind.VISION): _VIT_3090,
}

# How much of what tuned code reaches is left to ordinary code: on A100s, a third.
ORDINARY_PART = ORDINARY.share / _MPT_A100.share

# What is left to each of twice as many GPUs, at worst: MPT-1B went from 305,372 tokens/s on 16 A100-40GB to 497,782 on
# 32, which is the worst doubling in the table.
DOUBLED = Figure(497_782 / 305_372 / 2, "MPT-1B from 16 to 32 A100, the worst doubling", _FOUNDRY)

# A measurement that implies more than this of the peak is flagged: the highest that is published is 65 %.
TOO_GOOD = 0.65


# Days that the paper "$100K or 100 Days" (arXiv 2410.23261) gives for Pythia-1B's 300e9 tokens, by GPU and how many.
# They imply 99, 90, 90 and 142 % of the peak: its timer did not wait for the GPU. They are shown, never reckoned with.
PUBLISHED: Mapping[tuple[str, str, int], float] = {
    ("pythia-1b", "A100", 4): 17.57,
    ("pythia-1b", "H100", 4): 8,
    ("pythia-1b", "H100", 8): 4,
    ("pythia-1b", "RTX 3090", 2): 108,
}


@dataclass(frozen=True, slots=True)
class Band:
    """The shares of the peak that an estimate reckons with: what tuned code reached, and what ordinary code does.

    `borrowed`: no such run is known on this GPU, so that the row is another's.
    """

    tuned: Figure
    ordinary: Figure
    borrowed: bool = False

    @property
    def middle(self) -> float:
        """Their geometric mean."""
        return sqrt(self.tuned.share * self.ordinary.share)


def band_of(hardware: str, kind: Kind) -> Band:
    """The band for a model of GPU, by its `Hardware.name`, and a kind of training."""
    found = TUNED.get((hardware, kind))
    tuned = found or (_VIT_3090 if kind is Kind.VISION else _MPT_A100)
    if hardware == "A100" and kind is Kind.LANGUAGE:
        return Band(tuned, ORDINARY)
    slow = Figure(
        tuned.share * ORDINARY_PART,
        "a third of that, as plain code had on A100s (GPT-2 124M)",
        ORDINARY.source,
    )
    borrowed = found is None or (found is _VIT_3090 and kind is Kind.LANGUAGE)
    return Band(tuned, slow, borrowed)
