"""What people do in the chat besides commands: messages that they write, shortcuts that they use, clicks at Home."""

from bot.errors import InputError
from bot.sandbox.hands import Hands, Outcome
from bot.sandbox.script import Shortcut, Write
from bot.sandbox.slack.messages import buttons_in
from bot.sandbox.slack.modals import OpenView
from bot.sandbox.slack.people import Person
from bot.sandbox.workspace import Workspace
from handlers.ids import CallbackId


def channel_of(workspace: Workspace, person: Person) -> str:
    """Where somebody types: the first open channel that they are in, else their conversation with the bot."""
    for channel in workspace.channels.values():
        if person.id in channel.members and not channel.private:
            return channel.id
    return workspace.direct(person.id).id


def write(hands: Hands, workspace: Workspace, person: Person, act: Write) -> Outcome:
    """Writes in the open channel, below its last message there, or to the bot. Raises InputError for no message."""
    channel = workspace.direct(person.id).id if act.direct else channel_of(workspace, person)
    if not act.thread:
        return hands.write(person, act.text, channel)
    seen = [one for one in workspace.visible(person.id) if one.channel == channel and one.only_for is None]
    if not seen:
        raise InputError("there is no message yet to write below", example="say hello")
    return hands.write(person, act.text, channel, seen[-1].thread or seen[-1].ts)


def use_shortcut(hands: Hands, workspace: Workspace, person: Person, act: Shortcut) -> Outcome:
    """Uses "Book GPUs", or "Book for this" on the last message that somebody wrote. Raises InputError for none."""
    if not act.on_message:
        return hands.shortcut(person, CallbackId.BOOK_GPUS)
    written = [message for message in workspace.visible(person.id) if message.author != workspace.bot.id]
    if not written:
        raise InputError("nobody has written a message yet", example="say I need 2 a100 tomorrow 9am for 8h")
    return hands.shortcut_on(person, written[-1], CallbackId.BOOK_FOR_THIS)


def click_at_home(hands: Hands, person: Person, home: OpenView, number: int) -> Outcome:
    """Presses the `number`-th button, from 1, of a Home tab. Raises InputError for none."""
    there = list(buttons_in(home.content["blocks"]))
    if number > len(there):
        raise InputError(no_such_button(len(there)), example="click 1")
    return hands.act_in_view(person, home, *there[number - 1], {})


def no_such_button(count: int) -> str:
    """That there are only so many."""
    if count == 0:
        return "there is no button to click"
    return "there is one button" if count == 1 else f"there are {count} buttons"
