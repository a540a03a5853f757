"""Scalar compiled functions of the dispersion engines."""
