"""Array drivers of the dispersion engines."""
