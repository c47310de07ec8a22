"""load_lab: lab.toml -> Lab, or every mistake at once with its line."""

import re
import tomllib
from datetime import time
from pathlib import Path
from typing import Any

from bot.booking.lab import Crunch, Deadline, DigestHour, Feed, Gpu, Lab, Node, Policy, PoolRule, pool_name
from bot.booking.zones import instant_of, zone_of
from bot.config import shape
from bot.config.logins import read_logins
from bot.config.mistakes import Mistakes, nearest
from bot.errors import ConfigError

_LARGEST = 1024 * 1024
_TABLES = ["lab", "node", "policy", "pool", "deadline", "feed", "digest", "logins"]
_SYNTAX_PLACE = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")


def load_lab(path: Path) -> Lab:
    """The lab that `path` (UTF-8 TOML, at most 1 MiB) describes.

    Raises ConfigError with one entry per mistake, `FILE:LINE: [table] key: what; fix`, in the order of the file; broken
    TOML gives the one place where its reading ended.
    """
    text = _text(path)
    raw = _toml(path, text)
    mistakes = Mistakes()
    for name in raw.keys() - set(_TABLES):
        mistakes.add((name,), f"unknown table; {nearest(name, _TABLES)}")
    lab = _lab(raw, mistakes)
    if mistakes or lab is None:
        raise mistakes.error(str(path), text)
    return lab


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            data = file.read(_LARGEST + 1)
    except FileNotFoundError:
        raise ConfigError([f"{path}: no such file; start from the example: cp lab.example.toml {path}"]) from None
    except OSError as error:
        raise ConfigError([f"{path}: cannot be read ({error.strerror}); it must be a readable file"]) from None
    if len(data) > _LARGEST:
        raise ConfigError([f"{path}: is over 1 MiB; a lab file has a few hundred lines"])
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ConfigError([f"{path}:{line}: is not UTF-8 text; save the file as UTF-8"]) from None


def _toml(path: Path, text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except RecursionError:
        raise ConfigError([f"{path}: is nested too deeply; a lab file needs no more than three levels"]) from None
    except ValueError as error:  # TOMLDecodeError, and Python's own limit on the digits of a number
        place = _SYNTAX_PLACE.search(str(error))
        what = str(error)[: place.start()] if place else str(error)
        line = place[1] if place and place[1] else str(text.count("\n") + 1)
        column = f", column {place[2]}" if place and place[2] else ""
        raise ConfigError([f"{path}:{line}: is not TOML: {what}{column}; see lab.example.toml"]) from None


def _lab(raw: dict[str, Any], mistakes: Mistakes) -> Lab | None:
    head = mistakes.read(shape.LabTable, raw["lab"], ("lab",)) if "lab" in raw else None
    if "lab" not in raw:
        mistakes.add(("lab",), 'is missing; write [lab] and below it name = "Vision Lab"')
    nodes = _nodes(raw.get("node", []), mistakes)
    pools = list(dict.fromkeys(gpu.pool for node in nodes or () for gpu in node.gpus))
    listed = nodes is not None and all(node.gpus for node in nodes)
    policy = _policy(raw.get("policy", {}), mistakes)
    rules = _rules(raw.get("pool", {}), pools if listed else None, mistakes)
    zone = head.timezone if head else "UTC"
    deadlines = _deadlines(raw.get("deadline", []), zone, pools if listed else None, mistakes)
    feed = mistakes.read(shape.FeedTable, raw["feed"], ("feed",)) if "feed" in raw else None
    digest = mistakes.read(shape.DigestTable, raw.get("digest", {}), ("digest",))
    logins = read_logins(raw.get("logins", {}), mistakes)
    if head is None or nodes is None or policy is None:
        return None
    return Lab(
        name=head.name,
        nodes=nodes,
        timezone=head.timezone,
        channel=head.channel,
        admin_channel=head.admin_channel,
        admins=tuple(dict.fromkeys(head.admins)),
        policy=policy,
        rules=rules,
        deadlines=deadlines,
        url=head.url.rstrip("/"),
        feed=Feed(feed.url, tuple(dict.fromkeys(feed.conferences)), feed.allow_private) if feed else None,
        digest=DigestHour(time.fromisoformat(digest.at), shape.weekdays(digest.days)) if digest else DigestHour(),
        logins=logins,
    )


def _nodes(raw: object, mistakes: Mistakes) -> tuple[Node, ...] | None:
    """None where any node has a mistake: what refers to pools cannot be checked then."""
    entries = mistakes.tables(raw, ("node",))
    if raw == []:
        mistakes.add(("node",), 'is missing; write [[node]] and below it name = "atlas" and its [[node.gpus]]')
    nodes: list[Node] = []
    seen: set[str] = set()
    for path, entry in entries:
        table = mistakes.read(shape.NodeTable, entry, path)
        name = entry.get("name") if isinstance(entry, dict) else None
        if isinstance(name, str):
            if name.lower() in seen:
                mistakes.add((*path, "name"), f'"{name}" is listed twice; give each node a name of its own')
            seen.add(name.lower())
        groups = entry.get("gpus") if isinstance(entry, dict) else None
        if groups is None and table is not None and table.agent is not None:
            nodes.append(Node(table.name, (), table.agent))  # its GPUs are found at the start
            continue
        if groups is None or groups == []:
            mistakes.add(path, "has no GPUs; list its GPUs under [[node.gpus]]")
            continue
        gpus = _gpus(name if isinstance(name, str) else "", groups, (*path, "gpus"), mistakes)
        if table is not None and gpus:
            nodes.append(Node(table.name, tuple(sorted(gpus, key=lambda gpu: gpu.index)), table.agent))
    return tuple(nodes) if nodes and len(nodes) == len(entries) else None


def _gpus(node: str, raw: object, path: tuple[str | int, ...], mistakes: Mistakes) -> list[Gpu] | None:
    """Groups by `count` are numbered on from the highest index so far. None where a group has a mistake."""
    gpus: dict[int, Gpu] = {}
    whole = True
    for place, entry in mistakes.tables(raw, path):
        group = mistakes.read(shape.GpusTable, entry, place)
        pool = _pool_of(group, place, mistakes) if group else None
        if group is None or pool is None:
            whole = False
            continue
        if group.count is not None and group.indices is not None:
            mistakes.add((*place, "indices"), "stands beside count; write one of the two")
        first = max(gpus, default=-1) + 1
        indices = group.indices if group.indices is not None else range(first, first + (group.count or 1))
        for index in indices:
            if index in gpus:
                mistakes.add((*place, "indices"), f"{node}:{index} is listed twice; give each GPU one entry")
            gpus[index] = Gpu(node, index, pool, group.model, group.memory_gb)
    return list(gpus.values()) if whole else None


def _pool_of(group: shape.GpusTable, path: tuple[str | int, ...], mistakes: Mistakes) -> str | None:
    if group.pool is not None:
        return group.pool
    if not group.model:
        mistakes.add(path, 'has neither pool nor model; write pool = "a100" or model = "NVIDIA A100-SXM4-80GB"')
        return None
    try:
        return shape.slug(pool_name(group.model))
    except ValueError:
        mistakes.add((*path, "model"), f'"{group.model}" gives no name for its pool; write pool = "..." beside it')
        return None


def _policy(raw: object, mistakes: Mistakes) -> Policy | None:
    table = mistakes.read(shape.PolicyTable, raw, ("policy",))
    if table is None:
        return None
    if table.hard_max_hours < table.max_hours:
        place = "hard_max_hours" if "hard_max_hours" in table.model_fields_set else "max_hours"
        what = f"hard_max_hours is {table.hard_max_hours:g}, under max_hours, {table.max_hours:g}"
        mistakes.add(("policy", place), f"{what}; write a hard limit that is at least the other")
    return Policy(**dict(table))


def _rules(raw: object, pools: list[str] | None, mistakes: Mistakes) -> dict[str, PoolRule]:
    if not isinstance(raw, dict):
        mistakes.add(("pool",), "is not a table; write [pool.NAME] with the pool's name")
        return {}
    rules = {}
    for name, entry in raw.items():
        table = mistakes.read(shape.PoolTable, entry, ("pool", name))
        if pools is not None and name not in pools:
            mistakes.add(("pool", name), f"no GPU is in this pool; {nearest(name, pools)}")
        if table is not None:
            rules[name] = PoolRule(table.approval, table.speed)
    return rules


def _deadlines(raw: object, zone: str, pools: list[str] | None, mistakes: Mistakes) -> tuple[Deadline, ...]:
    deadlines: dict[str, Deadline] = {}
    for path, entry in mistakes.tables(raw, ("deadline",)):
        table = mistakes.read(shape.DeadlineTable, entry, path)
        crunch = (
            _crunch(entry["crunch"], path, pools, mistakes) if isinstance(entry, dict) and "crunch" in entry else None
        )
        if table is None:
            continue
        if table.name in deadlines:
            mistakes.add((*path, "name"), f'"{table.name}" is listed twice; name the other such as "{table.name}-2028"')
        key = "timezone"
        try:
            written_in = zone_of(table.timezone if table.timezone is not None else zone)
            key = "at"
            at = instant_of(table.at, written_in, has_zone=table.timezone is not None)
        except ValueError as error:
            mistakes.add((*path, key), str(error))
            continue
        deadlines[table.name] = Deadline(table.name, at, table.timezone or zone, crunch)
    return tuple(deadlines.values())


def _crunch(raw: object, path: tuple[str | int, ...], pools: list[str] | None, mistakes: Mistakes) -> Crunch | None:
    table = mistakes.read(shape.CrunchTable, raw, (*path, "crunch"))
    if table is None:
        return None
    for index, pool in enumerate(table.pools or ()):
        if pools is not None and pool not in pools:
            mistakes.add((*path, "crunch", "pools", index), f'no pool "{pool}"; {nearest(pool, pools)}')
    return Crunch(table.days, table.max_share, table.keep, tuple(table.pools) if table.pools is not None else None)
