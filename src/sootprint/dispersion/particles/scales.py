r"""Scales of every hour's surface layer: what the weather states, and what it lets be worked out.

Stated u\*, L and w\* are kept. Where there are none, by day the heat flux comes from sun and cloud [1], in
other hours L from the stability class [2] and u\* from the wind, but not under the one of stable air in low
wind [3]: an hour without wind has turbulence too.

References
----------
.. [1] Holtslag, A. A. M. & van Ulden, A. P. (1983),
   doi:10.1175/1520-0450(1983)022<0517:ASSFDE>2.0.CO;2.
.. [2] Golder, D. (1972), doi:10.1007/BF00769106; lines as in Seinfeld & Pandis (2006), eq. 16.83.
.. [3] Qian, W. & Venkatram, A. (2011), doi:10.1007/s10546-010-9565-1.
.. [4] Venkatram, A. (1980), doi:10.1007/BF00122347.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sootprint.core.constants import GRAVITY, HEAT_CAPACITY_DRY_AIR, VON_KARMAN
from sootprint.dispersion.engines.arrays import Floats, Integers
from sootprint.dispersion.hours import column
from sootprint.dispersion.particles.column_options import ALBEDO, BOWEN_RATIO, ColumnOptions
from sootprint.dispersion.particles.turbulence import LOGARITHMIC, friction_of
from sootprint.weather import surface_fluxes as fluxes
from sootprint.weather.hourly_inputs import fill_short_gaps
from sootprint.weather.mixing_heights import convective_velocity
from sootprint.weather.solar import solar_elevation
from sootprint.weather.stability import CLASSES, GOLDER_INTERCEPT, GOLDER_SLOPE, stability_class
from sootprint.weather.surface_layer import ROUGHNESS_LENGTH, land_use_key

Mask = NDArray[np.bool_]

REASONS = (
    "served",
    "missing wind",
    "variable direction",
    "missing temperature",
    "missing stability",
    "missing heat flux",
    "missing mixing height",
)
"""Reasons in the order of their codes."""
SERVED, NO_WIND, VARIABLE, NO_TEMPERATURE, NO_STABILITY, NO_HEAT, NO_LID = range(7)

ACTED = (
    "no wind",
    "variable direction",
    "scales worked out",
    "least friction velocity",
    "low-wind friction velocity",
    "free convection wind",
    "limited temperature scale",
    "bounded length",
    "least lid",
    "estimated lid",
    "bridged lid",
    "assumed roughness",
    "assumed measurement height",
    "assumed cloud",
    "assumed temperature",
    "least sigma_w in the layer",
    "least sigma_w aloft",
    "least sigma_v",
    "meander",
)
"""What was done to an hour, in the order of the columns of `Columns.acted`."""

LITTLE = 1e-6
"""Wind [m s⁻¹] that stands for its limit 0 in formulas that divide by it."""
WORDS = {name: number for number, name in enumerate(ACTED)}
LAYER_COLUMN = "mechanical_mixing_height"
"""Column by which a table ``boundary_layer`` is told from a table ``weather``."""


@dataclass
class Scales:
    """Scales of each hour (hour,), SI; NaN is missing.

    Attributes
    ----------
    friction, convective, length, roughness : array
        u* and w* [m s⁻¹], L and z₀ [m].
    convective_height, mechanical_height : array
        Mixing heights [m].
    gradient_above : array
        Potential temperature gradient above a convective layer [K m⁻¹].
    speed, direction, height : array
        Wind [m s⁻¹], where it comes from [degrees from true north], anemometer [m].
    temperature, temperature_height : array
        [K], [m].
    least_gradient : array
        Least potential temperature gradient near the ground of a stable hour [K m⁻¹].
    reason : array of int64
        Index of `REASONS`.
    acted : array of bool (hour, `ACTED`)
        What was done.
    """

    friction: Floats
    convective: Floats
    length: Floats
    roughness: Floats
    convective_height: Floats
    mechanical_height: Floats
    gradient_above: Floats
    speed: Floats
    direction: Floats
    height: Floats
    temperature: Floats
    temperature_height: Floats
    least_gradient: Floats
    reason: Integers
    acted: Mask

    def mark(self, word: str, where: Mask) -> None:
        """Note what was done in some hours."""
        self.acted[:, WORDS[word]] |= where


def surface_scales(
    table: pd.DataFrame,
    options: ColumnOptions,
    *,
    land_use: str,
    place: tuple[float, float] | None,
    directed: Mask,
) -> Scales:
    """Scales of the hours of a table ``boundary_layer`` or ``weather``.

    Parameters
    ----------
    table : DataFrame
        In the order of time.
    options : ColumnOptions
        Floors, bounds and assumptions.
    land_use : {"urban", "rural"}
        For roughness, albedo and Bowen ratio where none is stated.
    place : (longitude, latitude), optional
        For the height of the sun [degrees].
    directed : array of bool (hour,)
        Hours in which a mast states a direction.
    """
    land_use_key(land_use)
    made = _stated(table, options, land_use)
    cloud = column(table, "cloud")
    if options.cloud_when_missing is not None:
        cloud = np.where(np.isnan(cloud), options.cloud_when_missing, cloud)
    flux = _heat_flux(table, made, cloud, options, land_use, place)
    stated = _class_numbers(table)
    known = (made.friction > 0.0) & np.isfinite(made.length) & (made.length != 0.0)
    cold = (flux <= 0.0) | (column(table, "albedo") >= 1.0) | (_elevation(table, place) <= 0.0)
    warmed = ((flux > 0.0) & ~(stated >= 4.0)) | ((stated <= 2.0) & ~cold)
    unstable = np.where(known, made.length < 0.0, warmed)
    stable = np.where(known, made.length > 0.0, ((stated >= 3.0) | cold) & ~warmed)
    classes = np.where(np.isnan(stated), _night_class(made.speed, cloud), stated)
    _lids(made, unstable, options)
    density = fluxes.air_density(_pressure(table, options), made.temperature)
    heated = unstable & ~known & (flux > 0.0)
    _heated(made, heated, flux, density, options)
    by_class = unstable & ~known & ~heated
    _of_class(made, by_class, classes, density, options)
    _cool(made, stable & ~known, classes, cloud, options)
    made.mark("scales worked out", ~known & (unstable | stable))
    made.mark("assumed cloud", ~known & (unstable | stable) & np.isnan(column(table, "cloud")))
    _bound(made, unstable, stable, options)
    _reasons(made, unstable, stable, by_class, directed, options)
    return made


def _stated(table: pd.DataFrame, options: ColumnOptions, land_use: str) -> Scales:
    get = {
        name: column(table, name)
        for name in (
            "friction_velocity",
            "convective_velocity",
            "obukhov_length",
            "roughness_length",
            "wind_speed",
            "wind_from_direction",
            "measurement_height",
            "air_temperature",
            "temperature_height",
            "potential_temperature_gradient",
        )
    }
    of_layer = LAYER_COLUMN in table
    depth = ("convective_mixing_height", LAYER_COLUMN) if of_layer else ("mixing_height", "mixing_height")
    no_ground, no_mast = ~(get["roughness_length"] > 0.0), ~(get["measurement_height"] > 0.0)
    no_thermometer = ~(get["temperature_height"] >= 0.0)
    no_temperature = ~(get["air_temperature"] > 0.0)
    ground = options.roughness_length or ROUGHNESS_LENGTH[land_use]
    kelvin = np.nan if options.temperature_when_missing is None else options.temperature_when_missing
    made = Scales(
        friction=get["friction_velocity"],
        convective=get["convective_velocity"],
        length=get["obukhov_length"],
        roughness=np.where(no_ground, ground, get["roughness_length"]),
        convective_height=column(table, depth[0]),
        mechanical_height=column(table, depth[1]),
        gradient_above=np.fmax(get["potential_temperature_gradient"], options.gradient_above),
        speed=get["wind_speed"],
        direction=get["wind_from_direction"],
        height=np.where(no_mast, options.measurement_height, get["measurement_height"]),
        temperature=np.where(no_temperature, kelvin, get["air_temperature"]),
        temperature_height=np.where(no_thermometer, options.temperature_height, get["temperature_height"]),
        least_gradient=np.zeros(len(table)),
        reason=np.full(len(table), SERVED, dtype=np.int64),
        acted=np.zeros((len(table), len(ACTED)), dtype=bool),
    )
    made.mark("assumed roughness", no_ground)
    made.mark("assumed measurement height", no_mast)
    made.mark("assumed temperature", no_temperature & np.isfinite(made.temperature))
    return made


def _pressure(table: pd.DataFrame, options: ColumnOptions) -> Floats:
    stated = column(table, "pressure")
    return np.where(np.isnan(stated), options.pressure, stated)


def _class_numbers(table: pd.DataFrame) -> Floats:
    """Class A to F as 0 to 5, NaN where none is stated."""
    if "stability_class" not in table:
        return np.full(len(table), np.nan)
    numbers = {name: float(number) for number, name in enumerate(CLASSES.tolist())}
    return table["stability_class"].astype("string").map(numbers).to_numpy(float, na_value=np.nan)


def _night_class(speed: Floats, cloud: Floats) -> Floats:
    """Number of the class of a night by Turner's key; without wind F, or D under an overcast sky."""
    names = stability_class(speed, np.full(len(speed), -10.0), night=np.ones(len(speed), bool), cloud=cloud)
    index = np.searchsorted(CLASSES, names)
    return np.where(names == "", np.nan, index.astype(float))


def _elevation(table: pd.DataFrame, place: tuple[float, float] | None) -> Floats:
    if place is None:
        return np.full(len(table), np.nan)
    middle = table["time_start"] + pd.Timedelta(minutes=30)
    return solar_elevation(middle, *place)


def _heat_flux(
    table: pd.DataFrame,
    made: Scales,
    cloud: Floats,
    options: ColumnOptions,
    land_use: str,
    place: tuple[float, float] | None,
) -> Floats:
    """Sensible heat flux [W m⁻²]: stated, of a stated w*, or by day of sun and cloud; NaN at night."""
    elevation = _elevation(table, place)
    high = ALBEDO[land_use] if options.albedo is None else options.albedo
    by_sun = fluxes.albedo_under_sun(high, elevation) if place is not None else np.full(len(table), high)
    stated = column(table, "albedo")
    albedo = np.where(np.isnan(stated), by_sun, stated)
    bowen = column(table, "bowen_ratio")
    dry = BOWEN_RATIO[land_use] if options.bowen_ratio is None else options.bowen_ratio
    bowen = np.where(np.isnan(bowen) | (bowen == 0.0), dry, bowen)
    measured = column(table, "radiation")
    with np.errstate(invalid="ignore"):
        sun = np.where(np.isnan(measured), fluxes.solar_radiation(elevation, cloud), measured)
        net = fluxes.net_radiation(albedo, sun, made.temperature, cloud)
        by_day = fluxes.sensible_heat_flux(net, bowen, ground_share=options.ground_share)
        by_day = np.where((elevation > 0.0) | (np.isnan(elevation) & (measured > 0.0)), by_day, np.nan)
    density = fluxes.air_density(_pressure(table, options), made.temperature)
    height = column(table, "convective_mixing_height")
    with np.errstate(invalid="ignore"):
        height = np.where(height > 0.0, height, np.nan)
    of_convection = (
        made.convective**3 * density * HEAT_CAPACITY_DRY_AIR * made.temperature / (GRAVITY * height)
    )
    known = column(table, "sensible_heat_flux")
    known = np.where(np.isnan(known), np.where(of_convection > 0.0, of_convection, np.nan), known)
    return np.where(np.isnan(known), by_day, known)


def _lids(made: Scales, unstable: Mask, options: ColumnOptions) -> None:
    """Short gaps of the convective mixing height are interpolated; shear takes it where it has none."""
    bridged, filled = fill_short_gaps(made.convective_height, options.bridged_hours)
    take = filled & unstable
    made.convective_height = np.where(take, bridged, made.convective_height)
    made.mark("bridged lid", take)
    absent = unstable & np.isnan(made.mechanical_height)
    made.mechanical_height = np.where(absent, made.convective_height, made.mechanical_height)


def _mast(made: Scales) -> tuple[Floats, Floats]:
    """Wind and its height, carried up to the logarithmic layer along the line on which it lies below."""
    height = np.maximum(made.height, LOGARITHMIC * made.roughness)
    return made.speed * height / made.height, height


def _heated(made: Scales, hours: Mask, flux: Floats, density: Floats, options: ColumnOptions) -> None:
    """u*, L, w* of hours whose heat flux is known."""
    velocity = convective_velocity(
        np.where(hours, flux, np.nan), made.convective_height, made.temperature, density
    )
    stated = hours & (made.convective > 0.0)
    velocity = np.where(stated, made.convective, velocity)
    speed, height = _mast(made)
    free = options.free_convection_wind * velocity
    raised = hours & (speed < free)
    friction, length = fluxes.convective_friction_velocity(
        np.where(raised, free, speed), height, made.roughness, flux, made.temperature, density
    )
    made.mark("free convection wind", raised)
    made.friction = np.where(hours, friction, made.friction)
    made.length = np.where(hours, length, made.length)
    made.convective = np.where(hours, velocity, made.convective)


def _golder(classes: Floats, roughness: Floats) -> Floats:
    """1/L [m⁻¹] of each class by [2]; over rough ground E is not less stable than D."""
    lines = GOLDER_INTERCEPT + GOLDER_SLOPE * np.log10(roughness)[:, None]
    lines = np.maximum.accumulate(lines, axis=1)
    index = np.where(np.isnan(classes), 3.0, classes).astype(int)
    return np.where(np.isnan(classes), np.nan, lines[np.arange(len(index)), index])


def _of_class(made: Scales, hours: Mask, classes: Floats, density: Floats, options: ColumnOptions) -> None:
    """u*, L, w* of convective hours of which only the class is known; w*³ = u*³ z_i/(k |L|)."""
    inverse = np.minimum(_golder(classes, made.roughness), -1.0 / options.largest_length)
    speed, height = _mast(made)
    length = 1.0 / inverse
    friction = friction_of(speed, height, length, made.roughness)
    velocity = friction * np.cbrt(made.convective_height / (VON_KARMAN * np.abs(length)))
    for name, value in (("friction", friction), ("length", length), ("convective", velocity)):
        setattr(made, name, np.where(hours, value, getattr(made, name)))


def _cool(made: Scales, hours: Mask, classes: Floats, cloud: Floats, options: ColumnOptions) -> None:
    r"""u\* and L of hours that are not convective.

    L of [2] and u\* of the wind's profile, at least u\* of the limit U → 0 of [3]. Where that pair takes more
    heat than the sky does: u\* of [3] and :math:`L = T u_*^2/(k g \theta_*)` [4] with θ\* of the cloud.
    """
    speed, height = _mast(made)
    limit = fluxes.temperature_scale(cloud)
    air = (height, made.roughness, made.temperature, limit)
    still, _ = fluxes.low_wind_friction_velocity(np.full(len(speed), LITTLE), *air)
    windy, _ = fluxes.low_wind_friction_velocity(np.maximum(speed, LITTLE), *air)
    length = 1.0 / np.maximum(_golder(classes, made.roughness), 1.0 / options.largest_length)
    friction = np.maximum(friction_of(speed, height, length, made.roughness), still)
    scale = made.temperature * friction**2 / (VON_KARMAN * GRAVITY * length)
    limited = hours & (scale > limit)
    free = made.temperature * windy**2 / (VON_KARMAN * GRAVITY * limit)
    made.friction = np.where(limited, windy, np.where(hours, friction, made.friction))
    made.length = np.where(limited, free, np.where(hours, length, made.length))
    for number, gradient in zip((4, 5), options.class_gradient, strict=True):
        made.least_gradient[hours & (classes == number)] = gradient
    made.mark("low-wind friction velocity", hours & (made.friction <= still))
    made.mark("limited temperature scale", limited)


def _bound(made: Scales, unstable: Mask, stable: Mask, options: ColumnOptions) -> None:
    slow = (unstable | stable) & (made.friction < options.least_friction_velocity)
    made.friction = np.where(slow, options.least_friction_velocity, made.friction)
    made.mark("least friction velocity", slow)
    bound = np.clip(np.abs(made.length), options.least_length, options.largest_length)
    made.mark("bounded length", np.isfinite(bound) & (bound != np.abs(made.length)))
    made.length = np.copysign(bound, made.length)
    shear = options.mechanical_coefficient * made.friction**1.5
    absent = stable & np.isnan(made.mechanical_height) & np.isfinite(shear)
    made.mechanical_height = np.where(absent, shear, made.mechanical_height)
    made.mark("estimated lid", absent)
    absent = unstable & np.isnan(made.convective)
    from_length = made.friction * np.cbrt(made.convective_height / (VON_KARMAN * np.abs(made.length)))
    made.convective = np.where(absent, from_length, made.convective)
    made.convective = np.where(stable, 0.0, made.convective)
    deepest = np.where(
        unstable, np.fmax(made.convective_height, made.mechanical_height), made.mechanical_height
    )
    low = deepest < options.least_lid
    made.mark("least lid", low)
    made.mechanical_height = np.where(low, options.least_lid, made.mechanical_height)
    made.convective_height = np.where(unstable & low, options.least_lid, made.convective_height)
    made.convective_height = np.where(stable, made.mechanical_height, made.convective_height)
    # Shear without depth would divide by zero in the shared profiles; the deeper of both holds anyway.
    made.mechanical_height = np.where(
        made.mechanical_height < options.least_lid, options.least_lid, made.mechanical_height
    )


def _reasons(
    made: Scales, unstable: Mask, stable: Mask, by_class: Mask, directed: Mask, options: ColumnOptions
) -> None:
    lid = np.where(unstable, made.convective_height + made.mechanical_height, made.mechanical_height)
    blind = (made.speed > 0.0) & ~np.isfinite(made.direction) & ~directed
    rules = [
        (~(lid > 0.0), NO_LID),
        (by_class & (made.speed < options.least_class_wind), NO_HEAT),
        (~(unstable | stable), NO_STABILITY),
        (~np.isfinite(made.friction) | ~np.isfinite(made.length), NO_STABILITY),
        (unstable & np.isnan(made.convective_height), NO_LID),
        (np.isnan(made.temperature), NO_TEMPERATURE),
        (blind & (made.speed > options.largest_variable_wind), VARIABLE),
        (~(made.speed >= 0.0), NO_WIND),
    ]
    for holds, code in rules:
        made.reason[holds] = code
    served = made.reason == SERVED
    made.mark("no wind", served & (made.speed == 0.0))
    made.mark("variable direction", served & blind)
    made.acted &= served[:, None]
