"""The scanner finds each key of a TOML text on its line."""

import tomllib

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.config.lines import lines_of


def test_lines_are_found_in_every_spelling_of_toml():
    text = '''\
# a comment = 1
"quoted key".'b.c' = """
two # lines
\\""""
bare . dotted = [ # why
  1, [2, 3],
  { x = 1, y.z = "}" }, # ]
]
[ a . "b]" ]
c = \'\'\'
]]\'\'\'
d = 1979-05-27T07:32:00Z
[[n]]
[[n.g]]
k = 1
[[n]]
[n.sub]
k = "\\"]"
[[n.g]]
[[n.g]]
k = -1_0.5e1
'''
    tomllib.loads(text)
    lines = lines_of(text)
    assert lines["quoted key", "b.c"] == 2
    assert lines["bare", "dotted"] == 5
    assert lines["bare", "dotted", 1, 1] == 6
    assert lines["bare", "dotted", 2, "y", "z"] == 7
    assert lines["a", "b]", "c"] == 10
    assert lines["a", "b]", "d"] == 12
    assert lines["n", 0, "g", 0, "k"] == 15
    assert lines["n", 1, "sub", "k"] == 18
    assert lines["n", 1, "g", 1, "k"] == 21


def _paths(value, path=()):
    yield path
    entries = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, entry in entries:
        yield from _paths(entry, (*path, key))


ROWS = """\
[a]
[[b]]
[[b.c]]
[b.d]
[[b.c.e]]
[f.'g.h']
x = 1
"i j" = {}
y.z = '#]'
w = ["a\\"", [], {k = [1]}]
# [c]
""".splitlines()
MANY = ['v = """\nx = 1\n"""', "u = [\n 1,\n {k = 2}, # }\n]", ""]
LINES = st.lists(st.sampled_from([*ROWS, *MANY]), max_size=12)


@given(LINES)
@settings(max_examples=200, deadline=None)
def test_the_scanner_finds_what_tomllib_finds(rows):
    text = "\n".join(rows)
    try:
        value = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return
    lines = lines_of(text)
    missing = [path for path in _paths(value) if path and path not in lines and not _implied(path, lines)]
    assert not missing
    for path, line in lines.items():
        key = path[-1]
        if isinstance(key, str):
            assert key in text.splitlines()[line - 1]


def _implied(path, lines):
    """A table that only its children name, as `a` in [a.b]."""
    return any(known[: len(path)] == path for known in lines)
