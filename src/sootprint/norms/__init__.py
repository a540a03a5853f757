"""Room norms."""
