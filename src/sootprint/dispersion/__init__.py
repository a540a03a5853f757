"""Room dispersion."""
