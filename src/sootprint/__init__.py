"""Who made the smog: from monitor readings, weather and declared stacks to findings."""

__version__ = "0.1.0"
