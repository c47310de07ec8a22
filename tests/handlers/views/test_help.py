"""The help."""

import pytest

from handlers.views.help import help_on


def text(topic: str) -> str:
    return "\n".join(str(block) for block in help_on(topic).blocks)


@pytest.mark.parametrize(
    ("topic", "line"),
    [
        ("book", "/gpu book"),
        ("release", "/gpu release R12"),
        ("free", "/gpu who"),
        ("when", "eod"),
        ("/gpu deny", "/gpu deny R12"),
    ],
)
def test_a_topic_or_a_command_leads_to_its_part(topic: str, line: str) -> None:
    assert line in text(topic)
    assert len(text(topic)) < len(text(""))


def test_an_unknown_topic_is_named_and_answered_with_all() -> None:
    assert 'There is no help on "&lt;!here&gt;"' in text("<!here>")
    assert "/gpu approve R12" in text("<!here>")
