"""What the pages for people show and name is there: transcripts, links, commands, commits."""

import io
import re
import shlex
import subprocess
from datetime import datetime
from pathlib import Path

import pytest
import typer

from bot.cli import app
from bot.config import load_lab
from bot.sandbox.terminal import converse
from bot.sandbox.world import opened

ROOT = Path(__file__).parents[1]
PAGES = {path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8") for path in ROOT.glob("docs/*.md")}
PAGES |= {name: (ROOT / name).read_text(encoding="utf-8") for name in ("README.md", "CONTRIBUTING.md")}
EXAMPLE = (ROOT / "lab.example.toml").read_text(encoding="utf-8")
ADMINS = PAGES["docs/admins.md"]
(NOW,) = re.findall(r"try --lab lab\.toml --now (\S+?)`", ADMINS)


def shown(page: str) -> list[tuple[str, str, str]]:
    """Each transcript of a page with its heading and the lines for the lab file that stand before it there."""
    found = []
    for part in re.split(r"^(?=#+ )", page, flags=re.MULTILINE):
        before, fence, after = part.partition("```console\n")
        if fence:
            lines = "".join(re.findall(r"```toml\n(.*?)```", before, flags=re.DOTALL))
            found.append((part.partition("\n")[0].lstrip("# "), lines, after.partition("```")[0]))
    return found


EXAMPLES = shown(ADMINS)


def test_every_rule_of_the_page_is_shown() -> None:
    assert len(EXAMPLES) == ADMINS.count("```console")
    rules = " ".join(lines for _, lines, _ in EXAMPLES)
    for key in ("approval", "max_hours", "hard_max_hours", "horizon_days", "quota_gpu_hours", "crunch", "[pool."):
        assert key in rules


@pytest.mark.parametrize(("lines", "printed"), [one[1:] for one in EXAMPLES], ids=[one[0] for one in EXAMPLES])
def test_each_example_of_a_rule_is_what_try_prints(lines: str, printed: str, tmp_path: Path) -> None:
    lab = tmp_path / "lab.toml"
    lab.write_text(EXAMPLE[: EXAMPLE.index("# The lab's rules")] + lines, encoding="utf-8")
    said = [line.replace("> ", ": ", 1) for line in printed.split("\n") if re.match(r"[a-z]+> ", line)]
    out = io.StringIO()
    with opened(load_lab(lab), datetime.fromisoformat(NOW), None, None) as world:
        converse(world, io.StringIO("\n".join(said)), out)
    assert out.getvalue() == printed


def headings(page: str) -> set[str]:
    """As links name them."""
    texts = re.findall(r"^#+ (.+)$", page, flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", text.lower()).replace(" ", "-") for text in texts}


@pytest.mark.parametrize("name", PAGES)
def test_every_link_leads_somewhere(name: str) -> None:
    for link in re.findall(r"\]\(([^)]+)\)", PAGES[name]):
        path, _, heading = link.partition("#")
        target = ((ROOT / name).parent / path).resolve() if path else ROOT / name
        assert target.exists(), link
        if heading:
            assert heading in headings(target.read_text(encoding="utf-8")), link


def test_every_page_is_reached_from_the_index_which_the_readme_names() -> None:
    named = {f"docs/{name}" for name in re.findall(r"\]\(([\w.-]+\.md)", PAGES["docs/README.md"])}
    assert {name for name in PAGES if name.startswith("docs/")} - named == {"docs/README.md"}
    assert "(docs/README.md)" in PAGES["README.md"]


def shell(page: str) -> list[str]:
    """The lines of a page's blocks of shell, and what it has between backticks elsewhere."""
    found, language = [], None
    for line in page.splitlines():
        if line.startswith("```"):
            language = line[3:] if language is None else None
        elif language in ("", "sh"):
            found.append(line)
        elif language is None:
            found += re.findall(r"`([^`]+)`", line)
    return found


def commands() -> list[str]:
    """Every `crunchtime ...` that a page tells to type, without what it is redirected to."""
    found = set()
    for line in (line for page in PAGES.values() for line in shell(page)):
        for part in re.split(r"&&|\$\(|\s#\s|\s{3,}", line):
            words = re.match(r"(?:sudo )?(?:\./|/\S*/)?crunchtime ((?:--)?[a-z].*)", part.strip(" )\"'"))
            if words and not re.search(r"\.\.\.|^(run|test)\b", words[1]):
                found.add(words[1].partition(">")[0].strip(" '\""))
    return sorted(found)


def test_there_are_commands_to_look_at() -> None:
    assert {"check", "serve", "manifest", "backup before.backup", "--version"} <= set(commands())


@pytest.mark.parametrize("line", commands())
def test_every_command_that_a_page_names_can_be_said(line: str) -> None:
    group = typer.main.get_command(app)
    name, *words = shlex.split(line)
    if name.startswith("-"):
        options = [option for one in group.params for option in one.opts] + ["--help"]
        assert name in options
        return
    command = vars(group)["commands"][name]
    if words:  # a name alone is only spoken of
        command.make_context(name, words)


def test_the_commits_that_developers_are_shown_are_in_the_history() -> None:
    cited = re.findall(r"`([0-9a-f]{7})` \*(.+?)\*", PAGES["docs/developers.md"].replace("\n", " "))
    assert len(cited) >= 4
    for commit, subject in cited:
        told = subprocess.run(
            ["git", "log", "-1", "--format=%s", commit], cwd=ROOT, capture_output=True, text=True, check=False
        )
        if told.returncode == 0:  # a copy without its history, or with a part of it, has fewer
            assert told.stdout.strip() == subject
