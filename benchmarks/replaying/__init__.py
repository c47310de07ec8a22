"""The parts of `benchmarks/replay.py`: traces, deadlines, policies, bounds and their figures; no part of the bot."""
