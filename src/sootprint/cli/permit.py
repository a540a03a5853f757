"""Command ``permit``: the legal calculation of an inventory, as tables, field, maps and a document."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from sootprint.core.errors import ConfigError, InputError

if TYPE_CHECKING:
    import pandas as pd

    from sootprint.core.findings import ReadResult
    from sootprint.report.permit.calculation import Progress
    from sootprint.report.permit.model import Permit

JURISDICTION = "KZ"
"""Whose limits the concentrations are compared with."""

EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
"""Time of documents whose inventory states no validity and that no build time is set for."""


@dataclass(frozen=True)
class PermitRequest:
    """Options of the command as they were typed; see `sootprint permit --help`."""

    inventory: Path
    folder: Path
    method: Literal["ond86", "mrr2017"] = "ond86"
    grid: str | None = None
    ambient: float | None = None
    region: str | None = None
    relief: float = 1.0
    settling: Sequence[str] = ()
    top_wind: float | None = None
    basis: Literal["permitted", "declared"] = "permitted"
    rule: Literal["proportional", "least_cut"] = "proportional"
    background: Path | None = None
    own_in_background: bool = False
    zone: str | None = None
    receptors: Path | None = None
    pollutants: str | None = None
    groups: str | None = None
    language: str = "en"
    worked: int | None = None
    reader: Mapping[str, Any] | None = None


def run_permit(request: PermitRequest, *, as_json: bool) -> None:
    """Read, calculate, write and show.

    Raises
    ------
    InputError
        If a file or an option cannot be used.
    """
    import sootprint
    from sootprint.cli.permit_files import read_background, read_receptors, read_zone, sha256_of
    from sootprint.cli.screen import print_json
    from sootprint.norms import load
    from sootprint.report.languages import catalogue
    from sootprint.report.permit import InputFile, calculate, write_permit
    from sootprint.report.permit.files import summary

    catalogue(request.language)
    files = [InputFile("inventory", request.inventory.name, sha256_of(request.inventory))]
    for role in ("background", "receptors"):
        path = getattr(request, role)
        if path is not None:
            files.append(InputFile(role, path.name, sha256_of(path)))
    zone = None if request.zone is None else read_zone(request.zone)
    if isinstance(zone, tuple):
        files.append(InputFile("zone", zone[1], sha256_of(Path(str(request.zone)))))
    with _progress(quiet=as_json) as told:
        told("inventory", 0, 1)
        inventory = _inventory(request)
        permit = calculate(
            inventory,
            _settings(request),
            inputs=files,
            norms=load([JURISDICTION]),
            version=sootprint.__version__,
            made_at=_made_at(inventory.tables["emissions"]),
            background=None if request.background is None else read_background(request.background),
            zone=zone,
            receptors=None if request.receptors is None else read_receptors(request.receptors),
            progress=told,
        )
        told("files", 0, 1)
        made = write_permit(permit, request.folder, language=request.language)
    if as_json:
        print_json(summary(permit) | {"files": {name: path.resolve() for name, path in made.items()}})
        return
    _show(permit, made)


def _inventory(request: PermitRequest) -> ReadResult:
    """Inventory; a fault whose cure is a setting of a case is cured by an option here."""
    from sootprint.sources import read_sources

    try:
        return read_sources(request.inventory, options=request.reader)
    except InputError as error:
        if error.cure is None or not error.cure.startswith("[files."):
            raise
        raise InputError(
            error.what,
            where=error.where,
            rule=error.rule,
            cure="--option origin_lon=82.6 --option origin_lat=49.9 --option rotation_deg=0 (OY clockwise "
            "from north), or --option 'plant_grid={ epsg = 32644 }'",
        ) from error


def _settings(request: PermitRequest) -> Any:
    from sootprint.core.pollutants import pollutant_id
    from sootprint.report.permit import PermitSettings

    coefficient, mark = _region(request.region)
    given: dict[str, Any] = {}
    if request.worked is not None:
        given["worked"] = request.worked
    return PermitSettings(
        method=request.method,
        ambient_c=request.ambient,
        region_coefficient=coefficient,
        region_mark=mark,
        relief=request.relief,
        settling=_settling(request.settling),
        top_wind_m_s=request.top_wind,
        basis=request.basis,
        rule=request.rule,
        own_in_background=request.own_in_background,
        pollutants=[pollutant_id(name, where="--pollutants") for name in _list(request.pollutants)],
        groups=_list(request.groups),
        grid=_grid(request.grid),
        **given,
    )


def _list(text: str | None) -> list[str]:
    return [] if text is None else [part.strip() for part in text.split(",") if part.strip()]


def _region(text: str | None) -> tuple[float, str]:
    """A of a number (assumed: the user states it) or of a region's name, with its mark."""
    from sootprint.dispersion import ond86

    if text is None:
        found = ond86.region_coefficient_of("kazakhstan")
        return found.value, found.mark
    try:
        value = float(text)
    except ValueError:
        found = ond86.region_coefficient_of(text)
        return found.value, found.mark
    if not (math.isfinite(value) and value > 0.0):
        raise InputError(f"A = {text}", where="--region", rule="a number above zero, or a region's name")
    return value, "assumed"


def _settling(texts: Sequence[str]) -> dict[str, float]:
    from sootprint.core.pollutants import pollutant_id

    made: dict[str, float] = {}
    for text in texts:
        name, equals, number = text.partition("=")
        try:
            value = float(number)
        except ValueError:
            value = math.nan
        if not equals or not 1.0 <= value <= 3.0:
            raise InputError(
                f"settling {text!r}", where="--settling", rule="POLLUTANT=F with F from 1 to 3", cure="Pb=2.5"
            )
        made[pollutant_id(name.strip(), where="--settling")] = value
    return made


def _grid(text: str | None) -> tuple[float, ...] | None:
    if text is None:
        return None
    try:
        numbers = tuple(float(part) for part in text.split(","))
    except ValueError:
        numbers = ()
    if len(numbers) not in (2, 5):
        raise InputError(
            f"grid {text!r}",
            where="--grid",
            rule="SIZE,STEP or X0,Y0,X1,Y1,STEP in metres",
            cure="for example --grid 6000,100",
        )
    return numbers


def _made_at(emissions: pd.DataFrame) -> datetime:
    """Time of the documents: SOURCE_DATE_EPOCH, else the last validity that the inventory states."""
    import pandas as pd

    stated = os.environ.get("SOURCE_DATE_EPOCH")
    if stated:
        try:
            return datetime.fromtimestamp(int(stated), UTC)
        except (ValueError, OverflowError, OSError) as error:
            raise ConfigError(
                f"SOURCE_DATE_EPOCH = {stated!r}", rule="seconds since 1970", cure="unset or correct it"
            ) from error
    latest = emissions["valid_from"].max()
    return EARLIEST if pd.isna(latest) else latest.to_pydatetime().replace(tzinfo=UTC)


@contextmanager
def _progress(*, quiet: bool) -> Iterator[Progress]:
    """Bar on the error stream that says what is done."""
    from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    from sootprint.cli.screen import err

    texts = {
        "inventory": "Reading the inventory",
        "field": "Searching the worst wind of each place",
        "points": "Contributions and permitted emissions",
        "files": "Writing tables, maps and the document",
    }
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=err, transient=True, disable=quiet or not err.is_terminal) as bar:
        task = bar.add_task("", total=None)
        yield lambda what, done, total: bar.update(
            task, description=texts[what], completed=done, total=total if done else None
        )


def _show(permit: Permit, made: dict[str, Path]) -> None:
    import pandas as pd

    from sootprint.cli.screen import err, out, print_table
    from sootprint.report.permit.files import maxima_table

    settings = permit.settings
    err.print("This calculation says nothing about calm air: the formula is undefined below 0.5 m/s.")
    if settings.ambient_c is None:
        err.print(
            f"ASSUMED: air temperature {settings.ambient:g} °C. State the mean daily maximum of the warmest "
            "month: --ambient DEGREES."
        )
    if settings.top_wind_m_s is None:
        err.print(f"ASSUMED: highest wind u* {settings.top_wind:g} m/s. State it: --top-wind SPEED.")
    table = maxima_table(permit)
    worst = table.loc[table["kind"] == "worst"].sort_values("ratio", ascending=False, kind="stable")
    shown = pd.DataFrame(
        {
            "substance": worst["substance_or_group"],
            "limit_mg_m3": worst["limit_mg_m3"],
            "mark": worst["limit_mark"],
            "ratio": worst["ratio"],
            "with_background": worst["ratio_with_background"],
            "wind_from": worst["wind_from_direction"],
            "wind_m_s": worst["wind_speed"],
            "leading": [str(text).split(";")[0] for text in worst["leading_shares"]],
        }
    )
    if len(shown):
        print_table(shown, "Largest single concentration in parts of the limit, on the grid")
    else:
        err.print("No substance of the inventory has a limit: there is no field in parts of it.")
    quarantined = int((permit.findings["severity"] == "quarantine").sum())
    if quarantined:
        err.print(
            f"{quarantined} rows of the inventory are in quarantine and were not calculated: findings.csv"
        )
    for name in ("sources.csv", "limits.csv", "field.nc", "permit.pdf"):
        out.print(f"{name:<14} {made[name].resolve().as_uri()}", highlight=False, soft_wrap=True)
    maps = [name for name in made if name.startswith("maps/")]
    out.print(f"{'maps':<14} {len(maps)} in {(made['permit.pdf'].parent / 'maps').resolve()}", soft_wrap=True)
