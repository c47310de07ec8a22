"""`python -m bot` is `crunchtime`."""

from bot.cli import main

main()
