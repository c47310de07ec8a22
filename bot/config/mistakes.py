"""Mistakes of the lab file: collected all at once, each with its line, its table and what to write instead."""

from difflib import get_close_matches
from typing import TypeVar

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from bot.booking.zones import shown
from bot.config.lines import Path, line_of, lines_of
from bot.config.shape import Table
from bot.errors import ConfigError

T = TypeVar("T", bound=Table)

_MOST = 50

_TYPES = {
    "string": "text in quotes",
    "int": "a whole number",
    "float": "a number",
    "finite_number": "a finite number",
    "bool": "true or false",
    "list": "a list",
    "model": "a table",
}
_BOUNDS = {
    "less_than_equal": ("over", "le"),
    "greater_than_equal": ("under", "ge"),
    "less_than": ("not under", "lt"),
    "greater_than": ("not over", "gt"),
}


class Mistakes:
    """What is wrong with one lab file. `read` validates a table and goes on after a mistake."""

    def __init__(self) -> None:
        self._found: list[tuple[Path, str]] = []

    def __bool__(self) -> bool:
        return bool(self._found)

    def add(self, path: Path, text: str) -> None:
        """`text` says what is wrong with the key at `path`, and after a semicolon what to write."""
        self._found.append((path, text))

    def read(self, shape: type[T], raw: object, path: Path) -> T | None:
        """`raw` as a `shape`, or None and its mistakes added."""
        try:
            return shape.model_validate(raw)
        except ValidationError as error:
            for item in error.errors():
                self.add((*path, *item["loc"]), _explain(shape, item))
            return None

    def tables(self, raw: object, path: Path) -> list[tuple[Path, object]]:
        """The entries of an array of tables, each with its path; a mistake where `raw` is something else."""
        if isinstance(raw, list):
            return [((*path, index), entry) for index, entry in enumerate(raw)]
        name = ".".join(str(part) for part in path if isinstance(part, str))
        self.add(path, f"is not a list of tables; write [[{name}]] with two brackets above each")
        return []

    def error(self, file: str, text: str) -> ConfigError:
        """All of them in the order of the file, at most 50, as `FILE:LINE: [table] key: what; fix`."""
        lines = lines_of(text)
        placed = sorted((line_of(path, lines), f"{_label(path)}: {what}") for path, what in self._found)
        rows = [f"{file}:{line}: {what}" for line, what in placed]
        more = [f"{file}: and {len(rows) - _MOST} more mistakes"] if len(rows) > _MOST else []
        return ConfigError(rows[:_MOST] + more)


def nearest(name: str, known: list[str]) -> str:
    """The fix for a name that is not known."""
    close = get_close_matches(name[:60], known, 1, 0.6)
    return f"did you mean {close[0]}?" if close else f"known here: {', '.join(known)}"


def _label(path: Path) -> str:
    """("node", 0, "gpus", 1, "count") -> "[[node.gpus]] count"."""
    keys = list(path)
    while keys and isinstance(keys[-1], int) and len(keys) > 2:
        keys.pop()
    last_index = max((place for place, part in enumerate(keys) if isinstance(part, int)), default=None)
    if last_index is not None:
        depth = last_index + 1
        table = f"[[{'.'.join(str(part) for part in keys[:depth] if isinstance(part, str))}]]"
    else:
        depth = 2 if keys[:1] == ["pool"] else 1
        table = f"[{'.'.join(map(str, keys[:depth]))}]"
    key = ".".join(map(str, keys[depth:]))
    return _one_line(f"{table} {key}".strip())


def _one_line(text: str) -> str:
    """Keys are typed by people too: one printable line, at most 120 characters."""
    return "".join(character if character.isprintable() else "?" for character in text[:120])


def _explain(shape: type[Table], item: ErrorDetails) -> str:
    """Pydantic's finding in the words of the lab file, with the fix."""
    kind, value, context = item["type"], shown(item["input"]), item.get("ctx", {})
    field = shape.model_fields.get(str(item["loc"][0])) if item["loc"] else None
    write = f"; write {field.description}" if field is not None and field.description else ""
    if kind == "value_error":
        return str(context["error"])
    if kind == "extra_forbidden":
        return f"unknown key; {nearest(str(item['loc'][-1]), list(shape.model_fields))}"
    if kind == "missing":
        return f"is missing{write}"
    if kind == "literal_error":
        return f"{value} is not known; write {context['expected']}"
    if kind in _BOUNDS:
        word, bound = _BOUNDS[kind]
        return f"{value} is {word} {context[bound]:g}{write}"
    if kind == "string_pattern_mismatch":
        return f"{value} does not fit{write}"
    if kind.endswith(("too_short", "too_long")):
        return f"{value} is {kind.rpartition('_too_')[2]}er than allowed{write}"
    wanted = _TYPES.get(kind.removesuffix("_type").removesuffix("_from_float").removesuffix("_attributes"))
    return f"{value} is not {wanted}{write}" if wanted else f"{value}: {item['msg']}{write}"
