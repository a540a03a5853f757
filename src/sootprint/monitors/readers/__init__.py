"""Readers of monitor files: one module a layout, the checks that they share, and the table of codes."""
