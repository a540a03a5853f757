"""Room monitors."""
