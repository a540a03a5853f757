"""Source–receptor operator: the concentration at a receptor for a unit emission of a source."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, partial
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

import sootprint
from sootprint.core.errors import ConfigError, InputError
from sootprint.core.geo import project, utm_crs
from sootprint.dispersion.elements import elements_of
from sootprint.dispersion.engines.arrays import Floats, Receptors, Settings
from sootprint.dispersion.engines.plume import forward
from sootprint.dispersion.hours import REASONS, column, hour_arrays, ordered
from sootprint.dispersion.layered import (
    LAYERED,
    LayeredOptions,
    hours_of,
    layered_operator,
    layered_options,
    scene_of,
)
from sootprint.dispersion.options import PlumeOptions, plume_options

if TYPE_CHECKING:
    import xarray as xr

LandUse = Literal["urban", "rural"]
PHYSICS = ("briggs1973", "aermod", "improved")
"""Physics that the engine ``plume`` knows."""


def operator(
    sources: pd.DataFrame,
    receptors: pd.DataFrame,
    weather: pd.DataFrame,
    *,
    crs: str | None = None,
    physics: str = "briggs1973",
    land_use: LandUse = "urban",
    options: PlumeOptions | LayeredOptions | Mapping[str, Any] | None = None,
    profiles: pd.DataFrame | None = None,
    buildings: pd.DataFrame | None = None,
) -> xr.Dataset:
    r"""Operator H(time, receptor, source) [s m⁻³] of the steady plume.

    With physics ``briggs1973``, for screening where wind and a stability class are all that is known,

    .. math:: H = \frac{1}{u}\,\frac{e^{-y^2 / 2\sigma_y^2}}{\sqrt{2\pi}\,\sigma_y}\; V(z, h_e, \sigma_z, h)

    with x along the wind, y across it and z up [m], the wind u at the release height [m s⁻¹], the
    effective height h_e and the lid h; widths of Briggs (1973), rise of Briggs (1969, 1971, 1975). The
    concentration [g m⁻³] is the sum over sources of H times the emission [g s⁻¹].

    With physics ``aermod`` the boundary layer is described by its profiles and the plume is that of US EPA's
    AERMOD; ``improved`` departs from it where decision note 17 says. See ``docs/engines/plume-aermod.md``.

    Parameters
    ----------
    sources : DataFrame
        Table ``sources``.
    receptors : DataFrame
        ``receptor_id``, ``lon``, ``lat`` [degrees] and ``height_m`` above ground; for terrain also
        ``elevation_m`` and ``hill_height_m``.
    weather : DataFrame
        One row an hour: table ``weather`` with stability class and mixing height for ``briggs1973``, table
        ``boundary_layer`` for the others.
    crs : str, optional
        Projected CRS in metres; by default the UTM zone of the mean of the sources.
    physics : {"briggs1973", "aermod", "improved"}
        Name of the physics.
    land_use : {"urban", "rural"}
        Set of widths and wind exponents; with ``aermod``, whether a city keeps its night air mixed.
    options : PlumeOptions, LayeredOptions or mapping, optional
        Choices of the engine: of the kind that belongs to the physics.
    profiles : DataFrame, optional
        Table ``profiles``: what a mast measured above ground. Not for ``briggs1973``.
    buildings : DataFrame, optional
        Table ``building_dimensions``. Not for ``briggs1973``.

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
    plan = plan_of(
        sources,
        receptors,
        crs=crs,
        physics=physics,
        land_use=land_use,
        options=options,
        profiles=profiles,
        buildings=buildings,
    )
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
    options: PlumeOptions | LayeredOptions | Mapping[str, Any] | None = None,
    profiles: pd.DataFrame | None = None,
    buildings: pd.DataFrame | None = None,
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
    plan = plan_of(
        sources,
        receptors,
        crs=crs,
        physics=physics,
        land_use=land_use,
        options=options,
        profiles=profiles,
        buildings=buildings,
    )
    for _, made in planned_blocks(plan, weather, hours):
        yield made()


def planned_blocks(
    plan: _Plan, weather: pd.DataFrame, hours: int
) -> Iterator[tuple[str, Callable[[], xr.Dataset]]]:
    """Fingerprint of each block of hours, and the function that computes it."""
    table = ordered(weather)
    for start in range(0, len(table), hours):
        block = table.iloc[start : start + hours].reset_index(drop=True)
        yield plan.fingerprint(block), partial(plan.dataset, block)


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


def plan_of(
    sources: pd.DataFrame,
    receptors: pd.DataFrame,
    *,
    crs: str | None = None,
    physics: str = "briggs1973",
    land_use: str = "urban",
    options: Any = None,
    profiles: pd.DataFrame | None = None,
    buildings: pd.DataFrame | None = None,
) -> _Plan:
    """Sources and receptors made ready, with the arguments and errors of `operator`."""
    if physics not in PHYSICS:
        raise ConfigError(f"physics {physics!r} is not known", cure=f"one of: {', '.join(PHYSICS)}")
    if land_use not in ("urban", "rural"):
        raise ConfigError(f"land use {land_use!r} is not known", cure="urban or rural")
    if sources.empty:
        raise InputError("there is no source", cure="give at least one")
    if physics in LAYERED:
        return _LayeredPlan(sources, receptors, crs, physics, land_use, options, profiles, buildings)
    for name, table in (("profiles", profiles), ("buildings", buildings)):
        if table is not None and not table.empty:
            raise ConfigError(
                f"physics {physics!r} takes no {name}", cure=f"leave {name} out, or use physics 'aermod'"
            )
    return _GaussianPlan(sources, receptors, crs, physics, land_use, options)


@dataclass(frozen=True)
class Prepared:
    """Arrays of a set of hours: of the weather, the reason of each, all inputs, further attributes."""

    weather: Any
    reason: NDArray[np.str_]
    inputs: tuple[NamedTuple, ...]
    attributes: dict[str, Any]


class _Plan:
    """Sources and receptors made ready once, for any number of hours."""

    options: PlumeOptions | LayeredOptions

    def __init__(
        self, sources: pd.DataFrame, receptors: pd.DataFrame, crs: str | None, physics: str, land_use: str
    ) -> None:
        lon, lat = float(sources["lon"].mean()), float(sources["lat"].mean())
        self.crs = crs or utm_crs(lon, lat)
        self.convergence = grid_convergence(lon, lat, self.crs)
        self.physics, self.land_use = physics, land_use
        self.source_ids = sources["source_id"].astype(str).to_numpy(object)
        self.receptor_ids = receptors["receptor_id"].astype(str).to_numpy(object)
        self.receptors = _receptor_arrays(receptors, self.crs)

    def prepared(self, weather: pd.DataFrame) -> Prepared:
        """Arrays of a set of hours."""
        raise NotImplementedError

    def computed(self, hours: Prepared) -> tuple[Floats, Floats]:
        """Operator and share above the lid of a set of hours."""
        raise NotImplementedError

    def fingerprint(self, weather: pd.DataFrame) -> str:
        """Hash of all that a set of hours is computed from; nothing is computed."""
        return self._hash(self.prepared(weather).inputs)

    def dataset(self, weather: pd.DataFrame) -> xr.Dataset:
        import xarray as xr

        hours = self.prepared(weather)
        values, above = self.computed(hours)
        reason = hours.reason
        counts = {name: int((reason == name).sum()) for name in REASONS}
        made = xr.Dataset(
            {
                "H": (
                    ("time", "receptor", "source"),
                    values,
                    {"units": "s m-3", "long_name": "concentration for a unit emission"},
                ),
                "reason": (
                    "time",
                    reason,
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
            "inputs_sha256": self._hash(hours.inputs),
            "hours": json.dumps(counts),
            **hours.attributes,
        }
        return made

    def _hash(self, inputs: tuple[NamedTuple, ...]) -> str:
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
        for part in inputs:
            digest.update(_canonical_bytes(part))
        return digest.hexdigest()


class _GaussianPlan(_Plan):
    """Physics ``briggs1973``."""

    def __init__(
        self,
        sources: pd.DataFrame,
        receptors: pd.DataFrame,
        crs: str | None,
        physics: str,
        land_use: str,
        options: Any,
    ) -> None:
        super().__init__(sources, receptors, crs, physics, land_use)
        self.options = plume_options(options)
        self.elements = elements_of(sources, self.crs, self.options)
        self.settings = Settings(
            urban=int(land_use == "urban"),
            downwash=int(self.options.stack_tip_downwash),
            gradual=int(self.options.gradual_rise),
            spread=int(self.options.buoyancy_induced_dispersion),
            lowest_height=float(self.options.lowest_wind_height_m),
            nearest=float(self.options.nearest_m),
            panels_per_octave=int(self.options.panels_per_octave),
        )

    def prepared(self, weather: pd.DataFrame) -> Prepared:
        assert isinstance(self.options, PlumeOptions)
        rises = bool((self.elements.exit_velocity > 0.0).any())
        hours, reason, assumed = hour_arrays(
            weather, self.options, urban=self.settings.urban, rises=rises, convergence=self.convergence
        )
        more = {"hours_with_assumed_measurement_height": assumed}
        return Prepared(hours, np.array(REASONS)[reason], (self.elements, self.receptors, hours), more)

    def computed(self, hours: Prepared) -> tuple[Floats, Floats]:
        return forward(
            hours.weather,
            self.receptors,
            self.elements,
            self.settings,
            sources=len(self.source_ids),
            threads=self.options.threads,
        )


class _LayeredPlan(_Plan):
    """Physics ``aermod`` and ``improved``."""

    def __init__(
        self,
        sources: pd.DataFrame,
        receptors: pd.DataFrame,
        crs: str | None,
        physics: str,
        land_use: str,
        options: Any,
        profiles: pd.DataFrame | None,
        buildings: pd.DataFrame | None,
    ) -> None:
        super().__init__(sources, receptors, crs, physics, land_use)
        self.options = layered_options(options)
        self.profiles = profiles
        self.scene = scene_of(
            sources,
            receptors,
            (self.receptors.x, self.receptors.y, self.receptors.z),
            self.crs,
            urban=land_use == "urban",
            options=self.options,
            buildings=buildings,
        )

    def prepared(self, weather: pd.DataFrame) -> Prepared:
        assert isinstance(self.options, LayeredOptions)
        hours, reason = hours_of(
            weather,
            self.profiles,
            urban=self.land_use == "urban",
            convergence=self.convergence,
            physics=self.physics,
            options=self.options,
        )
        level = bool(self.scene.emitters.flat.all())
        inputs = (self.scene.emitters, self.scene.receivers, hours)
        return Prepared(hours, reason, inputs, {"terrain": "level" if level else "used"})

    def computed(self, hours: Prepared) -> tuple[Floats, Floats]:
        assert isinstance(self.options, LayeredOptions)
        return layered_operator(hours.weather, self.scene, len(self.source_ids), self.options)


def _canonical_bytes(part: NamedTuple) -> bytes:
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
