"""Validations by name: each scores a room against truth from outside the project."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd

from sootprint.core.errors import InputError

Validation = Callable[[Path, bool], pd.DataFrame]


def data_folder(given: Path | None) -> Path:
    """Folder of the reference data: as given, or ``$SOOTPRINT_DATA``.

    Raises
    ------
    InputError
        If neither is there.
    """
    folder = given or (Path(os.environ["SOOTPRINT_DATA"]) if "SOOTPRINT_DATA" in os.environ else None)
    if folder is None or not folder.is_dir():
        raise InputError(
            f"no data folder {folder or ''}".strip(),
            rule="a validation needs reference data that do not come with the project",
            cure="--data DIR, or set SOOTPRINT_DATA",
        )
    return folder


def _la_oroya(data: Path, quick: bool) -> pd.DataFrame:
    from sootprint.cli.truths import la_oroya

    return la_oroya(data)


def _aermod(data: Path, quick: bool) -> pd.DataFrame:
    from sootprint.cli.aermod_truth import aermod

    return aermod(data, quick=quick)


def _aermet(data: Path, quick: bool) -> pd.DataFrame:
    from sootprint.cli.aermet_truth import aermet

    return aermet(data)


def _tracers(data: Path, quick: bool) -> pd.DataFrame:
    from sootprint.cli.tracers import tracers

    return tracers(data, quick=quick)


def _tracers_by_particles(data: Path, quick: bool) -> pd.DataFrame:
    from sootprint.cli.tracers import tracers

    return tracers(data, quick=quick, engine="particles")


def _releases(data: Path, quick: bool) -> pd.DataFrame:
    from sootprint.cli.releases_truth import releases

    return releases(data, quick=quick)


def _city_year(data: Path, quick: bool) -> pd.DataFrame:
    from sootprint.cli.city_year_truth import city_year

    return city_year(data, quick=quick)


def _rates(data: Path, quick: bool) -> pd.DataFrame:
    from sootprint.cli.rates_truth import rates

    return rates(data, quick=quick)


def _pmf(data: Path, quick: bool) -> pd.DataFrame:
    from sootprint.cli.pmf_truth import pmf

    return pmf(data, quick=quick)


def _particles(data: Path, quick: bool) -> pd.DataFrame:
    from sootprint.cli.particles_truth import particles

    return particles()


def _openair(data: Path, quick: bool) -> pd.DataFrame:
    from sootprint.cli.openair_truth import openair

    return openair(data, quick=quick)


def _ond86(data: Path, quick: bool) -> pd.DataFrame:
    from sootprint.cli.ond86_truth import ond86

    return ond86()


def _twins(data: Path, quick: bool) -> pd.DataFrame:
    from sootprint.cli.twins_truth import twins

    return twins(quick=quick)


def _sampler(data: Path, quick: bool) -> pd.DataFrame:
    from sootprint.cli.full_truth import sampler

    return sampler(quick=quick)


def _sbc(data: Path, quick: bool) -> pd.DataFrame:
    from sootprint.cli.sbc_truth import calibration

    return calibration(quick=quick)


WITHOUT_DATA = {"ond86", "particles", "sampler", "sbc", "twins"}
"""Validations against numbers printed in a document or against made truth, which need no data folder."""

VALIDATIONS: dict[str, tuple[str, Validation]] = {
    "aermet": ("boundary layer of a year of raw airport data against AERMET's", _aermet),
    "aermod": ("concentrations of regulatory test decks against AERMOD's", _aermod),
    "city_year": ("parts of fifty sources recovered from the means of a year", _city_year),
    "la_oroya": ("statistics of the year 2019 at La Oroya against those stated with the data", _la_oroya),
    "ond86": ("one source by OND-86 against printed worked examples", _ond86),
    "particles": ("laws that the particle engine must hold", _particles),
    "pmf": ("factorisation of two public sets of receptor data", _pmf),
    "openair": ("directional methods against the output of the R package openair", _openair),
    "rates": ("known rates of two tracer experiments inferred from what was read", _rates),
    "releases": ("releases found on a fence line against controlled ones", _releases),
    "sampler": ("rates of the quick inverse model against a sampler of all its unknowns", _sampler),
    "sbc": ("ranks of true emissions among draws, simulated from the model itself", _sbc),
    "tracers": ("plume engine on three tracer experiments beside the reference models", _tracers),
    "twins": ("attribution on random synthetic cities whose truth is known", _twins),
}
"""Title and function of each validation; a function takes the data folder and ``quick``.

``attrs["notes"]`` of its table, a list of sentences, stands under the table.
"""


BY_PARTICLES: dict[str, tuple[str, Validation]] = {
    "tracers": (
        "particle engine on three tracer experiments beside the plume and the reference models",
        _tracers_by_particles,
    ),
}
"""Validations that can be asked for with ``--engine particles``."""


def run_validation(
    name: str,
    data: Path | None,
    *,
    quick: bool,
    as_json: bool,
    page: Path | None = None,
    engine: str = "plume",
) -> None:
    """Run one validation, print its table, and write it as a page where one is named.

    Raises
    ------
    InputError
        If the name or the engine is not known, or the data are not there.
    """
    from sootprint.cli.screen import out, print_json, print_table

    if name == "list":
        for key, (title, _) in VALIDATIONS.items():
            out.print(f"{key:<14} {title}", highlight=False)
        return
    if name not in VALIDATIONS:
        raise InputError(f"no validation is named {name!r}", cure=f"one of: list, {', '.join(VALIDATIONS)}")
    title, function = _chosen(name, engine)
    folder = Path() if name in WITHOUT_DATA else data_folder(data)
    table = function(folder, quick)
    if as_json:
        rows: dict[str, Any] = {"name": name, "title": title, "rows": table}
        rows |= table.attrs.get("metrics", {})
        print_json(rows)
    else:
        print_table(table, title)
        for note in table.attrs.get("notes", []):
            out.print(note, highlight=False)
    if page is not None:
        page.write_text(markdown_page(name, title, table, quick=quick, engine=engine), encoding="utf-8")


def _chosen(name: str, engine: str) -> tuple[str, Validation]:
    """Title and function of a validation with an engine."""
    if engine == "plume":
        return VALIDATIONS[name]
    if engine != "particles" or name not in BY_PARTICLES:
        raise InputError(
            f"validation {name} with engine {engine!r}",
            rule=f"--engine particles is for: {', '.join(BY_PARTICLES)}",
            cure="leave --engine out",
        )
    return BY_PARTICLES[name]


def markdown_page(name: str, title: str, table: pd.DataFrame, *, quick: bool, engine: str = "plume") -> str:
    """Markdown page of a validation: how it was made, its table and its notes."""
    import sootprint
    from sootprint.cli.screen import cell

    option = ("" if engine == "plume" else f" --engine {engine}") + (" --quick" if quick else "")
    lines = [
        f"# Validation `{name}`: {title}",
        "",
        f"Made by `sootprint validate {name}{option}` with Sootprint {sootprint.__version__}.",
        "",
        "| " + " | ".join(str(column).replace("_", " ") for column in table.columns) + " |",
        "|" + "---|" * table.shape[1],
    ]
    lines += ["| " + " | ".join(cell(value) for value in row) + " |" for row in table.itertuples(index=False)]
    lines += [text for note in table.attrs.get("notes", []) for text in ("", note)]
    return "\n".join(lines) + "\n"
