"""The house's rules that no tool keeps: every part has its place among the layers, and what is known where."""

import ast
import tomllib
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("bot", "handlers", "storage")
MODULES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
LONGEST = 250
# Third parties that one place speaks to, for all others.
SPOKEN_BY = {
    "apscheduler": {"bot/jobs/__init__.py"},
    "pynvml": {"bot/fleet/nvml.py"},
    "dateparser": {"handlers/spoken/leftover.py"},
    "matplotlib": {"handlers/views/canvas.py", "handlers/views/sheets.py"},
    "PIL": {"handlers/views/canvas.py"},
    "uvicorn": {"bot/web/server.py"},
    "typer": {
        "bot/cli/__init__.py",
        "bot/cli/keeping.py",
        "bot/cli/on_node.py",
        "bot/cli/options.py",
        "bot/cli/reporting.py",
    },
}


def named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def layers() -> set[str]:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]
    (contract,) = [contract for contract in contracts["contracts"] if contract["type"] == "layers"]
    return {name.strip() for layer in contract["layers"] for name in layer.split("|")}


@cache
def imported(path: Path) -> set[str]:
    """The top-level packages that a module imports, wherever in it."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            found.add(node.module.partition(".")[0])
    return found


def test_every_part_of_the_bot_has_its_place_among_the_layers() -> None:
    parts = {f"bot.{path.stem}" for path in (ROOT / "bot").iterdir() if path.suffix == ".py" or path.is_dir()}
    parts = {part for part in parts if not part.endswith(("__init__", "__pycache__"))}
    named_parts = layers()
    assert parts - named_parts == set(), "a layers contract ignores what it does not name"
    assert {part for part in named_parts if part.startswith("bot.")} == parts, "a layer that is not there"
    assert {"handlers", "storage"} <= named_parts


@pytest.mark.parametrize("path", MODULES, ids=named)
def test_a_module_says_what_it_holds_and_is_small(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= LONGEST
    docstring = ast.get_docstring(ast.parse(text))
    if path.name != "__init__.py" or text.strip():
        assert docstring, "its first line says what lives there"
        assert docstring.splitlines()[0].strip()


@pytest.mark.parametrize(("package", "places"), SPOKEN_BY.items(), ids=SPOKEN_BY)
def test_some_third_parties_are_known_in_one_place(package: str, places: set[str]) -> None:
    assert {named(path) for path in MODULES if package in imported(path)} <= places


def test_the_clock_is_read_in_one_place() -> None:
    """Ruff bans it too, but not where somebody silences ruff."""
    readings = {"now", "utcnow", "today"}
    found = set()
    for path in MODULES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            read = isinstance(node, ast.Attribute) and node.attr in readings and isinstance(node.value, ast.Name)
            if read and node.value.id in {"datetime", "date"}:
                found.add(named(path))
    assert found == {"bot/clock.py"}


def test_importing_any_module_has_no_effect_that_a_second_import_would_show() -> None:
    """No module of ours makes an app, an engine, settings or a registry at its top level."""
    makers = {"App", "Starlette", "create_engine", "open_engine", "Settings", "load_settings", "load_lab", "WebClient"}
    for path in MODULES:
        if named(path) == "storage/migrations/env.py":  # alembic runs it, nobody imports it
            continue
        for statement in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(statement, ast.Assign | ast.AnnAssign | ast.Expr):
                called = {
                    call.func.id
                    for call in ast.walk(statement)
                    if isinstance(call, ast.Call) and isinstance(call.func, ast.Name)
                }
                assert called & makers == set(), named(path)


def test_the_tests_are_no_package() -> None:
    """An __init__.py among them would let tests/storage hide the real storage."""
    assert list((ROOT / "tests").rglob("__init__.py")) == []
