"""Arguments and options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from sootprint.core.errors import InputError

CaseFolder = Annotated[Path, typer.Argument(metavar="CASE", help="Folder of the case.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON and nothing else on the standard output.")]
By = Annotated[str | None, typer.Option("--by", help="Who acts, written to the ledger.")]


def reader_options(texts: list[str]) -> dict[str, Any]:
    """Reader options from ``key=value`` texts, the values in TOML; a bare word is a text.

    Raises
    ------
    InputError
        If a text has no equals sign.
    """
    import tomllib

    made: dict[str, Any] = {}
    for text in texts:
        key, equals, value = text.partition("=")
        if not equals or not key.strip():
            raise InputError(f"option {text!r} is no key=value", cure="for example --option stamp=ending")
        try:
            made[key.strip()] = tomllib.loads(f"x = {value}")["x"]
        except tomllib.TOMLDecodeError:
            made[key.strip()] = value.strip()
    return made
