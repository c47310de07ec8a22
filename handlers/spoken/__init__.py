"""The small grammar that `when.py` reads time phrases with: words, lengths, phrases, clock changes."""
