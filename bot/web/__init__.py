"""What listens on CRUNCHTIME_BIND: the gate in front of /slack/events, /healthz and /readyz."""

from bot.web.agents import Answer as AgentsAnswer
from bot.web.draining import Draining
from bot.web.events import Answer, Handle, bolt
from bot.web.pages import asgi
from bot.web.server import serve

__all__ = ["AgentsAnswer", "Answer", "Draining", "Handle", "asgi", "bolt", "serve"]
