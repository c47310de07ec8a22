"""The YAML of conferences: the spellings that are really in use, and what is refused."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.errors import FeedError
from bot.feed.conferences import deadlines_of, kind_of, zone_written
from feeds import YAML
from make import monday

NOW = monday(8)


def entry(title: str = "NeurIPS", id_: str = "neurips27", dates: str = "", **more: str) -> str:
    lines = [f"- title: {title}", "  year: 2027", f"  id: {id_}", *(f"  {key}: {value}" for key, value in more.items())]
    return "\n".join([*lines, *(["  deadlines:", dates] if dates else [])]) + "\n"


def dated(date: str, zone: str = "AoE", type_: str = "paper", label: str = "Paper") -> str:
    return f"  - type: {type_}\n    label: {label}\n    date: {date}\n    timezone: {zone}"


def read(text: str, *names: str, now: datetime = NOW) -> list[tuple[str, str, str]]:
    return [(one.name, one.kind, f"{one.at:%Y-%m-%d %H:%M}") for one in deadlines_of(text, names or ("neurips",), now)]


def fault(text: str, *names: str) -> str:
    with pytest.raises(FeedError) as caught:
        read(text, *names)
    return str(caught.value)


def test_the_new_form_gives_each_kind_of_date() -> None:
    found = deadlines_of(YAML, ["neurips"], NOW)
    assert [(one.label, one.zone, one.source) for one in found] == [
        ("neurips abstract", "AoE", "feed"),
        ("neurips", "AoE", "feed"),
    ]
    assert found[1].at == datetime(2026, 11, 28, 11, 59, 59, tzinfo=UTC)


def test_the_old_form_gives_the_paper_and_the_abstract() -> None:
    text = entry(
        deadline="'2026-11-13 23:59:59'", abstract_deadline="'2026-11-07 23:59:59'", timezone="America/Los_Angeles"
    )
    assert read(text) == [("neurips", "abstract", "2026-11-08 07:59"), ("neurips", "paper", "2026-11-14 07:59")]


@pytest.mark.parametrize(
    ("zone", "utc"),
    [
        ("AoE", "2026-12-02 11:59"),
        ("UTC", "2026-12-01 23:59"),
        ("UTC  ", "2026-12-01 23:59"),
        ("UTC+0", "2026-12-01 23:59"),
        ("UTC-7", "2026-12-02 06:59"),
        ("UTC-8", "2026-12-02 07:59"),
        ("UTC-08", "2026-12-02 07:59"),
        ("UTC-5", "2026-12-02 04:59"),
        ("PST", "2026-12-02 07:59"),
        ("UTC+02", "2026-12-01 21:59"),
        ("GMT+02", "2026-12-01 21:59"),  # east of Greenwich, unlike Etc/GMT+2
        ("Europe/London", "2026-12-01 23:59"),
        ("Europe/Luxembourg", "2026-12-01 22:59"),
        ("Pacific/Honolulu", "2026-12-02 09:59"),
    ],
)
def test_every_spelling_of_a_zone_is_read(zone: str, utc: str) -> None:
    assert read(entry(dates=dated("'2026-12-01 23:59:59'", zone))) == [("neurips", "paper", utc)]


def test_pst_in_summer_is_the_west_coast_s_summer_time_which_is_earlier() -> None:
    _, zone = zone_written("PST")
    assert datetime(2027, 7, 1, tzinfo=zone).utcoffset() == timedelta(hours=-7)


@pytest.mark.parametrize(
    ("written", "kind"),
    [
        ("paper", "paper"),
        ("submission", "paper"),
        ("abstract", "abstract"),
        ("rebuttal_start", "rebuttal"),
        ("rebuttal_end", "rebuttal-end"),
        ("rebuttal", "rebuttal-end"),
        ("author_response", "rebuttal-end"),
        ("rebuttal_and_revision", "rebuttal-end"),
        ("camera_ready", "camera-ready"),
        ("camera-ready", "camera-ready"),
        ("notification", "notification"),
        ("first-notification", "notification"),
        ("supplementary", "supplementary"),
        ("review_release", "reviews"),
        ("commitment_deadline", "commitment"),
        ("reviewer_registration", "reviewer-registration"),
        ("Some <b>thing</b> new!", "some-b-thing-b-new"),
    ],
)
def test_free_text_types_become_kinds(written: str, kind: str) -> None:
    assert kind_of(written) == kind


def test_a_rebuttal_whose_label_says_that_it_begins_is_its_start() -> None:
    assert kind_of("author_response", "Author response period starts") == "rebuttal"


@pytest.mark.parametrize("name", ["neurips", "NeurIPS", "neur-ips"])
def test_a_conference_is_found_by_title_or_id_in_any_case(name: str) -> None:
    assert [found[0] for found in read(YAML, name)] == [name, name]
    assert read(YAML.replace("NeurIPS", "Neural Information"), "neurips")


def test_names_of_several_words_are_found_and_longer_ones_are_not_taken_for_them() -> None:
    text = entry("EMNLP", "emnlp26", dated("'2026-12-01 12:00:00'", "UTC")) + entry(
        "EMNLP (Industry Track)", "emnlp26industry", dated("'2026-11-20 12:00:00'", "UTC")
    )
    assert read(text, "emnlp") == [("emnlp", "paper", "2026-12-01 12:00")]
    assert read(entry("ECML PKDD", "ecmlpkdd27", dated("'2026-12-01 12:00:00'", "UTC")), "ecml pkdd")


def test_of_the_editions_it_is_the_next_and_what_is_past_is_not_tracked() -> None:
    text = "".join(
        entry(id_=f"neurips{year}", dates=dated(f"'20{year}-05-15 12:00:00'", "UTC")) for year in (28, 26, 27)
    )
    assert read(text) == [("neurips", "paper", "2027-05-15 12:00")]
    assert read(text, now=datetime(2027, 5, 15, 12, tzinfo=UTC)) == [("neurips", "paper", "2028-05-15 12:00")]


def test_a_date_that_is_not_known_yet_is_left_out() -> None:
    assert read(entry(dates=dated("TBD"))) == []


def test_a_bad_zone_of_an_edition_long_past_hurts_nobody() -> None:
    assert read(entry(dates=dated("'2024-05-15 12:00:00'", "Mars")) + YAML) != []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (entry(dates=dated("'2026-12-01 23:59:59'", "Mars")), '"Mars" is not a time zone'),
        (entry(dates=dated("'2026-12-01 23:59:59'", "''")), "is not a time zone"),
        (entry(dates=dated("'2026-13-41 23:59:59'")), "is not a date"),
        (entry(dates=dated("soon")), "is not a date and a time"),
        (entry(dates=dated("2026-12-01")), "is not a date and a time"),
        (entry(dates="  - label: x\n    date: '2026-12-01 23:59:59'"), "a date without a type"),
        (entry(dates=dated("[1, 2]")), "none that is text"),
        (entry(dates="    soon"), "no list of dates"),
        (entry(deadline="[1]"), "a deadline that is no date"),
        (entry(deadline="'2026-12-01 23:59:59'"), "is not a time zone"),
        (entry("ICML", "icml27"), 'no conference "neurips"'),
    ],
)
def test_a_broken_entry_is_a_fault_that_says_what_is_wrong(text: str, said: str) -> None:
    assert said in fault(text)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "not a list of conferences"),
        ("[]", "not a list of conferences"),
        ("a: b", "not a list of conferences"),
        ("- 1\n- 2", "not a list of conferences"),
        ("just words", "not a list of conferences"),
        ("<!doctype html><p>hello", "A web page came"),
        ("- title: [", "not YAML (line"),
        ("- !!python/object/apply:os.system ['true']", "not a list of conferences"),
        ("- \x00", "not YAML"),
        ("- a: 1\n  ? [b]\n  : 2", "not YAML"),
        ("[" * 20 + "]" * 20, "too large or too deep"),
        ("[" * 500_000, "The feed is"),
        ("- a\n" * 200_000, "too large or too deep"),
    ],
    ids=range(13),
)
def test_what_is_no_list_of_conferences_is_a_fault(text: str, said: str) -> None:
    assert said in fault(text)


def test_an_alias_bomb_is_refused_before_it_is_unfolded() -> None:
    lines = ["- &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"- &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 30)]
    assert "YAML aliases" in fault("\n".join(lines))
