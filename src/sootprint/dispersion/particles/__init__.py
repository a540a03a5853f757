"""Lagrangian particles: forward from sources and backward from receptors, in calm air too."""
