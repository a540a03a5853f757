"""Commands of ``sootprint``; each says what it did and ends with an exit code that means something.

0 done; 1 fault; 2 wrong input or setting; 3 case absent or in use; 4 tampered or not reproduced.
"""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from sootprint.cli.commands_answers import bulletin, cut, evidence, nmu, posts
from sootprint.cli.commands_case import add, check, investigate, new, rerun, verify
from sootprint.cli.commands_inventory import audit, permit
from sootprint.cli.commands_models import aermod, demo, validate
from sootprint.core.errors import SootprintError

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Who made the smog: from monitor readings, weather and declared stacks to findings.",
)

COMMANDS = (
    new,
    add,
    check,
    investigate,
    verify,
    rerun,
    evidence,
    bulletin,
    demo,
    aermod,
    audit,
    validate,
    nmu,
    posts,
    cut,
    permit,
)
"""Functions of the commands, in the order of the help."""

for _command in COMMANDS:
    app.command()(_command)


def run() -> None:
    """Run the command line; own errors are shown with place, rule and cure."""
    from sootprint.cli.screen import err, print_error

    try:
        app()
    except SootprintError as error:
        print_error(error)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        err.print("Stopped. What was finished is kept; the same command goes on from there.")
        sys.exit(130)


@app.callback(invoke_without_command=True)
def _main(
    version: Annotated[bool, typer.Option("--version", help="Print the version and leave.")] = False,
) -> None:
    if version:
        from sootprint import __version__

        typer.echo(f"sootprint {__version__}")
        raise typer.Exit()
