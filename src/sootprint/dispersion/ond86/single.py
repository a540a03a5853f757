"""One source by OND-86 or MRR-2017, with every intermediate value by its name.

Clauses and formula numbers are those of OND-86; MRR-2017 differs in which gas is cold (an excess of
temperature up to 0.5 K) and beyond eight distances of the maximum.

References
----------
.. [1] OND-86 (1987). Gidrometeoizdat, Leningrad; in Kazakhstan RND 211.2.01.01-97.
.. [2] MRR-2017. Order 273 of the Ministry of Natural Resources of the Russian Federation, 6 June 2017.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sootprint.core.errors import InputError
from sootprint.dispersion.kernels import ond86 as formulas

Method = Literal["ond86", "mrr2017"]
METHODS: tuple[Method, ...] = ("ond86", "mrr2017")
"""Methods by name, in the order of their codes in the kernels."""

BRANCHES = {
    formulas.HOT: "hot",
    formulas.COLD: "cold",
    formulas.HOT_STILL: "hot, lowest wind",
    formulas.COLD_STILL: "cold, lowest wind",
}

LARGEST_SETTLING = 3.0
"""Largest F of the text [1]."""


@dataclass(frozen=True)
class SingleSource:
    """Result of `single_source`: inputs, intermediates and the three numbers of a permit.

    Values can be asked for as attributes or by key, as ``result["cm"]``.

    Attributes
    ----------
    method, branch : str
        Method, and which formula of cm held: hot, cold, each perhaps at the lowest wind.
    cm, xm, um : float
        Largest single concentration [mg m⁻³], its distance [m] and its (dangerous) wind [m s⁻¹].
    height_m, diameter_m, velocity_m_s, temperature_c, ambient_c, emission_g_s : float
        Inputs as calculated with: a source under 2 m has 2 m; the mouth is the equivalent one.
    settling, region_coefficient, relief : float
        F, A [s^⅔ mg K^⅓ g⁻¹], η.
    v1 : float
        Volume of gas [m³ s⁻¹].
    delta_t : float
        Excess of temperature ΔT [K].
    f, fe : float
        Parameters (2.3) and (2.6).
    f_used : float
        The one that stands in m.
    vm, vm_cold : float
        Speeds (2.4) and (2.5) [m s⁻¹]; the second is v′m.
    m, n : float
        Coefficients (2.7) and (2.8); n belongs to v′m where the gas is cold.
    m_low : float
        m′ (2.12) where the dangerous wind is the lowest, else NaN.
    k : float
        K (2.10) [s m⁻²] where the gas is cold, else NaN.
    d : float
        Coefficient of the distance (2.14), (2.15).
    """

    method: Method
    branch: str
    cm: float
    xm: float
    um: float
    height_m: float
    diameter_m: float
    velocity_m_s: float
    temperature_c: float
    ambient_c: float
    emission_g_s: float
    settling: float
    region_coefficient: float
    relief: float
    v1: float
    delta_t: float
    f: float
    fe: float
    f_used: float
    vm: float
    vm_cold: float
    m: float
    n: float
    m_low: float
    k: float
    d: float

    def __getitem__(self, name: str) -> Any:
        """Value by name."""
        return getattr(self, name)

    def keys(self) -> list[str]:
        """Names of all values."""
        return [field.name for field in fields(self)]

    def as_dict(self) -> dict[str, Any]:
        """All values by name."""
        return {name: getattr(self, name) for name in self.keys()}


def equivalent_mouth(length_m: float, width_m: float) -> float:
    """Diameter of the round mouth that stands for a rectangular one [m]: 2 L b / (L + b), section 2.

    The volume of gas of the formulas is then that of the round mouth at the velocity of the real one.

    Raises
    ------
    InputError
        If a side is not above zero.
    """
    if not (length_m > 0.0 and width_m > 0.0):
        raise InputError(f"a mouth of {length_m:g} × {width_m:g} m", rule="both sides are above zero")
    return 2.0 * length_m * width_m / (length_m + width_m)


def single_source(
    *,
    height_m: float,
    diameter_m: float | None = None,
    velocity_m_s: float,
    temperature_c: float,
    ambient_c: float,
    emission_g_s: float,
    settling: float = 1.0,
    region_coefficient: float = 200.0,
    relief: float = 1.0,
    method: Method = "ond86",
    mouth_m: tuple[float, float] | None = None,
) -> SingleSource:
    """Largest single concentration of one source over level ground, by OND-86 or MRR-2017.

    Parameters
    ----------
    height_m : float
        Height of the mouth above ground [m]; under 2 m it is taken as 2 m, as for a source on the ground.
    diameter_m : float
        Diameter of a round mouth [m].
    velocity_m_s : float
        Mean velocity of the gas at the mouth [m s⁻¹].
    temperature_c, ambient_c : float
        Of the gas and of the air outside [°C]. Gas that is not warmer than the air counts as cold.
    emission_g_s : float
        Emission of one pollutant [g s⁻¹].
    settling : float
        F: 1 for gases and fine aerosol; 2, 2.5 or 3 by the cleaning of other aerosol. From 1 to 3.
    region_coefficient : float
        A [s^⅔ mg K^⅓ g⁻¹]; 200 for Kazakhstan (unverified).
    relief : float
        η, 1 for level ground.
    method : {"ond86", "mrr2017"}
        Which text.
    mouth_m : pair of float
        Sides of a rectangular mouth [m], in place of the diameter.

    Raises
    ------
    InputError
        If a number cannot be right, or both or none of diameter and sides are given.

    Notes
    -----
    Hot (f < 100, ΔT > 0): cm = A M F m n η / (H² (V₁ ΔT)^⅓). Cold: cm = A M F n η K / H^⁴⁄³, K = D / (8 V₁).
    Where the speed vm (cold: v′m) is under 0.5 m/s: cm = A M F m′ η / H^⁷⁄³, m′ = 2.86 m or 0.9. The text
    jumps there by up to 1 % and at n's joints by 0.2 %, and so does the result. Not a mean over an hour, and
    nothing for calm: winds under 0.5 m/s are outside the method.

    Examples
    --------
    Example 1 of the appendix of OND-86 prints V₁ = 10.8, f = 0.56, vm = 2.04, um = 2.2, xm = 430, cm = 0.19:

    >>> made = single_source(height_m=35, diameter_m=1.4, velocity_m_s=7, temperature_c=125, ambient_c=25,
    ...                      emission_g_s=12)
    >>> round(made.cm, 4), round(made.xm), round(made.um, 2)
    (0.1864, 430, 2.22)
    """
    if (diameter_m is None) == (mouth_m is None):
        raise InputError(
            "a source has one mouth",
            rule="either diameter_m or mouth_m = (length, width) is given",
            cure="give one of both",
        )
    diameter = equivalent_mouth(*mouth_m) if mouth_m is not None else float(diameter_m or 0.0)
    given = {
        "height_m": (height_m, 0.0, math.inf),
        "diameter_m": (diameter, 0.0, math.inf),
        "velocity_m_s": (velocity_m_s, 0.0, math.inf),
        "temperature_c": (temperature_c, -273.15, math.inf),
        "ambient_c": (ambient_c, -273.15, math.inf),
        "emission_g_s": (emission_g_s, 0.0, math.inf),
        "settling": (settling, 1.0, LARGEST_SETTLING),
        "region_coefficient": (region_coefficient, 0.0, math.inf),
        "relief": (relief, 0.0, math.inf),
    }
    for name, (value, low, high) in given.items():
        if not (math.isfinite(value) and low <= value <= high):
            bounds = f"from {low:g}" + (f" to {high:g}" if math.isfinite(high) else "")
            raise InputError(f"{name} = {value}", rule=f"a finite number {bounds}", cure="correct the input")
    code = method_code(method)
    height = max(float(height_m), formulas.GROUND_SOURCE)
    excess = float(temperature_c) - float(ambient_c)
    flow = math.pi * diameter**2 / 4.0 * velocity_m_s
    froude = formulas.froude_parameter(height, diameter, velocity_m_s, excess)
    hot_speed = formulas.heated_speed(height, flow, excess)
    speed = formulas.cold_speed(height, diameter, velocity_m_s)
    limit = formulas.froude_limit(speed)
    cold = formulas.is_cold(froude, excess, code)
    case = formulas.regime(froude, excess, hot_speed, speed, code)
    m = 0.0 if math.isinf(froude) else formulas.rise_coefficient(froude, limit)
    n = formulas.speed_coefficient(speed if cold else hot_speed)
    unit = formulas.unit_concentration(height, diameter, flow, excess, m, n, case)
    d = formulas.distance_coefficient(froude, limit, hot_speed, speed, cold)
    return SingleSource(
        method=method,
        branch=BRANCHES[case],
        cm=region_coefficient * emission_g_s * settling * relief * unit,
        xm=(5.0 - settling) / 4.0 * d * height,
        um=formulas.dangerous_wind(froude, hot_speed, speed, cold),
        height_m=height,
        diameter_m=diameter,
        velocity_m_s=float(velocity_m_s),
        temperature_c=float(temperature_c),
        ambient_c=float(ambient_c),
        emission_g_s=float(emission_g_s),
        settling=float(settling),
        region_coefficient=float(region_coefficient),
        relief=float(relief),
        v1=flow,
        delta_t=excess,
        f=froude,
        fe=limit,
        f_used=limit if limit < froude < 100.0 else froude,
        vm=hot_speed,
        vm_cold=speed,
        m=m,
        n=n,
        m_low={formulas.HOT_STILL: 2.86 * m, formulas.COLD_STILL: 0.9}.get(case, math.nan),
        k=diameter / (8.0 * flow) if cold and flow > 0.0 else math.nan,
        d=d,
    )


def method_code(method: str) -> int:
    """Code of a method in the kernels.

    Raises
    ------
    InputError
        If there is no such method.
    """
    if method not in METHODS:
        raise InputError(f"method {method!r} is not known", cure=f"one of: {', '.join(METHODS)}")
    return METHODS.index(method)


def concentration(
    source: SingleSource,
    distance_m: ArrayLike,
    crosswind_m: ArrayLike = 0.0,
    wind_speed: ArrayLike | None = None,
) -> NDArray[np.float64]:
    """Concentration at receptors of one source in one wind [mg m⁻³].

    c = cm · r(u/um) · s₁(x / (p xm)) · s₂(u, y/x), clauses 2.10–2.14; nothing upwind.

    Parameters
    ----------
    source : SingleSource
        Of `single_source`.
    distance_m, crosswind_m : array_like
        Distance along the wind x and across it y [m]; broadcast against each other and the wind.
    wind_speed : array_like, optional
        Wind at 10 m [m s⁻¹], at least 0.5; by default the dangerous one.

    Raises
    ------
    InputError
        If a wind is under 0.5 m/s, for which the method has no formula.
    """
    winds = np.asarray(source.um if wind_speed is None else wind_speed, dtype=float)
    if not np.all(winds >= formulas.LOWEST_WIND):
        raise InputError(
            f"a wind of {np.nanmin(winds):g} m/s",
            rule="OND-86 and MRR-2017 hold from 0.5 m/s; there is no formula for calm",
            cure="another engine for calm air",
        )
    x, y, u = np.broadcast_arrays(np.asarray(distance_m, float), np.asarray(crosswind_m, float), winds)
    code = method_code(source.method)
    made = [
        _point(source, code, float(one), float(two), float(wind))
        for one, two, wind in zip(x.ravel(), y.ravel(), u.ravel(), strict=True)
    ]
    return np.array(made).reshape(x.shape)


def _point(source: SingleSource, code: int, x: float, y: float, wind: float) -> float:
    if x < 0.0 or (x == 0.0 and y != 0.0):
        return 0.0
    ratio = wind / source.um
    along = formulas.along_factor(
        x / (formulas.stretch_factor(ratio) * source.xm), source.settling, source.height_m, code
    )
    across = formulas.across_factor(wind, (y / x) ** 2) if y != 0.0 else 1.0
    return source.cm * formulas.wind_factor(ratio) * along * across
