"""``python -m sootprint``."""

from sootprint.cli import main

main()
