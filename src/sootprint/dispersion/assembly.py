"""Source–receptor operator: the concentration at a receptor for a unit emission of a source."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterator, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

import sootprint
from sootprint.core.errors import ConfigError, InputError
from sootprint.core.geo import project, utm_crs
from sootprint.dispersion.elements import elements_of
from sootprint.dispersion.engines.arrays import Elements, Hours, Receptors, Settings
from sootprint.dispersion.engines.plume import forward
from sootprint.dispersion.hours import REASONS, column, hour_arrays, ordered
from sootprint.dispersion.options import PlumeOptions, plume_options

if TYPE_CHECKING:
    import xarray as xr

LandUse = Literal["urban", "rural"]
PHYSICS = ("briggs1973",)
"""Physics that the engine ``plume`` knows."""


def operator(
    sources: pd.DataFrame,
    receptors: pd.DataFrame,
    weather: pd.DataFrame,
    *,
    crs: str | None = None,
    physics: str = "briggs1973",
    land_use: LandUse = "urban",
    options: PlumeOptions | Mapping[str, Any] | None = None,
) -> xr.Dataset:
    r"""Operator H(time, receptor, source) [s m⁻³] of the steady Gaussian plume.

    .. math:: H = \frac{1}{u}\,\frac{e^{-y^2 / 2\sigma_y^2}}{\sqrt{2\pi}\,\sigma_y}\; V(z, h_e, \sigma_z, h)

    with x along the wind, y across it and z up [m], the wind u at the release height [m s⁻¹], the
    effective height h_e and the lid h; widths of Briggs (1973), rise of Briggs (1969, 1971, 1975). The
    concentration [g m⁻³] is the sum over sources of H times the emission [g s⁻¹].

    Parameters
    ----------
    sources : DataFrame
        Table ``sources``.
    receptors : DataFrame
        ``receptor_id``, ``lon``, ``lat`` [degrees] and ``height_m`` above ground.
    weather : DataFrame
        Table ``weather``, one row an hour, with stability class and mixing height.
    crs : str, optional
        Projected CRS in metres; by default the UTM zone of the mean of the sources.
    physics : {"briggs1973"}
        Name of the physics.
    land_use : {"urban", "rural"}
        Set of widths and wind exponents.
    options : PlumeOptions or mapping, optional
        Choices of the engine.

    Returns
    -------
    Dataset
        ``H`` (time, receptor, source), NaN in every hour that cannot be served; ``reason`` (time), why;
        ``above_lid`` (time, source), the share of the emission that ends at or above the lid [1].
        Attributes hold engine, physics, version, options and the hash of the inputs.

    Raises
    ------
    InputError
        If a source or receptor lacks what it needs, or an hour occurs twice.
    ConfigError
        If the physics, the land use or an option is not known.

    Notes
    -----
    Valid from about 100 m to 10 km, over even ground, in wind above ``calm_m_s``; the plume is straight and
    steady over the hour and remembers nothing of the hour before. See ``docs/engines/plume-briggs1973.md``.

    References
    ----------
    .. [1] Briggs, G. A. (1973). Diffusion estimation for small emissions. ATDL 79; doi:10.2172/5118833.
    .. [2] US EPA (1995). ISC3 user's guide, volume II, EPA-454/B-95-003b.
    """
    plan = _Plan(sources, receptors, crs, physics, land_use, plume_options(options))
    return plan.dataset(ordered(weather))


def operator_blocks(
    sources: pd.DataFrame,
    receptors: pd.DataFrame,
    weather: pd.DataFrame,
    *,
    hours: int = 744,
    crs: str | None = None,
    physics: str = "briggs1973",
    land_use: LandUse = "urban",
    options: PlumeOptions | Mapping[str, Any] | None = None,
) -> Iterator[xr.Dataset]:
    """Operator in blocks of hours, each as from `operator`, so that memory stays bounded.

    Parameters
    ----------
    hours : int
        Hours a block.

    Other parameters, returns and raises as in `operator`; the hash of each block is that of its own hours.
    """
    if hours < 1:
        raise ConfigError(f"a block has {hours} hours", rule="at least 1", cure="change hours")
    plan = _Plan(sources, receptors, crs, physics, land_use, plume_options(options))
    table = ordered(weather)
    for start in range(0, len(table), hours):
        yield plan.dataset(table.iloc[start : start + hours].reset_index(drop=True))


def operator_hours(dataset: xr.Dataset) -> pd.DataFrame:
    """Table ``operator_hours``: each hour and whether it was served, or why not."""
    from sootprint.core.schema import check

    return check(
        pd.DataFrame({"time_start": dataset["time"].values, "reason": dataset["reason"].values.astype(str)}),
        "operator_hours",
    )


@cache
def grid_convergence(lon: float, lat: float, crs: str) -> float:
    """Angle from true north to grid north at a place [rad], clockwise."""
    from pyproj import Proj

    factors = Proj(crs).get_factors(lon, lat)
    return math.radians(float(factors.meridian_convergence))


class _Plan:
    """Sources and receptors made ready once, for any number of hours."""

    def __init__(
        self,
        sources: pd.DataFrame,
        receptors: pd.DataFrame,
        crs: str | None,
        physics: str,
        land_use: str,
        options: PlumeOptions,
    ) -> None:
        if physics not in PHYSICS:
            raise ConfigError(f"physics {physics!r} is not known", cure=f"one of: {', '.join(PHYSICS)}")
        if land_use not in ("urban", "rural"):
            raise ConfigError(f"land use {land_use!r} is not known", cure="urban or rural")
        if sources.empty:
            raise InputError("there is no source", cure="give at least one")
        lon, lat = float(sources["lon"].mean()), float(sources["lat"].mean())
        self.crs = crs or utm_crs(lon, lat)
        self.convergence = grid_convergence(lon, lat, self.crs)
        self.physics, self.land_use, self.options = physics, land_use, options
        self.source_ids = sources["source_id"].astype(str).to_numpy(object)
        self.receptor_ids = receptors["receptor_id"].astype(str).to_numpy(object)
        self.elements = elements_of(sources, self.crs, options)
        self.receptors = _receptor_arrays(receptors, self.crs)
        self.settings = Settings(
            urban=int(land_use == "urban"),
            downwash=int(options.stack_tip_downwash),
            gradual=int(options.gradual_rise),
            spread=int(options.buoyancy_induced_dispersion),
            lowest_height=float(options.lowest_wind_height_m),
            nearest=float(options.nearest_m),
            panels_per_octave=int(options.panels_per_octave),
        )

    def dataset(self, weather: pd.DataFrame) -> xr.Dataset:
        import xarray as xr

        rises = bool((self.elements.exit_velocity > 0.0).any())
        hours, reason, assumed = hour_arrays(
            weather, self.options, urban=self.settings.urban, rises=rises, convergence=self.convergence
        )
        values, above = forward(
            hours,
            self.receptors,
            self.elements,
            self.settings,
            sources=len(self.source_ids),
            threads=self.options.threads,
        )
        counts = {name: int((reason == code).sum()) for code, name in enumerate(REASONS)}
        made = xr.Dataset(
            {
                "H": (
                    ("time", "receptor", "source"),
                    values,
                    {"units": "s m-3", "long_name": "concentration for a unit emission"},
                ),
                "reason": (
                    "time",
                    np.array(REASONS)[reason],
                    {"long_name": "whether the engine served the hour, or why not"},
                ),
                "above_lid": (
                    ("time", "source"),
                    above,
                    {"units": "1", "long_name": "share of the emission that ends at or above the lid"},
                ),
            },
            coords={
                "time": ("time", weather["time_start"].to_numpy("datetime64[us]"), {"standard_name": "time"}),
                "receptor": ("receptor", self.receptor_ids),
                "source": ("source", self.source_ids),
            },
        )
        made.attrs = {
            "engine": "plume",
            "physics": self.physics,
            "version": sootprint.__version__,
            "land_use": self.land_use,
            "crs": self.crs,
            "options": json.dumps(self.options.physics(), sort_keys=True),
            "inputs_sha256": self._hash(hours),
            "hours": json.dumps(counts),
            "hours_with_assumed_measurement_height": assumed,
        }
        return made

    def _hash(self, hours: Hours) -> str:
        head = {
            "engine": "plume",
            "physics": self.physics,
            "version": sootprint.__version__,
            "land_use": self.land_use,
            "crs": self.crs,
            "options": self.options.physics(),
            "sources": list(self.source_ids),
            "receptors": list(self.receptor_ids),
        }
        digest = hashlib.sha256(json.dumps(head, sort_keys=True).encode())
        for part in (self.elements, self.receptors, hours):
            digest.update(_canonical_bytes(part))
        return digest.hexdigest()


def _canonical_bytes(part: Elements | Receptors | Hours) -> bytes:
    """Names, shapes and little-endian bytes of the arrays; every NaN and zero written one way."""
    made = b""
    for name, values in zip(part._fields, part, strict=True):
        kind = "<i8" if values.dtype.kind == "i" else "<f8"
        plain = np.where(np.isnan(values), np.nan, values + 0.0) if kind == "<f8" else values
        made += f"{name}{values.shape}".encode() + np.ascontiguousarray(plain, dtype=kind).tobytes()
    return made


def _receptor_arrays(receptors: pd.DataFrame, crs: str) -> Receptors:
    if receptors.empty:
        raise InputError("there is no receptor", cure="give at least one")
    if receptors["receptor_id"].duplicated().any():
        twice = receptors.loc[receptors["receptor_id"].duplicated(), "receptor_id"].iloc[0]
        raise InputError(f"receptor {twice} occurs twice", rule="receptor_id is unique", cure="rename one")
    lon, lat, height = (column(receptors, name) for name in ("lon", "lat", "height_m"))
    for name, values in (("lon", lon), ("lat", lat), ("height_m", height)):
        bad = ~np.isfinite(values) | ((name == "height_m") & (values < 0.0))
        if bad.any():
            raise InputError(
                f"receptor {receptors['receptor_id'].to_numpy()[bad][0]} has no valid {name}",
                rule="a receptor has a place and a height above ground",
                cure=f"fill {name}",
            )
    x, y = project(lon, lat, crs)
    return Receptors(x=x, y=y, z=height)
