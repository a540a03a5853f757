"""Command line: the twin of the Python interface."""


def main() -> None:
    """Entry point of the command ``sootprint``."""
    from sootprint.cli.app import run

    run()
