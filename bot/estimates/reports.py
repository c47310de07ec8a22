"""What a job says of itself, in a line: "step_seconds=0.42 name=tiny-gpt gpus=4". Read on its node, and by the bot."""

import re
from dataclasses import dataclass
from itertools import pairwise
from math import isfinite

FASTEST, SLOWEST = 1e-6, 86_400.0  # seconds a step
MOST_GPUS = 10_000
LONGEST_RUN = 400 * 86_400.0  # seconds
LONGEST_LINE = 500
LONGEST_NAME = 60

_MARK = "crunchtime:"  # may stand before it
_NAME = re.compile(rf"[A-Za-z0-9][A-Za-z0-9._+/-]{{0,{LONGEST_NAME - 1}}}")
_FIGURE = re.compile(r"[0-9]{1,12}(?:\.[0-9]{1,12})?(?:[eE][+-]?[0-9]{1,2})?")
_WHOLE = re.compile(r"[0-9]{1,5}")


@dataclass(frozen=True, slots=True)
class Report:
    """A job's: a step takes `step_seconds` (FASTEST to SLOWEST; None: not said) on `gpus` GPUs (None: all it has here).

    `name`: what the job is called ("": it does not say). `ran`: it has ended well after so many seconds (None: no).
    """

    step_seconds: float | None = None
    name: str = ""
    gpus: int | None = None
    ran: float | None = None

    def line(self) -> str:
        """The line that `read_report` reads this from."""
        said = (
            ("step_seconds", None if self.step_seconds is None else f"{self.step_seconds:.9g}"),
            ("name", self.name or None),
            ("gpus", self.gpus),
            ("ran", None if self.ran is None else f"{self.ran:.9g}"),
        )
        return " ".join(f"{key}={value}" for key, value in said if value is not None)


def read_report(line: str) -> Report | None:
    """The report in a line; None for any other. Words that are not known are passed over, a known one must be right."""
    words = line.strip().removeprefix(_MARK).split() if len(line) <= LONGEST_LINE else []
    pairs = [word.partition("=") for word in words]
    if not pairs or any(not mark for _, mark, _ in pairs):
        return None
    said = {key: value for key, _, value in pairs}
    step_seconds = _bounded(said.get("step_seconds"), FASTEST, SLOWEST)
    ran = _bounded(said.get("ran"), 0, LONGEST_RUN)
    name, gpus = said.get("name", ""), said.get("gpus")
    wrong = ("step_seconds" in said and step_seconds is None) or ("ran" in said and ran is None)
    if wrong or (step_seconds is None and ran is None) or (name and not is_name(name)):
        return None
    if gpus is not None and not (_WHOLE.fullmatch(gpus) and 1 <= int(gpus) <= MOST_GPUS):
        return None
    return Report(step_seconds, name, None if gpus is None else int(gpus), ran)


def is_name(text: str) -> bool:
    """Whether a job can be called so: letters, digits and ._+/- , so that it can be asked for in a line."""
    return _NAME.fullmatch(text) is not None


def name_of(command: tuple[str, ...]) -> str:
    """What a job is called that does not say: its script, or its program ("python -m pkg.train": pkg.train).

    >>> name_of(("/usr/bin/torchrun", "--nproc-per-node=2", "train/gpt.py", "--lr", "0.1")), name_of(("./train",))
    ('gpt', 'train')
    """
    scripts = (word for before, word in pairwise(command) if before == "-m" or re.search(r"\.(?:py|sh)$", word))
    named = next(scripts, command[0]).rpartition("/")[2]
    plain = re.sub(r"\.(?:py|sh)$", "", named)
    plain = re.sub(r"[^A-Za-z0-9._+-]+", "-", plain).strip("-._+")[:LONGEST_NAME]
    return plain if is_name(plain) else "job"


def _bounded(text: str | None, least: float, most: float) -> float | None:
    if text is None or not _FIGURE.fullmatch(text):
        return None
    value = float(text)
    return value if isfinite(value) and least <= value <= most else None
