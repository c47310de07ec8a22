"""What the estimates are judged by."""
