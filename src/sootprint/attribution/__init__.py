"""Room attribution."""
