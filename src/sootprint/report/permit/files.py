"""Files of a permit calculation: tables as CSV, the field as NetCDF, the summary, maps and document."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from sootprint.report.permit.document import write_document
from sootprint.report.permit.model import Permit


def write_permit(permit: Permit, folder: Path, *, language: str = "en") -> dict[str, Path]:
    """All files of a calculation; the same calculation gives the same bytes.

    Parameters
    ----------
    permit : Permit
        The calculation.
    folder : Path
        Folder to write to; made where it is absent.
    language : {"en", "ru", "kk"}
        Language of the document and maps; the tables keep their English names.

    Returns
    -------
    dict of str to Path
        Files by their names.
    """
    folder.mkdir(parents=True, exist_ok=True)
    made: dict[str, Path] = {}
    tables = {
        "sources.csv": sources_table(permit),
        "maxima.csv": maxima_table(permit),
        "contributions.csv": permit.contributions,
        "limits.csv": permit.permitted,
        "needed.csv": permit.needed,
        "zone.csv": permit.zone,
        "findings.csv": permit.findings,
    }
    for name, table in tables.items():
        made[name] = folder / name
        table.to_csv(made[name], index=False, lineterminator="\n")
    made["field.nc"] = folder / "field.nc"
    write_field(permit, made["field.nc"])
    made["permit.json"] = folder / "permit.json"
    text = json.dumps(summary(permit), ensure_ascii=False, indent=1, sort_keys=True, allow_nan=False)
    made["permit.json"].write_text(text + "\n", encoding="utf-8", newline="\n")
    made["permit.pdf"] = write_document(permit, folder, language=language)
    for path in sorted((folder / "maps").glob("*.svg")):
        made[f"maps/{path.name}"] = path
    return made


def sources_table(permit: Permit) -> pd.DataFrame:
    """Table ``ond86_sources`` with ``calculation_needed`` of the plant and pollutant."""
    needed = permit.needed[["facility_id", "pollutant", "needed"]].rename(
        columns={"needed": "calculation_needed"}
    )
    table = permit.sources.assign(facility_id=permit.sources["facility_id"].fillna(""))
    return table.merge(needed, on=["facility_id", "pollutant"], how="left")


def maxima_table(permit: Permit) -> pd.DataFrame:
    """Places of the largest values with wind, limit and the three leading sources with their shares."""
    made = permit.points.merge(
        permit.places[["point_id", "name", "kind", "lon", "lat"]], on="point_id", how="left"
    )
    limits = permit.limits
    known = made["substance_or_group"].isin(limits.index)
    names = made["substance_or_group"].where(known)
    made = made.assign(
        limit_mg_m3=names.map(limits["mpc_mg_m3"]).astype(float), limit_mark=names.map(limits["mark"])
    )
    leading = {
        key: "; ".join(f"{row.source_id} {row.share:.4f}" for row in part.head(3).itertuples(index=False))
        for key, part in permit.contributions.groupby(["point_id", "substance_or_group"], sort=False)
    }
    keys = zip(made["point_id"], made["substance_or_group"], strict=True)
    return made.assign(leading_shares=[leading.get(key, "") for key in keys])


def write_field(permit: Permit, path: Path) -> None:
    """Field as NetCDF 4 with its CRS and settings."""
    data = permit.fields.copy()
    data.attrs |= {
        "crs": permit.crs,
        "inventory_sha256": permit.inputs[0].sha256,
        "title": "largest single concentration of 20-30 minutes in the worst wind; nothing for calm air",
    }
    data.attrs = {
        name: str(value) if isinstance(value, bool) else value for name, value in data.attrs.items()
    }
    wide = [name for name in data.data_vars if data[name].dtype == "float64"]
    coding = {name: {"dtype": "float32", "zlib": True, "complevel": 4} for name in wide}
    data.to_netcdf(path, engine="h5netcdf", encoding=coding)


def summary(permit: Permit) -> dict[str, Any]:
    """Settings, input files, largest values and counts, ready for JSON."""
    settings = permit.settings
    worst = maxima_table(permit)
    worst = worst.loc[worst["kind"] == "worst"]
    columns = [
        "substance_or_group", "ratio", "ratio_with_background", "concentration_mg_m3", "limit_mg_m3",
        "limit_mark", "wind_from_direction", "wind_speed", "lon", "lat", "leading_shares",
    ]  # fmt: skip
    return {
        "method": settings.method,
        "ambient_c": settings.ambient,
        "ambient_stated": settings.ambient_c is not None,
        "top_wind_m_s": settings.top_wind,
        "top_wind_stated": settings.top_wind_m_s is not None,
        "region_coefficient": settings.region_coefficient,
        "region_mark": settings.region_mark,
        "relief": settings.relief,
        "basis": settings.basis,
        "rule": settings.rule,
        "crs": permit.crs,
        "version": permit.version,
        "inputs": [{"role": item.role, "file": item.name, "sha256": item.sha256} for item in permit.inputs],
        "sources": int(permit.sources["source_id"].nunique()),
        "rows": len(permit.sources),
        "rows_in_quarantine": int((permit.findings["severity"] == "quarantine").sum()),
        "largest": [plain_row(row) for row in worst[columns].to_dict("records")],
        "zone": [plain_row(row) for row in permit.zone.to_dict("records")],
        "says_nothing_of": "calm air: the formula is undefined below 0.5 m/s",
    }


def plain_row(row: Mapping[Any, Any]) -> dict[str, Any]:
    """Row with missing numbers as null."""
    made: dict[str, Any] = {}
    for name, value in row.items():
        if value is None or value is pd.NA or (isinstance(value, float) and not math.isfinite(value)):
            made[str(name)] = None
        else:
            made[str(name)] = value.item() if hasattr(value, "item") else value
    return made
