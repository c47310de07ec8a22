"""Where each key of a TOML text stands: a small scanner, because tomllib does not keep line numbers."""

import re
import tomllib

Path = tuple[str | int, ...]

_BLANK = re.compile(r"(?:[ \t\r\n]+|#[^\n]*)+")
_BARE = re.compile(r"[A-Za-z0-9_-]+")
_SCALAR = re.compile(r"[^,\]}\n#]+")
_STRINGS = [
    re.compile(r'"""(?:[^\\]|\\.)*?"{3,5}(?!")', re.DOTALL),
    re.compile(r"'''.*?'{3,5}(?!')", re.DOTALL),
    re.compile(r'"(?:[^"\\\n]|\\.)*"'),
    re.compile(r"'[^'\n]*'"),
]


def lines_of(text: str) -> dict[Path, int]:
    """The line, from 1, of every table, key and array item of `text`, which tomllib has already read.

    >>> lines_of('[lab]\\nname = "x"\\n[[node]]\\n[[node]]\\ngpus = [{count = 1}]')[("node", 1, "gpus", 0, "count")]
    5
    """
    return _Scanner(text).lines


def line_of(path: Path, lines: dict[Path, int]) -> int:
    """The line of `path`, or of the nearest table around it where the key itself is missing; 1 for the whole file."""
    while path and path not in lines:
        path = path[:-1]
    return lines.get(path, 1)


class _Scanner:
    def __init__(self, text: str) -> None:
        self.text, self.at = text, 0
        self.lines: dict[Path, int] = {}
        self.counts: dict[Path, int] = {}
        self._line, self._counted = 1, 0
        table: Path = ()
        self.skip_blank()
        while self.at < len(self.text):
            table = self.header() if self.text[self.at] == "[" else self.key_and_value(table)
            self.skip_blank()

    def line(self) -> int:
        """The current line; counts only what is new, so that a long file is read once."""
        self._line += self.text.count("\n", self._counted, self.at)
        self._counted = self.at
        return self._line

    def note(self, path: Path) -> None:
        self.lines.setdefault(path, self.line())

    def skip_blank(self) -> None:
        if blank := _BLANK.match(self.text, self.at):
            self.at = blank.end()

    def header(self) -> Path:
        """`[a.b]` or `[[a.b]]`; a name that is an array of tables means its latest table."""
        many = self.text.startswith("[[", self.at)
        self.at += 2 if many else 1
        *parents, last = self.key()
        table: Path = ()
        for part in parents:
            table = self.latest((*table, part))
        table = (*table, last)
        if many:
            self.note(table)
            self.counts[table] = self.counts.get(table, -1) + 1
        table = self.latest(table)
        self.note(table)
        self.at = self.text.index("]", self.at) + (2 if many else 1)
        return table

    def latest(self, table: Path) -> Path:
        return (*table, self.counts[table]) if table in self.counts else table

    def key(self) -> list[str]:
        """A dotted key, quotes taken off; ends at `=` or `]`."""
        parts = []
        while True:
            self.skip_blank()
            if bare := _BARE.match(self.text, self.at):
                parts.append(bare.group())
                self.at = bare.end()
            else:
                start = self.at
                self.skip_string()
                parts.append(str(tomllib.loads(f"key = {self.text[start : self.at]}")["key"]))
            self.skip_blank()
            if self.text[self.at] != ".":
                return parts
            self.at += 1

    def key_and_value(self, table: Path) -> Path:
        """Reads `key = value` and returns the table that it stands in."""
        path = table
        for part in self.key():
            path = (*path, part)
            self.note(path)
        self.at += 1  # the equals sign
        self.value(path)
        return table

    def value(self, path: Path) -> None:
        self.skip_blank()
        opening = self.text[self.at]
        if opening in "[{":
            self.at += 1
            self.items(path, "]" if opening == "[" else "}")
        elif opening in "\"'":
            self.skip_string()
        elif scalar := _SCALAR.match(self.text, self.at):
            self.at = scalar.end()

    def items(self, path: Path, closing: str) -> None:
        """The inside of an array or an inline table, up to and with `closing`."""
        index = 0
        self.skip_blank()
        while self.text[self.at] != closing:
            if closing == "]":
                self.note((*path, index))
                self.value((*path, index))
                index += 1
            else:
                self.key_and_value(path)
            self.skip_blank()
            if self.text[self.at] == ",":
                self.at += 1
                self.skip_blank()
        self.at += 1

    def skip_string(self) -> None:
        for pattern in _STRINGS:
            if string := pattern.match(self.text, self.at):
                self.at = string.end()
                return
        raise ValueError(f"no key or string on line {self.line()}")
