"""Models with a published recipe, and models as members describe them.

Recipes: apoorvkh/academic-pretraining, src/models (the paper "$100K or 100 Days", arXiv 2410.23261). Parameters of
language models: their cards on Hugging Face; images' operations: timm's multiply-adds of one forward pass, times 6.
"""

from collections.abc import Mapping

from bot.estimates.work import Kind, Model

_RECIPE = "apoorvkh/academic-pretraining, src/models"
_TIMM = "timm's multiply-adds"
_PYTHIA_STEPS, _PYTHIA_TOKENS = 143_000, 143_000 * 1024 * 2049


def language(name: str, parameters: float, tokens: float = 0, steps: int = 0, source: str = "") -> Model:
    """A dense language model: 6 operations a parameter and token (Kaplan et al. 2020), attention's not counted."""
    return Model(name, Kind.LANGUAGE, parameters, 6 * parameters, tokens, steps, source)


def vision(name: str, parameters: float, gmacs: float, images: float = 0, steps: int = 0, source: str = _TIMM) -> Model:
    """A model of images by its multiply-adds (10^9) of a forward pass: 2 operations each, 3 passes' worth in all."""
    return Model(name, Kind.VISION, parameters, 6e9 * gmacs, images, steps, source)


RECIPES: Mapping[str, Model] = {
    model.name: model
    for model in (
        language("pythia-160m", 162.3e6, _PYTHIA_TOKENS, _PYTHIA_STEPS, _RECIPE),
        language("pythia-410m", 405.3e6, _PYTHIA_TOKENS, _PYTHIA_STEPS, _RECIPE),
        language("pythia-1b", 1.0118e9, _PYTHIA_TOKENS, _PYTHIA_STEPS, _RECIPE),
        language("pythia-2.8b", 2.7752e9, _PYTHIA_TOKENS, _PYTHIA_STEPS, _RECIPE),
        language("pythia-6.9b", 6.8576e9, _PYTHIA_TOKENS, _PYTHIA_STEPS, _RECIPE),
        language("roberta", 355e6, 500_000 * 8192 * 512, 500_000, _RECIPE),
        language("mamba", 2.77e9, 299_999_690_752, 572_204, _RECIPE),
        vision("convnext", 350.2e6, 60.98, 1_277_706_240, 311_940, _RECIPE),
        vision("vit", 304.3e6, 61.6, 1_277_739_008, 311_948, _RECIPE),
        vision("vit-l", 304.3e6, 61.6),
        vision("vit-b", 86.6e6, 17.58),
        vision("vit-s", 22.1e6, 4.61),
        vision("resnet-50", 25.6e6, 4.11),
    )
}
