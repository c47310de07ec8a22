"""Small builders of Block Kit, inside Slack's limits, and Reply: what every answer is made of.

Text that people wrote goes through `escape` or `quoted` before it meets mrkdwn. Limits are counted in code points.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from bot.booking.decision import Offer
from bot.booking.model import Reservation

Block = dict[str, Any]
Style = Literal["primary", "danger"]
Outcome = Literal["granted", "held", "waitlisted", "refused", "done", "answer", "error"]

# docs.slack.dev/reference/block-kit: the limits that our blocks can meet.
SECTION = 3000
CONTEXT = 2000
BUTTON = 75
VALUE = 2000
MESSAGE_BLOCKS = 50

# They reorder or hide what stands around them; a writer of right-to-left text does not need them.
_BREAKS = re.compile(r"[\s\0-\x1f\x7f-\x9f]+")
_HIDDEN = re.compile(r"[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]+")


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer: `text` is its first line in full, `blocks` the whole; the rest is for programs (`ask --json`).

    `reasons` are (code, text). `file`: the name of one that is to be sent besides.
    """

    text: str
    blocks: tuple[Block, ...]
    decision: Outcome = "answer"
    reservations: tuple[Reservation, ...] = ()
    reasons: tuple[tuple[str, str], ...] = ()
    offers: tuple[Offer, ...] = ()
    file: str = ""

    def payload(self) -> dict[str, Any]:
        """The message as Slack takes it."""
        return {"text": self.text, "blocks": list(self.blocks)}


@dataclass(frozen=True, slots=True)
class Headline:
    """The first line of an answer: `lead` in bold, then `rest`. Both are mrkdwn, already escaped."""

    lead: str
    rest: str = ""

    @property
    def mrkdwn(self) -> str:
        return self._joined(f"*{self.lead}*")

    @property
    def text(self) -> str:
        """The same without the bold, for `Reply.text`."""
        return clip_mrkdwn(self._joined(self.lead), SECTION)

    def _joined(self, lead: str) -> str:
        if not self.rest:
            return lead
        return lead + ("" if self.rest[0] in ",:;" else " ") + self.rest


def escape(text: str) -> str:
    """Text in which Slack finds no mention, link or entity. Never clip what comes out of here: clip before."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def clip(text: str, limit: int) -> str:
    """At most `limit` code points; what was cut off is marked by an ellipsis."""
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def one_line(text: str) -> str:
    """Text without line breaks, control characters, lone surrogates and bidirectional controls."""
    return _BREAKS.sub(" ", _HIDDEN.sub("", text)).strip()


def named(text: str, limit: int = 60) -> str:
    """A name out of the lab file or a member's line: one line, clipped to `limit`, escaped."""
    return escape(clip(one_line(text[: 8 * limit]), limit))  # what will not be shown need not be cleaned


def quoted(text: str, limit: int = 200) -> str:
    """A member's words in quotes: one line, clipped to `limit`, escaped; right-to-left text is kept to itself."""
    words = named(text, limit)
    if any(unicodedata.bidirectional(char) in ("R", "AL", "AN") for char in words):
        words = f"\u2068{words}\u2069"
    return f'"{words}"'


def clip_mrkdwn(text: str, limit: int) -> str:
    """mrkdwn of at most `limit` code points, cut neither inside `<...>` nor inside an entity."""
    if len(text) <= limit:
        return text
    cut = text[: limit - 1]
    if cut.rfind("<") > cut.rfind(">"):
        cut = cut[: cut.rfind("<")]
    return re.sub(r"&\w{0,4}$", "", cut).rstrip() + "…"


def mrkdwn(text: str, limit: int = SECTION) -> Block:
    """A text object. `verbatim`: Slack makes no links out of what looks like one."""
    return {"type": "mrkdwn", "text": clip_mrkdwn(text, limit), "verbatim": True}


def plain_text(text: str, limit: int) -> Block:
    """A text object without any markup; ":x:" stays as it is."""
    return {"type": "plain_text", "text": clip(one_line(text), limit), "emoji": False}


def section(text: str, accessory: Block | None = None) -> Block:
    block: Block = {"type": "section", "text": mrkdwn(text)}
    return block if accessory is None else {**block, "accessory": accessory}


def context(*lines: str) -> list[Block]:
    """Small print, one line each; no block where there is no line."""
    told = [line for line in lines if line]
    if not told:
        return []
    return [{"type": "context", "elements": [mrkdwn("\n".join(told), CONTEXT)]}]


def button(text: str, action: str, value: str = "", style: Style | None = None) -> Block:
    """A button; `value` (at most VALUE) is never clipped, since half a value would do something else."""
    block: Block = {"type": "button", "text": plain_text(text, BUTTON), "action_id": action}
    if value:
        block["value"] = value
    return block if style is None else {**block, "style": style}


def actions(*buttons: Block) -> list[Block]:
    """A row of buttons; no block where there is none."""
    return [{"type": "actions", "elements": list(buttons)}] if buttons else []


def paragraphs(lines: Sequence[str], most: int = MESSAGE_BLOCKS - 8) -> list[Block]:
    """Lines in as few sections as they need, at most `most`; how many lines were left out is said."""
    blocks: list[Block] = []
    told: list[str] = []
    for place, line in enumerate(lines):
        if told and sum(map(len, told)) + len(told) + len(line) > SECTION:
            blocks.append(section("\n".join(told)))
            told = []
        if len(blocks) == most:
            return [*blocks, *context(f"… and {len(lines) - place} more.")]
        told.append(line)
    return [*blocks, section("\n".join(told))] if told else blocks


def listed(items: Iterable[str], most: int = 8, last: str = "and") -> str:
    """ "a, b and c"; over `most`, "a, b and 5 more"."""
    all_items = list(items)
    shown = all_items if len(all_items) <= most else [*all_items[: most - 1], f"{len(all_items) - most + 1} more"]
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} {last} {shown[-1]}" if shown else ""


def sentence(text: str) -> str:
    """The text with a capital at its beginning."""
    return text[:1].upper() + text[1:]


def noted(note: str) -> str:
    """A note, as plain text, as a sentence of the small print."""
    told = sentence(named(note, 300))
    return told if told.endswith((".", "!", "?", "…")) else f"{told}."
