"""What the bot knows and decides, and how it is put together."""
