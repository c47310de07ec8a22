"""What members run on a node: `crunchtime env` and `crunchtime run`. Of the standard library: it starts at once."""
