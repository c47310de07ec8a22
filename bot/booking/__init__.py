"""The core: who gets which GPU when. Standard library only; no clock, no I/O."""
