"""What listens on CRUNCHTIME_BIND: the gate in front of /slack/events, /healthz and /readyz."""

from bot.web.events import Answer, Handle, bolt
from bot.web.pages import asgi
from bot.web.server import serve

__all__ = ["Answer", "Handle", "asgi", "bolt", "serve"]
