"""What is to be trained, in words: "pythia-1b", "1.4b params 30b tokens", "100000 steps at 0.42s", "like R12"."""

import re
from difflib import get_close_matches
from typing import NoReturn

from bot.errors import InputError
from bot.estimates.recipes import RECIPES, language, vision
from bot.estimates.work import Kind, Like, Model, Named, Precision, Steps, Training, Work
from handlers.spoken.words import LONGEST_QUOTE, listed, quoted

EXAMPLE = "estimate 1.4b params 30b tokens on 1 a100"
MOST_PARAMETERS, MOST_ITEMS, MOST_STEPS = 1e13, 1e16, 10**10
MOST_GMACS, LONGEST_STEP = 1e6, 86_400  # seconds

_SIZES = {"": 1.0, "k": 1e3, "m": 1e6, "b": 1e9, "bn": 1e9, "g": 1e9, "t": 1e12}
_SIZES |= {"thousand": 1e3, "million": 1e6, "billion": 1e9, "trillion": 1e12}
_FIGURE = r"(-?[0-9]{1,18}(?:\.[0-9]{1,9})?(?:e[0-9]{1,2})?) ?(k|m|bn|b|g|t|thousand|million|billion|trillion)?"
_ITEMS = rf"{_FIGURE} ?(tokens?|images?|samples?|steps?)"
_LIKE = re.compile(r"(?:like|as) r([0-9]{1,9})")
_TIMED = re.compile(
    rf"{_FIGURE} ?steps? (?:at|of|x|@) ?(-?[0-9]{{1,9}}(?:\.[0-9]{{1,9}})?) ?(ms|s|secs?|seconds?|min|minutes?)"
    r"(?: each| (?:a|per) step)?"
)
_NAMED = re.compile(rf"{_FIGURE} ?steps? of (\S.{{0,79}})")
_DENSE = re.compile(rf"{_FIGURE} ?(?:params?|parameters?)?(?: ?(?:and|,|x|on))? {_FIGURE} ?tokens?")
_MACS = re.compile(rf"{_FIGURE} ?(?:gmacs?|gflops?) {_FIGURE} ?(?:images?|samples?)")
_RECIPE = re.compile(rf"([a-z].{{0,39}}?)(?:(?: on| for|,)? {_ITEMS})?")
_TF32 = re.compile(r"\b(?:in )?(?:tf32|fp32|float32)\b")
_LORA = re.compile(r"\b(?:with |by )?(?:q?lora)\b")
_COMMAS = re.compile(r"(?<=[0-9]),(?=[0-9]{3})")
_SECONDS = {"ms": 0.001, "min": 60.0, "minute": 60.0, "minutes": 60.0}
_ASIDE = {"resnet": "resnet-50", "resnet50": "resnet-50", "convnext-xl": "convnext", "mamba-2.8b": "mamba"}
_ASIDE |= {"vit-large": "vit-l", "vit-base": "vit-b", "vit-small": "vit-s", "roberta-large": "roberta"}


def read_work(text: str) -> Work | Like:
    """The work in a cleaned text. Raises InputError, with an example, for what is not understood or out of bounds."""
    low = " ".join(_COMMAS.sub("", text.lower()).split())
    if not low:
        _not_work("What is to be trained?")
    if match := _LIKE.fullmatch(low):
        return Like(int(match[1]))
    if match := _TIMED.fullmatch(low):
        seconds = float(match[3]) * _SECONDS.get(match[4], 1.0)
        return Steps(_steps(match[1], match[2]), _bounded(seconds, LONGEST_STEP, "seconds a step", least=1e-6))
    if match := _NAMED.fullmatch(low):
        name = text.split(None)[-len(match[3].split()) :]
        return Named(_steps(match[1], match[2]), " ".join(name))
    return _training(low)


def _training(low: str) -> Training | Named:
    precision = Precision.TF32 if _TF32.search(low) else Precision.BITS_16
    lora = _LORA.search(low) is not None
    low = " ".join(_LORA.sub("", _TF32.sub("", low)).split())
    if match := _DENSE.fullmatch(low):
        parameters = _sized(match[1], match[2], MOST_PARAMETERS, "parameters", least=1e3)
        model = language("", parameters)
        return Training(model, _sized(match[3], match[4], MOST_ITEMS, "tokens"), precision, lora)
    if match := _MACS.fullmatch(low):
        gmacs = _sized(match[1], match[2], MOST_GMACS, "GMACs an image", least=1e-4)
        return Training(vision("", 0, gmacs), _sized(match[3], match[4], MOST_ITEMS, "images"), precision, lora)
    match = _RECIPE.fullmatch(low)
    model_said = _recipe(match[1]) if match else None
    if match is None or model_said is None:
        _not_work(f"I did not understand {quoted(low)} as something to train.", low)
    if match[4] is not None and match[4].startswith("step"):
        return Named(_steps(match[2], match[3]), model_said.name)
    return Training(model_said, _items(model_said, match), precision, lora)


def _items(model: Model, match: re.Match[str]) -> float:
    """How many tokens or images: as said, else of the model's recipe."""
    thing = "images" if model.kind is Kind.VISION else "tokens"
    example = f"estimate {model.name} 300m {thing} on 1 a100"
    if match[2] is None:
        if not model.items:
            _not_work(
                f"How many {thing} does {model.name} see?", example=f"estimate {model.name} 300m {thing} on 1 a100"
            )
        return model.items
    if not match[4].startswith(("sample", thing[:5])):
        _not_work(f"{model.name} sees {thing}.", example=example)
    return _sized(match[2], match[3], MOST_ITEMS, thing)


def _recipe(name: str) -> Model | None:
    joined = name.strip().replace(" ", "-").replace("_", "-")
    return RECIPES.get(_ASIDE.get(joined, joined))


def _steps(figure: str, size: str | None) -> int:
    return round(_sized(figure, size, MOST_STEPS, "steps", least=1))


def _sized(figure: str, size: str | None, most: float, thing: str, least: float = 1) -> float:
    return _bounded(float(figure) * _SIZES[size or ""], most, thing, least=least)


def _bounded(value: float, most: float, thing: str, *, least: float) -> float:
    if not least <= value <= most:
        _not_work(f"{value:,.6g} {thing} cannot be: {least:g} to {most:g} are read.")
    return value


def _not_work(message: str, said: str = "", example: str = EXAMPLE) -> NoReturn:
    near = (
        get_close_matches(said[:LONGEST_QUOTE].split(" on ", maxsplit=1)[0], RECIPES, n=1, cutoff=0.6) if said else []
    )
    hint = f"Did you mean {near[0]}? " if near else ""
    raise InputError(
        message,
        hint=f"{hint}Say a model ({listed(list(RECIPES)[:5], 'or')}), parameters and tokens, steps and their time, "
        "or an earlier run (like R12).",
        example=example,
    )
