"""Truth of a synthetic city as one file: kept apart from the evidence, read by the scorecard alone."""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import xarray as xr

from sootprint.core.errors import InputError

if TYPE_CHECKING:
    from sootprint.synthetic.city import City

MEMBERS = ("true_rates", "true_contributions", "true_notice", "true_promise")
"""Tables of `truth_tables` that the file holds."""

CALM_MEMBERS = {
    "true_calm": ["time_start"],
    "true_calm_errors": ["source_id", "pollutant", "standard_error_ugm3"],
}
"""Those on the calm episode, with their columns; files from before there was one lack them."""


@dataclass(frozen=True)
class Truth:
    """What a scorecard needs to know of a city.

    Attributes
    ----------
    rate_table : DataFrame
        True and declared mean rates [g s⁻¹]; see `City`.
    truth_contributions : Dataset
        ``contribution`` (time, station, source, pollutant), ``background`` (time, pollutant) [µg m⁻³].
    notice : str
        The sentence that says that the city is synthetic.
    promise : DataFrame
        A promised cut with its truth, see `sootprint.synthetic.promise.promise_table`; empty of none.
    calm : DataFrame
        ``time_start`` of the hours of the calm episode; empty of none.
    calm_errors : DataFrame
        ``source_id``, ``pollutant``, ``standard_error_ugm3``: error of the true mean contribution over posts
        and hours of the episode by the sampling of its random walk [µg m⁻³].
    """

    rate_table: pd.DataFrame
    truth_contributions: xr.Dataset
    notice: str
    promise: pd.DataFrame
    calm: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=CALM_MEMBERS["true_calm"]))
    calm_errors: pd.DataFrame = field(
        default_factory=lambda: pd.DataFrame(columns=CALM_MEMBERS["true_calm_errors"])
    )


def write_truth(city: City, path: str | Path) -> Path:
    """Truth of a city as a zip of Parquet tables; the same city gives the same bytes."""
    from sootprint.synthetic.score import truth_tables

    tables = truth_tables(city)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as packed:
        for name in (*MEMBERS, *CALM_MEMBERS):
            buffer = io.BytesIO()
            tables[name].to_parquet(buffer, index=False, compression="zstd")
            packed.writestr(zipfile.ZipInfo(f"{name}.parquet"), buffer.getvalue())
    return Path(path)


def read_truth(path: str | Path) -> Truth:
    """Truth from a file of `write_truth`.

    Raises
    ------
    InputError
        If it is no such file.
    """
    try:
        with zipfile.ZipFile(path) as packed:
            tables = {name: _table(packed, name) for name in MEMBERS}
            for name, columns in CALM_MEMBERS.items():
                known = f"{name}.parquet" in packed.namelist()
                tables[name] = _table(packed, name) if known else pd.DataFrame(columns=columns)
    except (zipfile.BadZipFile, KeyError, OSError, ValueError) as error:
        raise InputError(
            f"the truth of the synthetic city cannot be read: {error}",
            where=Path(path).name,
            cure="make it with sootprint demo",
        ) from error
    parts = tables["true_contributions"].rename(columns={"time_start": "time", "station_id": "station"})
    base = parts.loc[parts["source_id"] == "background"].set_index(["time", "pollutant"])["value_ugm3"]
    own = parts.loc[parts["source_id"] != "background"].rename(columns={"source_id": "source"})
    own = own.set_index(["time", "station", "source", "pollutant"])["value_ugm3"]
    dataset = xr.Dataset({"contribution": own.to_xarray(), "background": base.to_xarray()})
    notice = str(tables["true_notice"]["notice"].iloc[0])
    return Truth(
        tables["true_rates"],
        dataset,
        notice,
        tables["true_promise"],
        tables["true_calm"],
        tables["true_calm_errors"],
    )


def _table(packed: zipfile.ZipFile, name: str) -> pd.DataFrame:
    return pd.read_parquet(io.BytesIO(packed.read(f"{name}.parquet")))
