"""The chat of the sandbox: does what a line says, and tells what each person then sees."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, assert_never
from zoneinfo import ZoneInfo

from bot.errors import BotError, InputError
from bot.sandbox import acts, fleet_acts
from bot.sandbox.as_seen import World
from bot.sandbox.fleet_acts import Befall, Load, Run, Stop
from bot.sandbox.hands import Hands, Outcome
from bot.sandbox.plain import Reader, safe
from bot.sandbox.plain_blocks import complaints, message_lines, text_of, view_lines
from bot.sandbox.script import Act, Advance, Away, Click, Close, Home, Shortcut, Submit, TypeCommand, Write, read_line
from bot.sandbox.slack.messages import Message, buttons_in
from bot.sandbox.slack.modals import OpenView
from bot.sandbox.slack.people import Channel, Person
from bot.sandbox.training import Train


@dataclass(frozen=True, slots=True)
class Shown:
    """One line of output: what was said, the answer to it, what others see in consequence, or a problem."""

    kind: Literal["said", "answer", "consequence", "problem"]
    text: str


class Chat:
    """A conversation with the bot of a world; it remembers who spoke last."""

    def __init__(self, world: World, speaker: str | None = None) -> None:
        self._world = world
        self._workspace = world.workspace
        self._hands = Hands(world.workspace, world.deliver)
        self._shown_at: dict[str, int] = {}  # by person: the mark of the timeline when their form last changed
        self._home_at: dict[str, int] = {}  # by person who looks at their Home tab: the mark when they opened it
        self.speaker = speaker

    def say(self, text: str) -> list[Shown]:
        """Does what the line says, settles the world, and gives what is to be seen. Nothing for a comment."""
        try:
            line = read_line(text, self.speaker)
            if line is None:
                return []
            befalls = line.who == fleet_acts.LAB and isinstance(line.act, Befall)
            person = self._person("" if befalls else line.who)
        except InputError as error:
            return [Shown("said", f"> {safe(text.strip())}"), *_problem(error)]
        self.speaker = self.speaker if befalls else person.name
        said = Shown("said", f"{line.who if befalls else person.name}> {safe(line.said)}")
        try:
            return [said, *self._do(person, line.act)]
        except BotError as error:
            return [said, *_problem(error)]

    def _person(self, name: str) -> Person:
        """Who is called so; for "", as whom what befalls the fleet is read."""
        person = self._workspace.named(name) if name else next(iter(self._workspace.people.values()))
        if person is None or person.bot:
            known = ", ".join(known.name for known in self._workspace.people.values() if not known.bot)
            raise InputError(f"nobody here is called {name!r}", hint=f"Here are: {known}.")
        return person

    def _do(self, person: Person, act: Act) -> Iterator[Shown]:
        mark = self._workspace.timeline.mark
        if isinstance(act, TypeCommand | Write | Shortcut | Home):
            self._workspace.modals.close(person.id, every=True)  # a form has to be closed before one can type
            self._home_at.pop(person.id, None)
        before = self._workspace.modal(person.id)
        clicked: Message | None = None
        outcome, done = Outcome(200, ""), list[Shown]()
        match act:
            case TypeCommand():
                outcome = self._hands.type(person, act.line, acts.channel_of(self._workspace, person))
            case Click():
                clicked, outcome = self._click(person, act.number)
            case Submit():
                outcome = self._hands.submit(person, act.fields)
            case Advance():
                self._world.advance(act.by)
            case Write():
                outcome = acts.write(self._hands, self._workspace, person, act)
            case Shortcut():
                outcome = acts.use_shortcut(self._hands, self._workspace, person, act)
            case Home():
                outcome = self._hands.open_home(person)
                self._home_at[person.id] = self._workspace.timeline.mark
            case Close():
                self._workspace.modals.close(person.id)
            case Away():
                self._world.stay_away(person.id, act.away)
            case Train():
                done = [Shown("answer", f"  {self._world.train(person.name, act)}")]
            case Run() | Load() | Stop() | Befall():
                done = [Shown("answer", f"  {fleet_acts.do(act, person.name, self._world.hosts, self._world.lab)}")]
            case _:
                assert_never(act)
        view = self._workspace.modal(person.id)
        if view is not None and (before is None or view.hash != before.hash):
            self._shown_at[person.id] = self._workspace.timeline.mark
        self._world.settle()
        answers = [*done, *self._answer(person, act, mark, clicked, before, outcome)]
        consequences = list(self._consequences(person, mark, clicked))
        yield from answers or ([] if consequences else [Shown("answer", "  (no answer)")])
        yield from consequences

    def _click(self, person: Person, number: int) -> tuple[Message | None, Outcome]:
        """Presses a button of the form in front, or of a message that is newer; which message it was."""
        buttons = self._workspace.buttons(person.id)
        view = self._workspace.modal(person.id)
        in_view = list(buttons_in(view.content["blocks"])) if view is not None else []
        newest = buttons[0].message.touched if buttons else 0
        newer = newest > self._shown_at.get(person.id, 0)
        home = self._workspace.home(person.id)
        if view is None and home is not None and newest <= self._home_at.get(person.id, -1):
            return None, acts.click_at_home(self._hands, person, home, number)
        count = len(in_view) if in_view and not newer else len(buttons)
        if number > count:
            raise InputError(acts.no_such_button(count), example="click 1" if count else "/gpu mine")
        if view is not None and in_view and not newer:
            block_id, element = in_view[number - 1]
            return None, self._hands.act_in_view(person, view, block_id, element, {})
        self._workspace.modals.close(person.id, every=True)  # as one has to, to get at what is behind it
        return buttons[number - 1].message, self._hands.click(person, buttons[number - 1])

    def _answer(
        self, person: Person, act: Act, mark: int, clicked: Message | None, before: OpenView | None, outcome: Outcome
    ) -> Iterator[Shown]:
        """What the person who acted gets to see at once."""
        reader = self._reader(person)
        if isinstance(act, Advance):
            local = reader.now.astimezone(reader.zone)
            yield Shown("answer", f"  It is {local:%A} {local.day} {local:%B %Y, %H:%M} ({person.zone}).")
        if isinstance(act, Away):
            where = "stays away: nothing runs on their GPUs" if act.away else "is back"
            yield Shown("answer", f"  {person.name} {where}.")
        # A command's failure was already put into words by Slackbot.
        if outcome.problem and not isinstance(act, TypeCommand):
            yield Shown("problem", f"  That did not work ({outcome.problem}).")
        for message in self._workspace.timeline.since(mark):
            if _answers(message, person, clicked):
                yield from (Shown("answer", f"  {line}") for line in self._lines(message, person))
        view = self._workspace.modal(person.id)
        if view is not None and outcome.errors:
            yield from (Shown("problem", f"  ! {line}") for line in complaints(view, reader))
        elif view is not None and (before is None or view.hash != before.hash):
            yield from (Shown("answer", f"  {line}") for line in view_lines(view, reader))
            if "submit" in view.content:
                yield Shown("answer", f'  [{text_of(view.content["submit"], reader)}: submit NAME="VALUE" ...]')
        home = self._workspace.home(person.id)
        if isinstance(act, Home) and home is not None:
            yield from (Shown("answer", f"  {line}") for line in view_lines(home, reader))

    def _consequences(self, person: Person, mark: int, clicked: Message | None) -> Iterator[Shown]:
        """What others see now, or this person elsewhere; each message once, as it stands now."""
        for message in self._workspace.timeline.since(mark):
            if _answers(message, person, clicked) or message.author == person.id:
                continue
            channel = self._workspace.channels[message.channel]
            reader = self._reads(message, channel, person)
            head = f"  → {_place(message, channel, reader)}"
            lines = self._lines(message, reader)
            if message.edited or len(lines) == 1:  # of what was seen before, only how it begins now
                more = " …" if len(lines) > 1 and not lines[0].endswith("…") else ""
                yield Shown("consequence", f"{head}: {lines[0]}{more}")
            else:
                yield Shown("consequence", f"{head}:")
                yield from (Shown("consequence", f"      {line}") for line in lines)

    def _reads(self, message: Message, channel: Channel, person: Person) -> Person:
        """The one whom a message is for; what a whole channel sees is shown as the acting `person` reads it."""
        if message.only_for is not None:
            return self._workspace.people[message.only_for]
        if channel.direct:
            (other,) = channel.members - {self._workspace.bot.id}
            return self._workspace.people[other]
        return person

    def _lines(self, message: Message, reader: Person) -> list[str]:
        buttons = self._workspace.buttons(reader.id)
        pressable = bool(buttons) and buttons[0].message.touched == message.touched
        return message_lines(message, self._reader(reader), numbered=pressable)

    def _reader(self, person: Person) -> Reader:
        workspace = self._workspace
        return Reader(
            ZoneInfo(person.zone),
            workspace.clock(),
            {known.id: known.name for known in workspace.people.values()},
            {known.id: known.name for known in workspace.channels.values()},
        )


def _answers(message: Message, person: Person, clicked: Message | None) -> bool:
    """An ephemeral message to the one who acted, or the very message that was clicked."""
    return message.only_for == person.id or (
        clicked is not None and (message.channel, message.ts) == (clicked.channel, clicked.ts)
    )


def _place(message: Message, channel: Channel, reader: Person) -> str:
    """ "#gpus (thread)", "@bob (DM, updated)"."""
    personal = channel.direct or message.only_for is not None
    marks = {
        "DM": channel.direct,
        "only visible to them": message.only_for is not None,
        "thread": message.thread is not None,
        "updated": message.edited,
    }
    said = ", ".join(mark for mark, holds in marks.items() if holds)
    return (f"@{reader.name}" if personal else f"#{channel.name}") + (f" ({said})" if said else "")


def _problem(error: BotError) -> Iterator[Shown]:
    parts = [str(error)]
    if isinstance(error, InputError):
        parts += [part for part in (error.hint, error.example and f"For example: {error.example}") if part]
    sentences = [part if part.endswith((".", "!", "?")) or part is parts[-1] else f"{part}." for part in parts]
    first, *rest = safe(" ".join(sentences)).split("\n")
    yield Shown("problem", f"  {first[:1].upper()}{first[1:]}")
    yield from (Shown("problem", f"  {line}") for line in rest)
