"""Programs that measure the core against others and print ratios; no part of the bot."""
