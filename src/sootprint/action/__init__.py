"""Room action."""
