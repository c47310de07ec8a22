"""`crunchtime env`: the line that makes a shell see its member's GPUs, and only those."""

from bot.errors import BotError
from bot.on_node.agent import Agent, Mine, reservations, variables


def env(agent: Agent) -> str:
    """`export CUDA_VISIBLE_DEVICES=...` for the caller's active reservations on this node.

    Raises BotError with the reason where there is none.
    """
    answer = agent.ask("mine")
    mine = reservations(answer)
    active = tuple(one for one in mine if one.state == "active" and one.gpus)
    if not active:
        raise BotError(_why_none(mine, str(answer.get("node", "this node"))))
    return "export " + " ".join(f"{name}={value}" for name, value in variables(active).items())


def _why_none(mine: tuple[Mine, ...], node: str) -> str:
    node = "".join(character for character in node if character.isprintable())
    here = [one for one in mine if one.gpus and one.state in ("booked", "pending")]
    if here:
        first = here[0]
        held = "" if first.state == "booked" else ", if an admin agrees"
        return f"No reservation of yours has begun on {node}. {first.id} is from {first.when}{held}."
    there = [one for one in mine if one.state == "active"]
    if there:
        return f"{there[0].id} is on {', '.join(there[0].elsewhere)}, not on {node}."
    return f'You have no reservation on {node}. Book one in Slack, or: crunchtime run --book "1 gpu for 2h" -- COMMAND'
