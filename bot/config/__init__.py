"""Configuration as values: Settings from the environment, the Lab from lab.toml; every mistake at once."""

from bot.config.labfile import load_lab
from bot.config.settings import Settings, load_settings

__all__ = ["Settings", "load_lab", "load_settings"]
