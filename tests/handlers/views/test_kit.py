"""Escaping, clipping and the small builders."""

import unicodedata

import pytest

from handlers.views import kit
from handlers.views.kit import Headline, Reply

_BREAKS = ("Cc", "Zl", "Zp")


def test_escaped_text_holds_nothing_that_slack_reads_as_a_mention() -> None:
    assert kit.escape("<!channel> & <@U0BOB>") == "&lt;!channel&gt; &amp; &lt;@U0BOB&gt;"


def test_a_text_is_clipped_by_code_points_and_says_so() -> None:
    assert kit.clip("🦥" * 5, 5) == "🦥" * 5
    assert kit.clip("🦥" * 6, 5) == "🦥" * 4 + "…"


@pytest.mark.parametrize("limit", range(2, 40))
def test_clipped_mrkdwn_ends_neither_inside_a_token_nor_inside_an_entity(limit: int) -> None:
    clipped = kit.clip_mrkdwn("ab <!date^1^{time}|x> &amp; &lt;cd&gt;", limit)
    assert len(clipped) <= limit
    assert clipped.count("<") == clipped.count(">")
    assert clipped.count("&") == clipped.count(";")


def test_quoted_words_are_one_line_without_control_characters() -> None:
    assert kit.quoted('a\nb\x00c\u202ed\ud800 "e"') == '"a b cd "e""'


def test_of_all_characters_those_that_break_a_line_become_a_space_and_those_that_hide_go() -> None:
    hidden = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
    for char in map(chr, range(0x10000)):  # there are none beyond
        category = unicodedata.category(char)
        shown = "" if category == "Cs" or char in hidden else " " if category in _BREAKS or char.isspace() else char
        assert kit.one_line(f"a{char}b") == f"a{shown}b", hex(ord(char))


def test_quoted_right_to_left_words_are_kept_to_themselves() -> None:
    assert kit.quoted("שלום") == '"\u2068שלום\u2069"'
    assert kit.quoted("plain") == '"plain"'


def test_quoted_words_are_clipped_before_they_are_escaped() -> None:
    assert kit.quoted("&" * 300, 10) == '"' + "&amp;" * 9 + '…"'


def test_slack_is_told_not_to_make_links_out_of_plain_words() -> None:
    assert kit.section("see example.org")["text"]["verbatim"] is True


def test_a_row_without_buttons_and_small_print_without_words_are_no_blocks() -> None:
    assert kit.actions() == []
    assert kit.context("", "") == []


def test_lines_that_do_not_fit_one_section_go_into_the_next() -> None:
    blocks = kit.paragraphs(["x" * 1400] * 5)
    assert [block["text"]["text"].count("\n") + 1 for block in blocks] == [2, 2, 1]


def test_lines_that_fit_no_section_are_counted() -> None:
    blocks = kit.paragraphs(["x" * 2900] * 5, most=3)
    assert len(blocks) == 4
    assert blocks[-1]["elements"][0]["text"] == "… and 2 more."


@pytest.mark.parametrize(
    ("items", "told"),
    [
        ([], ""),
        (["a"], "a"),
        (["a", "b"], "a and b"),
        (["a", "b", "c"], "a, b and c"),
        (list("abcde"), "a, b and 3 more"),
    ],
)
def test_a_list_reads_as_a_sentence_does(items: list[str], told: str) -> None:
    assert kit.listed(items, most=3) == told


def test_a_headline_is_bold_in_blocks_and_plain_in_the_text() -> None:
    headline = Headline("Yours", "until 17:00")
    assert (headline.mrkdwn, headline.text) == ("*Yours* until 17:00", "Yours until 17:00")
    assert Headline("Held", ", until 17:00").text == "Held, until 17:00"


def test_a_reply_goes_out_with_text_and_blocks() -> None:
    reply = Reply("hello", (kit.section("hello"),))
    assert reply.payload()["text"] == "hello"
    assert reply.payload()["blocks"] == [kit.section("hello")]
