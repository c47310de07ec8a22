"""The help: what can be typed, by topic, short."""

from handlers.views.kit import Reply, actions, context, quoted, section
from handlers.views.offers import book_button

_BOOK = (
    "`/gpu book 2 a100 tomorrow 9am for 8h` · a window of your own",
    "`/gpu book 1 a100 now until thursday 5pm because ablations` · from now; the reason is kept",
    "`/gpu book 4 a100 for 10h before neurips` · done before the deadline; may make way once",
    "`/gpu book 4 a100 for 30h before fri 6pm in pieces of 4h` · the same in pieces, for work with checkpoints",
    "`/gpu book 40 gpu-hours a100 before fri 6pm` · independent runs: how many GPUs is chosen for you",
    "`/gpu book atlas:0,1 tomorrow for 3h` · those very GPUs",
    "`/gpu book 1 gpu with 40gb now for 2h` · any GPU with the memory",
    "`/gpu` alone opens a form.",
)
_CHANGE = (
    "`/gpu release R12` · give all back; `/gpu release R12 keep 1` gives some back",
    "`/gpu extend R12 2h` · `/gpu extend R12 until 18:00`",
    "`/gpu move R12 to sat 9am` · `/gpu move R12 by 2h`",
    "`/gpu reason R12 camera-ready runs` · what it is for, for admins and those who ask you for room",
    "Each can be undone for 10 minutes, as long as nobody else is touched.",
)
_ASK = (
    "`/gpu ask R7` · ask its holder for it; they give all or a part, or decline, with one click",
    "`/gpu ask R7 2 a100 tomorrow 9am for 3h because our deadline is on friday` · only what you need",
    "`/gpu ask R7 for R9` · your R9 in exchange",
    "`/gpu give R12 to @bob` · hand yours over; they take it or not",
)
_ESTIMATE = (
    "`/gpu estimate pythia-1b on 4 a100` · how long it takes, what memory, and when; nothing is booked",
    "`/gpu estimate 1.4b params 30b tokens on 2 a100 before neurips` · and whether it makes a deadline",
    "`/gpu estimate 100000 steps at 0.42s on 4 a100` · by a step time that you measured: the best there is",
    "`/gpu estimate like R12 on 2` · an earlier run on other GPUs",
    "`/gpu estimate vit-b 300m images on 2 a100` · also `4.1 gmacs 100m images`, `in tf32`, `with lora`",
)
_LOOK = (
    "`/gpu free` · `/gpu free a100 fri` · what is free now and next",
    "`/gpu mine` · your reservations",
    "`/gpu who` · `/gpu who atlas:2` · who has what, and who is next",
    "`/gpu show R12` · one reservation and its history",
    "`/gpu calendar` · `/gpu calendar a100` · a link for your calendar program",
)
_WAIT = (
    "`/gpu wait 4 a100 tomorrow 9am for 8h` · when GPUs fall free, they are held for you, and you are told",
    "`/gpu wait auto 4 a100 for 10h before fri 6pm` · they are booked for you without asking",
    "`/gpu waitlist` · who waits, and when each can expect its GPUs",
    "`/gpu take R12` · `/gpu pass R12` · an offer; `/gpu leave W3` · wait no more",
)
_LINK = (
    "`/gpu link alice` · that is your Linux login; an admin confirms it, and jobs of it count as yours",
    "`/gpu link` · your logins; `/gpu link drop alice` takes one away",
)
_TIMES = (
    "Times are in your Slack time zone, and every answer says what was understood:",
    "`now` · `tomorrow 9am for 8h` · `fri 14:00-18:00` · `next monday 9 to wed noon` · `2h from now` · `tonight`",
    "`this weekend` · `until thursday 5pm` · `eod` · `36h before neurips` · `2026-11-03T09:00/2026-11-03T17:00`",
    "A day without a time begins at 09:00; tonight is 20:00 to 08:00; eod is 18:00.",
)
_DEADLINES = (
    "`/gpu deadlines` · `/gpu deadlines neurips` · what is tracked; all dates of one, and how full it is until then",
    "`/gpu deadlines add \"thesis\" 2027-02-01` · your own (an admin's is the lab's); 23:59 unless you say a time",
    '`/gpu deadlines add "camera ready" 2027-03-01 23:59 AoE` · a time and its zone',
    "`/gpu deadlines drop thesis`",
    "In a line: `before neurips` · `36h before iclr abstract` · `until the rebuttal ends` · `before neurips rebuttal`",
)
_SETTINGS = (
    "`/gpu settings` · what is set, and a form to change it",
    "`/gpu settings more on` · also an hour before start and end; likewise `start`, `end`, `needed`, `pulse`",
    "`/gpu settings quiet 22-8` · `/gpu settings quiet off` · what can wait comes at their end",
    "`/gpu settings delegate @bob` · bob may book for you; `nobody` takes it back",
    "`/gpu settings auto on` · what you wait for is booked by itself",
)
_ADMIN = (
    "`/gpu approve R12` · `/gpu deny R12 REASON` · the first admin decides",
    "`/gpu book ... for @bob` · for somebody else",
    "`/gpu revoke R12 REASON` · take one back; its holder is told, with offers",
    '`/gpu outage atlas:2 until fri "fan"` · `/gpu outage atlas` takes the node · `/gpu outage end atlas:2`',
    "`/gpu policy` · the rules · `/gpu audit R12` · `/gpu audit @bob` · who did what · `/gpu export` · all as a file",
    "`/gpu report` · `/gpu report october` · the lab's month: use, waits, deadlines, as a PDF and a table",
    "`/gpu pulse` · what people answered to one question about their compute; `/gpu pulse ask` asks it",
    "`/gpu link LOGIN for @bob` · whose a Linux login is",
    "`/gpu claims` · `/gpu claims withdraw R12` · what is claimed for the lab's deadlines",
)
_TOPICS = {
    "book": _BOOK,
    "change": _CHANGE,
    "ask": _ASK,
    "estimate": _ESTIMATE,
    "look": _LOOK,
    "wait": _WAIT,
    "link": _LINK,
    "times": _TIMES,
    "deadlines": _DEADLINES,
    "settings": _SETTINGS,
    "admin": _ADMIN,
}
_TITLES = {
    "book": "Book",
    "change": "Change",
    "ask": "Ask",
    "estimate": "Estimate",
    "look": "Look",
    "wait": "Wait",
    "link": "Say who you are on the nodes",
    "times": "Say when",
    "deadlines": "Deadlines",
    "settings": "Settings",
    "admin": "As an admin",
}
# Words that lead to a topic, beside the topics' own names.
_ALIASES = {
    **dict.fromkeys(("release", "cancel", "keep", "extend", "move", "undo"), "change"),
    "give": "ask",
    **dict.fromkeys(("free", "mine", "who", "show", "calendar"), "look"),
    **dict.fromkeys(("waitlist", "take", "pass", "leave"), "wait"),
    **dict.fromkeys(("reminders", "quiet", "delegate", "auto"), "settings"),
    "pulse": "admin",
    **dict.fromkeys(("when", "time", "dates"), "times"),
    **dict.fromkeys(
        ("approve", "deny", "for", "claims", "revoke", "outage", "policy", "audit", "export", "report"), "admin"
    ),
}
TOPICS = frozenset(_TOPICS) | _ALIASES.keys()


def help_on(topic: str = "") -> Reply:
    """Help on a topic or a command; on everything where the topic is empty or unknown (which is said)."""
    word = topic.strip().lower().removeprefix("/gpu").strip()
    found = word if word in _TOPICS else _ALIASES.get(word, "")
    unknown = f"There is no help on {quoted(word, 40)}; this is all of it." if word and not found else ""
    chosen = [found] if found else list(_TOPICS)
    parts = [section(f"*{_TITLES[name]}*\n" + "\n".join(_TOPICS[name])) for name in chosen]
    more = f"More: {' · '.join(f'`/gpu help {name}`' for name in _TOPICS if name != found)}" if found else ""
    first = "What you can type: " + ", ".join(_TITLES[name].lower() for name in chosen)
    return Reply(first, (*parts, *context(unknown, more), *actions(book_button())))
