"""The lab file: what it gives, and every mistake at once, each with its line."""

from collections.abc import Iterable
from datetime import UTC, datetime, time
from pathlib import Path

import pytest

from bot.booking.lab import Crunch, DigestHour, Feed, PoolRule
from bot.config import load_lab
from bot.errors import ConfigError

ROOT = Path(__file__).parents[3]

SMALL = """\
[lab]
name = "Test Lab"
timezone = "Europe/Berlin"
[[node]]
name = "atlas"
[[node.gpus]]
pool = "a100"
count = 2
"""


@pytest.fixture
def write(tmp_path):
    def write(text: str | bytes) -> Path:
        path = tmp_path / "lab.toml"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return write


@pytest.fixture
def mistakes(write):
    def mistakes(text: str | bytes) -> list[str]:
        path = write(text)
        with pytest.raises(ConfigError) as caught:
            load_lab(path)
        return [mistake.replace(str(path), "lab.toml") for mistake in caught.value.mistakes]

    return mistakes


def test_the_example_loads_and_says_the_defaults(tmp_path):
    lab = load_lab(ROOT / "lab.example.toml")
    assert {name: pool.size for name, pool in lab.pools.items()} == {"a100": 4, "3090": 4}
    bare = tmp_path / "bare.toml"
    bare.write_text(SMALL)
    assert lab.policy == load_lab(bare).policy
    assert lab.deadlines[0].at == datetime(2027, 5, 16, 11, 59, 59, tzinfo=UTC)


def test_a_small_file_is_a_lab(write):
    lab = load_lab(write(SMALL))
    assert (lab.name, lab.timezone, lab.admins, lab.channel) == ("Test Lab", "Europe/Berlin", (), "")
    assert list(lab.gpus) == ["atlas:0", "atlas:1"]


def test_gpus_are_numbered_on_in_the_order_listed_and_pools_are_named_after_models(write):
    lab = load_lab(
        write(
            SMALL + '[[node.gpus]]\nmodel = "NVIDIA GeForce RTX 3090"\nindices = [5, 4]\n[[node.gpus]]\npool = "t4"\n'
        )
    )
    assert {name: gpu.pool for name, gpu in lab.gpus.items()} == {
        "atlas:0": "a100",
        "atlas:1": "a100",
        "atlas:4": "3090",
        "atlas:5": "3090",
        "atlas:6": "t4",
    }


def test_pool_tables_become_rules(write):
    lab = load_lab(write(SMALL + "[pool.a100]\napproval = true\nspeed = 2\n"))
    assert lab.rules == {"a100": PoolRule(approval=True, speed=2.0)}
    assert lab.pools["a100"].speed == 2.0


def test_a_feed_and_crunch_rules_are_values(write):
    lab = load_lab(
        write(
            SMALL
            + "[[deadline]]\nname = 'iclr'\nat = '2027-05-15 12:00'\n"
            + "crunch = { days = 7, max_share = 0.25, keep = 0.5, pools = ['a100'] }\n"
            + "[feed]\nurl = 'https://example.org/all.yml'\nconferences = ['NeurIPS', 'ecml pkdd', 'neurips']\n"
        )
    )
    assert lab.deadlines[0].crunch == Crunch(7, 0.25, 0.5, ("a100",))
    assert lab.feed == Feed("https://example.org/all.yml", ("neurips", "ecml pkdd"))
    assert load_lab(write(SMALL)).feed is None
    private = "[feed]\nurl = 'https://dates.lan/all.yml'\nallow_private = true\n"
    assert load_lab(write(SMALL + private)).feed == Feed("https://dates.lan/all.yml", allow_private=True)


def test_logins_lead_to_their_members(write):
    lab = load_lab(write(SMALL + "[logins]\nU0ALICE = ['alice', 'alice-batch']\nU0BOB = 'bob'\n"))
    assert lab.logins == {"alice": "U0ALICE", "alice-batch": "U0ALICE", "bob": "U0BOB"}
    assert load_lab(write(SMALL)).logins == {}


def test_every_mistake_comes_at_once_with_its_line_and_the_fix(mistakes):
    found = mistakes("""\
[lab]
nam = "x"
timezone = "Berlin"
channel = "#gpus"
admins = [
    "U0ADA",
    "ada",
]
[[node]]
name = "atlas"
[[node]]
name = "Atlas"
agent = "atlas:9845"
  [[node.gpus]]
  pool = "A100"
  count = 0
  [[node.gpus]]
  pool = "gpus"
  memory_gb = "80"
[policy]
max_share = 1.5
max_hours = true
aproval = "never"
approval = "maybe"
moves = 1.5
margin = 24
[[deadline]]
name = "neurips"
at = 2027-05-15
crunch = { days = 7, keep = 2 }
[feed]
url = "http://example.org"
[digest]
at = "9:00"
days = "monday"
[polcy]
""")
    assert found == [
        'lab.toml:1: [lab] name: is missing; write a name such as "Vision Lab"',
        "lab.toml:2: [lab] nam: unknown key; did you mean name?",
        'lab.toml:3: [lab] timezone: "Berlin" is not a time zone; did you mean "Europe/Berlin"?',
        'lab.toml:4: [lab] channel: "#gpus" does not fit; write a channel id such as "C0GPUS" (end of its details)',
        'lab.toml:7: [lab] admins: "ada" does not fit; write a list of user ids such as ["U0ADA"]',
        "lab.toml:9: [[node]]: has no GPUs; list its GPUs under [[node.gpus]]",
        'lab.toml:12: [[node]] name: "Atlas" is listed twice; give each node a name of its own',
        'lab.toml:13: [[node]] agent: "atlas:9845" is no agent; write "local", or its address such as "http://atlas:9845"',
        'lab.toml:15: [[node.gpus]] pool: "A100" cannot be typed as a name; write small letters, such as "a100"',
        "lab.toml:16: [[node.gpus]] count: 0 is under 1; write how many GPUs there are, such as 4",
        'lab.toml:18: [[node.gpus]] pool: "gpus" has a meaning of its own in commands; write another name',
        'lab.toml:19: [[node.gpus]] memory_gb: "80" is not a whole number; write whole gigabytes such as 80',
        "lab.toml:21: [policy] max_share: 1.5 is over 1; write a share of the pool such as 0.5",
        "lab.toml:22: [policy] max_hours: true is not a number; write hours such as 168",
        "lab.toml:23: [policy] aproval: unknown key; did you mean approval?",
        "lab.toml:24: [policy] approval: \"maybe\" is not known; write 'contention', 'always' or 'never'",
        "lab.toml:25: [policy] moves: 1.5 is not a whole number; write a number from 0 to 10",
        'lab.toml:26: [policy] margin: 24 is not a length; write a number and a unit such as "30m", "12h" or "7d"',
        'lab.toml:29: [[deadline]] at: 2027-05-15 is not a date and a time; write "2027-05-15 23:59:59"',
        "lab.toml:30: [[deadline]] crunch.keep: 2 is over 1; write a share of the pool such as 0.5",
        'lab.toml:32: [feed] url: "http://example.org" is not an https address; '
        "write one such as https://example.org/dates.yml",
        'lab.toml:34: [digest] at: "9:00" does not fit; write a time of day such as "09:00"',
        'lab.toml:35: [digest] days: "monday" is not a list of days; write "mon-fri" or "mon,wed,fri"',
        "lab.toml:36: [polcy]: unknown table; did you mean policy?",
    ]


@pytest.mark.parametrize(
    ("added", "line", "words"),
    [
        ("[pool.h100]\nspeed = 2.2\n", 9, "[pool.h100]: no GPU is in this pool; did you mean a100?"),
        ("[pool.a100]\nspeed = 0\n", 10, "[pool.a100] speed: 0 is not over 0"),
        ("[pool]\na100 = 3\n", 10, "[pool.a100]: 3 is not a table"),
        ("[[node.gpus]]\npool = 'a100'\nindices = [1]\n", 11, "atlas:1 is listed twice"),
        ("[[node.gpus]]\npool = 'a100'\nindices = [7, 7]\n", 11, "atlas:7 is listed twice"),
        ("[[node.gpus]]\npool = 'a100'\ncount = 1\nindices = [7]\n", 12, "stands beside count; write one of the two"),
        ("[[node.gpus]]\ncount = 1\n", 9, "has neither pool nor model"),
        ("[[node.gpus]]\nmodel = 'NVIDIA'\n", 10, "gives no name for its pool"),
        ("[policy]\nmax_hours = 900\n", 10, "hard_max_hours is 720, under max_hours, 900"),
        ("[policy]\nhard_max_hours = 10\n", 10, "hard_max_hours is 10, under max_hours, 168"),
        ("[policy]\nmax_share = 0\n", 10, "0 is not over 0"),
        ("[policy]\nmax_hours = inf\n", 10, "inf is not a finite number"),
        ("[policy]\nidle_after = '0m'\n", 10, "is no time at all"),
        ("[policy]\nmargin = '400d'\n", 10, '"400d" is over a year'),
        ("[[deadline]]\nname = 'iclr'\nat = '2027-05-15 24:61'\n", 11, "is not a date; look at the month"),
        ("[[deadline]]\nname = 'iclr'\nat = '2027-05-15 12:00'\ntimezone = 'PST'\n", 12, "is not a time zone"),
        ("[[deadline]]\nname = 'iclr'\nat = '2027-03-28 02:30'\n", 11, "02:30 does not exist that day"),
        ("[[deadline]]\nname = 'friday'\nat = '2027-05-15 12:00'\n", 10, "has a meaning of its own in commands"),
        ("[[deadline]]\nname = 'iclr'\nat = 9999-12-31T23:59:59\n", 11, "9999 is no year for a deadline"),
        ("[[deadline]]\nname = 'iclr'\nat = 2027-05-15T12:00:00Z\ntimezone = 'AoE'\n", 11, "has its own offset"),
        (
            "[[deadline]]\nname = 'iclr'\nat = '2027-05-15 12:00'\ncrunch = { days = 1, pools = ['h100'] }\n",
            12,
            'no pool "h100"; did you mean a100?',
        ),
        ("[[deadline]]\nname = 'iclr'\nat = '2027-05-15 12:00'\n" * 2, 13, '"iclr" is listed twice'),
        ("[feed]\nurl = 'https://a.org/'\nconferences = ['friday']\n", 11, "has a meaning of its own in commands"),
        ("[feed]\nurl = 'https://a.org/'\nallow_private = 1\n", 11, "1 is not true or false"),
        ("[logins]\nalice = 'U0ALICE'\n", 10, "is no user id; write one such as U0ALICE"),
        ("[logins]\nU0ALICE = 'root'\n", 10, '"root" is not a person\'s Linux login'),
        ("[logins]\nU0ALICE = []\n", 10, "[] is not a person's Linux login"),
        ("[logins]\nU0ALICE = 7\n", 10, "7 is not a person's Linux login"),
        ("[logins]\nU0ALICE = 'al'\nU0BOB = ['bob', 'al']\n", 11, '"al" is listed twice'),
        ("[deadline]\nname = 'iclr'\n", 9, "write [[deadline]] with two brackets above each"),
    ],
)
def test_a_mistake_is_named_where_it_stands(mistakes, added, line, words):
    (found,) = mistakes(SMALL + added)
    assert found.startswith(f"lab.toml:{line}: ")
    assert words in found


def test_a_file_without_a_lab_or_nodes_says_what_to_write(mistakes):
    found = mistakes("")
    assert [mistake.partition(";")[0] for mistake in found] == [
        "lab.toml:1: [lab]: is missing",
        "lab.toml:1: [node]: is missing",
    ]
    (single,) = mistakes(SMALL.replace("[[node]]", "[node]"))
    assert "write [[node]] with two brackets above each" in single
    assert mistakes("policy = 3\n" + SMALL) == ["lab.toml:1: [policy]: 3 is not a table"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (SMALL + 'x = "unclosed\n', "lab.toml:9: is not TOML:"),
        ("[lab]\nname = 1\nname = 2\n", "lab.toml:3: is not TOML: Cannot overwrite a value"),
        ("[lab", "lab.toml:1: is not TOML:"),
        ("x = " + "[" * 5000, "lab.toml: is nested too deeply"),
        ("[lab]\nname = " + "9" * 5000, "lab.toml:2: is not TOML:"),
        (b"[lab]\nname = '\xff'\n", "lab.toml:2: is not UTF-8 text"),
        ("#" * (1024 * 1024 + 1), "lab.toml: is over 1 MiB"),
    ],
    ids=["string", "twice", "header", "deep", "digits", "bytes", "huge"],
)
def test_a_file_that_is_not_toml_gives_one_mistake_with_its_place(mistakes, text, words):
    (found,) = mistakes(text)
    assert found.startswith(words)


def test_a_missing_file_says_how_to_make_one(tmp_path):
    with pytest.raises(ConfigError, match=r"no such file; start from the example: cp lab\.example\.toml"):
        load_lab(tmp_path / "lab.toml")
    with pytest.raises(ConfigError, match="must be a readable file"):
        load_lab(tmp_path)


def test_unicode_and_a_byte_order_mark_are_read_and_control_characters_are_not_echoed(write, mistakes):
    lab = load_lab(write("\ufeff" + SMALL.replace("Test Lab", "Łab für 視覚 🦊")))
    assert lab.name == "Łab für 視覚 🦊"
    (found,) = mistakes(SMALL + '[policy]\n"a\\u001b[31m\\u202e" = 1\n')
    assert found.startswith("lab.toml:10: [policy] a?[31m?: unknown key")


def test_a_flood_of_mistakes_is_cut_off(mistakes):
    found = mistakes(SMALL + "[policy]\n" + "".join(f"key{n} = 1\n" for n in range(200)))
    assert len(found) == 51
    assert found[-1] == "lab.toml: and 150 more mistakes"


@pytest.mark.parametrize(
    ("table", "at", "days"),
    [
        ("", time(9), range(7)),
        ('[digest]\nat = "17:30"\ndays = "Mon-Fri"\n', time(17, 30), range(5)),
        ('[digest]\ndays = "fri-mon, wed"\n', time(9), (0, 2, 4, 5, 6)),
    ],
)
def test_the_digest_has_its_hour_and_days(table: str, at: time, days: Iterable[int], tmp_path: Path) -> None:
    path = tmp_path / "lab.toml"
    path.write_text(f'[lab]\nname = "L"\n[[node]]\nname = "atlas"\n[[node.gpus]]\npool = "a100"\n{table}')
    assert load_lab(path).digest == DigestHour(at, frozenset(days))
