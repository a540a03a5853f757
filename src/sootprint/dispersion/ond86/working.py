"""Working of OND-86 and MRR-2017 line by line, so that a reader can check it with a pencil.

Each line is calculated from the numbers that are printed, not from longer ones behind them: the digits of
every value follow from the digits of the lines above. Formulas stand here as texts, apart from the compiled
ones, so that the working also checks the engine. Numbers in brackets are those of OND-86 also where the
method is MRR-2017, which numbers the same formulas otherwise.

References
----------
.. [1] OND-86 (1987). Gidrometeoizdat, Leningrad; in Kazakhstan RND 211.2.01.01-97.
.. [2] MRR-2017. Order 273 of the Ministry of Natural Resources of the Russian Federation, 6 June 2017.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from sootprint.core.errors import InputError
from sootprint.dispersion.kernels import ond86 as kernels
from sootprint.dispersion.ond86.arithmetic import Printed, evaluate, formula_text, names, printed, significant
from sootprint.dispersion.ond86.single import SingleSource

DIGITS = 5
"""Significant digits of a calculated value."""

MOST_DIGITS = 12
"""Significant digits that are not exceeded."""

INPUT_DIGITS = 12
"""Significant digits of an input, which is printed as given."""

AGREEING_DIGITS = 4
"""Significant digits to which the working and the engine agree, and the power of ten of their difference."""

_COMPARISONS: dict[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    "≤": operator.le,
    ">": operator.gt,
    "≥": operator.ge,
}


@dataclass(frozen=True)
class Condition:
    """Comparison that picks a formula: ``left sign right``, each a name or a number as printed."""

    left: str
    sign: str
    right: str


@dataclass(frozen=True)
class Line:
    """One line of a working.

    Attributes
    ----------
    clause : str
        Number of the formula in OND-86.
    symbol : str
        Name of the value, a key of `sootprint.dispersion.ond86.arithmetic.SYMBOLS`.
    expression : str
        Formula in names and the operators ``+ - * / **`` with ``sqrt`` and ``cbrt``.
    inputs : mapping of str to Printed
        Numbers that stand for the names.
    value : float
        Value of the printed digits.
    text : str
        Value as printed.
    unit : str
        Unit, empty where it is a pure number.
    conditions : tuple of Condition
        What picked this formula among several.
    """

    clause: str
    symbol: str
    expression: str
    inputs: Mapping[str, Printed]
    value: float
    text: str
    unit: str
    conditions: tuple[Condition, ...] = ()

    @property
    def formula(self) -> str:
        """Formula in symbols, as ``1000 · w₀² · D / (H² · ΔT)``."""
        return formula_text(self.expression)

    @property
    def substituted(self) -> str:
        """Formula in numbers, as ``1000 · 7² · 1.4 / (35² · 100)``."""
        return formula_text(self.expression, {name: item.text for name, item in self.inputs.items()})


@dataclass
class _Sheet:
    """Lines as they are written, and the printed numbers that stand on them."""

    digits: int
    numbers: dict[str, Printed] = field(default_factory=dict)
    lines: list[Line] = field(default_factory=list)
    holds: bool = True

    def given(self, name: str, value: float) -> None:
        self.numbers[name] = printed(value, INPUT_DIGITS)

    def add(self, clause: str, symbol: str, expression: str, unit: str = "", *conditions: str) -> float:
        standing = names(expression)
        used = {name: number for name, number in self.numbers.items() if name in standing}
        made = printed(evaluate(expression, {name: item.value for name, item in used.items()}), self.digits)
        self.numbers[symbol] = made
        parsed = tuple(Condition(*condition.split()) for condition in conditions)
        self.holds &= all(self._true(condition) for condition in parsed)
        self.lines.append(Line(clause, symbol, expression, used, made.value, made.text, unit, parsed))
        return made.value

    def _true(self, condition: Condition) -> bool:
        left, right = (
            self.numbers[side].value if side in self.numbers else float(side)
            for side in (condition.left, condition.right)
        )
        return _COMPARISONS[condition.sign](left, right)


def working(
    source: SingleSource,
    *,
    mouth_m: tuple[float, float] | None = None,
    limit_mg_m3: float | None = None,
    background_mg_m3: float = 0.0,
) -> list[Line]:
    """Every step from the inputs of a source to cm, xm and um.

    Values have five significant digits, or more where five would pick another formula or would not give the
    engine's cm, xm and um to four; exact values are printed short.

    Parameters
    ----------
    source : SingleSource
        Of `single_source`.
    mouth_m : pair of float, optional
        Sides of a rectangular mouth [m], for the line of its equivalent diameter.
    limit_mg_m3 : float, optional
        Limit of a single maximum [mg m⁻³]: adds cm in parts of it and the largest emission that keeps it.
    background_mg_m3 : float
        Background that is taken off the limit for that emission [mg m⁻³].

    Raises
    ------
    InputError
        If the limit is not above zero or the background is below it.
    """
    if limit_mg_m3 is not None and not limit_mg_m3 > 0.0:
        raise InputError(f"a limit of {limit_mg_m3:g} mg/m³", rule="a limit is above zero")
    if not background_mg_m3 >= 0.0:
        raise InputError(f"a background of {background_mg_m3:g} mg/m³", rule="it is not below zero")
    for digits in range(DIGITS, MOST_DIGITS + 1):
        sheet = _Sheet(digits)
        _single(sheet, source, mouth_m)
        if sheet.holds and _agrees(sheet, {"cm": source.cm, "xm": source.xm, "um": source.um}):
            break
    if limit_mg_m3 is not None:
        _limit(sheet, source, limit_mg_m3, background_mg_m3)
    return sheet.lines


def _agrees(sheet: _Sheet, expected: Mapping[str, float]) -> bool:
    """Whether the working gives the engine's numbers to `AGREEING_DIGITS`, and no number is further off."""
    return all(
        significant(sheet.numbers[name].value, AGREEING_DIGITS) == significant(value, AGREEING_DIGITS)
        and math.isclose(sheet.numbers[name].value, value, rel_tol=10.0**-AGREEING_DIGITS)
        for name, value in expected.items()
    )


def _single(sheet: _Sheet, source: SingleSource, mouth_m: tuple[float, float] | None) -> None:
    for name, value in {
        "H": source.height_m,
        "w0": source.velocity_m_s,
        "Tg": source.temperature_c,
        "Ta": source.ambient_c,
        "M": source.emission_g_s,
        "A": source.region_coefficient,
        "F": source.settling,
        "eta": source.relief,
    }.items():
        sheet.given(name, value)
    if mouth_m is None:
        sheet.given("D", source.diameter_m)
    else:
        sheet.given("L", mouth_m[0])
        sheet.given("b", mouth_m[1])
        sheet.add("2", "D", "2 * L * b / (L + b)", "m")
    sheet.add("2.2", "V1", "pi * D**2 / 4 * w0", "m³/s")
    sheet.add("2.1", "dT", "Tg - Ta", "K")
    excess = kernels.COLD_EXCESS if source.method == "mrr2017" else 0.0
    if source.delta_t <= excess:
        _cold(sheet, source, f"dT ≤ {excess:g}")
        return
    sheet.add("2.3", "f", "1000 * w0**2 * D / (H**2 * dT)", "m/(s² K)", f"dT > {excess:g}")
    if source.f >= 100.0:
        _cold(sheet, source, "f ≥ 100")
        return
    _hot(sheet, source)


def _cold(sheet: _Sheet, source: SingleSource, why: str) -> None:
    sheet.add("2.5", "vc", "1.3 * w0 * D / H", "m/s")
    if source.branch == "cold":
        _speed_coefficient(sheet, "vc", source.vm_cold, why)
        sheet.add("2.10", "K", "D / (8 * V1)", "s/m²")
        sheet.add("2.9", "cm", "A * M * F * n * eta * K / H**(4/3)", "mg/m³", why, "vc ≥ 0.5")
    else:
        sheet.add("2.12", "ml", "0.9", "", why, "vc < 0.5")
        sheet.add("2.11", "cm", "A * M * F * ml * eta / H**(7/3)", "mg/m³", "vc < 0.5")
    speed = source.vm_cold
    range_: tuple[str, ...]
    if speed <= 0.5:
        expressions, range_ = ("5.7", "0.5"), ("vc ≤ 0.5",)
    elif speed <= 2.0:
        expressions, range_ = ("11.4 * vc", "vc"), ("vc > 0.5", "vc ≤ 2")
    else:
        expressions, range_ = ("16 * sqrt(vc)", "2.2 * vc"), ("vc > 2",)
    sheet.add("2.15", "d", expressions[0], "", *range_)
    sheet.add("2.13", "xm", "(5 - F) / 4 * d * H", "m")
    sheet.add("2.17", "um", expressions[1], "m/s", *range_)


def _hot(sheet: _Sheet, source: SingleSource) -> None:
    sheet.add("2.4", "vm", "0.65 * cbrt(V1 * dT / H)", "m/s")
    sheet.add("2.5", "vc", "1.3 * w0 * D / H", "m/s")
    sheet.add("2.6", "fe", "800 * vc**3")
    limited = source.fe < source.f
    used = "fe" if limited else "f"
    sheet.add(
        "2.7",
        "m",
        f"1 / (0.67 + 0.1 * sqrt({used}) + 0.34 * cbrt({used}))",
        "",
        "f < 100",
        "fe < f" if limited else "fe ≥ f",
    )
    if source.branch == "hot":
        _speed_coefficient(sheet, "vm", source.vm)
        sheet.add(
            "2.1", "cm", "A * M * F * m * n * eta / (H**2 * cbrt(V1 * dT))", "mg/m³", "f < 100", "vm ≥ 0.5"
        )
    else:
        sheet.add("2.12", "ml", "2.86 * m", "", "f < 100", "vm < 0.5")
        sheet.add("2.11", "cm", "A * M * F * ml * eta / H**(7/3)", "mg/m³", "vm < 0.5")
    speed = source.vm
    range_: tuple[str, ...]
    if speed <= 0.5:
        expressions, range_ = ("2.48 * (1 + 0.28 * cbrt(fe))", "0.5"), ("vm ≤ 0.5",)
    elif speed <= 2.0:
        expressions, range_ = ("4.95 * vm * (1 + 0.28 * cbrt(f))", "vm"), ("vm > 0.5", "vm ≤ 2")
    else:
        expressions = "7 * sqrt(vm) * (1 + 0.28 * cbrt(f))", "vm * (1 + 0.12 * sqrt(f))"
        range_ = ("vm > 2",)
    sheet.add("2.14", "d", expressions[0], "", *range_)
    sheet.add("2.13", "xm", "(5 - F) / 4 * d * H", "m")
    sheet.add("2.16", "um", expressions[1], "m/s", *range_)


def _speed_coefficient(sheet: _Sheet, name: str, speed: float, *why: str) -> None:
    if speed >= 2.0:
        sheet.add("2.8", "n", "1", "", *why, f"{name} ≥ 2")
    else:
        expression = f"0.532 * {name}**2 - 2.13 * {name} + 3.13"
        sheet.add("2.8", "n", expression, "", *why, f"{name} ≥ 0.5", f"{name} < 2")


def _limit(sheet: _Sheet, source: SingleSource, limit: float, background: float) -> None:
    sheet.given("mpc", limit)
    sheet.add("1.1", "q", "cm / mpc")
    if source.emission_g_s > 0.0 and background < limit:
        sheet.given("cb", background)
        expression = "M * (mpc - cb) / cm" if background > 0.0 else "M * mpc / cm"
        sheet.add("8", "Mp", expression, "g/s")


def working_at(
    source: SingleSource, distance_m: float, crosswind_m: float = 0.0, wind_speed: float | None = None
) -> list[Line]:
    """Steps from cm, xm and um to the concentration at one place in one wind.

    Parameters
    ----------
    source : SingleSource
        Of `single_source`; its cm, xm and um stand here with `DIGITS` significant digits.
    distance_m, crosswind_m : float
        Distance along the wind x, above zero, and across it y [m].
    wind_speed : float, optional
        Wind at 10 m [m s⁻¹], at least 0.5; by default the dangerous one.

    Raises
    ------
    InputError
        If the place is not downwind, or the wind is under 0.5 m/s.
    """
    wind = source.um if wind_speed is None else wind_speed
    if not distance_m > 0.0:
        raise InputError(f"a distance of {distance_m:g} m along the wind", rule="the place lies downwind")
    if not wind >= kernels.LOWEST_WIND:
        raise InputError(f"a wind of {wind:g} m/s", rule="the method holds from 0.5 m/s")
    for digits in range(DIGITS, MOST_DIGITS + 1):
        sheet = _Sheet(digits)
        for name, value in {"cm": source.cm, "xm": source.xm, "um": source.um}.items():
            sheet.numbers[name] = printed(value, digits)
        for name, value in {"x": distance_m, "y": abs(crosswind_m), "u": wind, "H": source.height_m}.items():
            sheet.given(name, value)
        _place(sheet, source)
        if sheet.holds:
            break
    return sheet.lines


def _place(sheet: _Sheet, source: SingleSource) -> None:
    ratio = sheet.add("2.18", "qu", "u / um")
    if ratio <= 1.0:
        sheet.add("2.19", "r", "0.67 * qu + 1.67 * qu**2 - 1.34 * qu**3", "", "qu ≤ 1")
    else:
        sheet.add("2.19", "r", "3 * qu / (2 * qu**2 - qu + 2)", "", "qu > 1")
    if ratio <= 0.25:
        sheet.add("2.21", "p", "3", "", "qu ≤ 0.25")
    elif ratio <= 1.0:
        sheet.add("2.21", "p", "8.43 * (1 - qu)**5 + 1", "", "qu > 0.25", "qu ≤ 1")
    else:
        sheet.add("2.21", "p", "0.32 * qu + 0.68", "", "qu > 1")
    sheet.add("2.20", "xu", "p * xm", "m")
    z = sheet.add("2.23", "z", "x / xu")
    along = _along(sheet, source, z)
    across = ""
    if sheet.numbers["y"].value > 0.0:
        if sheet.numbers["u"].value <= 5.0:
            sheet.add("2.26", "ty", "u * y**2 / x**2", "", "u ≤ 5")
        else:
            sheet.add("2.26", "ty", "5 * y**2 / x**2", "", "u > 5")
        sheet.add("2.27", "s2", "1 / (1 + 5 * ty + 12.8 * ty**2 + 17 * ty**3 + 45.1 * ty**4)**2")
        across = " * s2"
    sheet.add("2.25", "c", f"cm * r * {along}{across}", "mg/m³")


def _along(sheet: _Sheet, source: SingleSource, z: float) -> str:
    """Lines of s₁; the name of the factor that holds."""
    fine, later = source.settling <= 1.5, source.method == "mrr2017"
    if z <= 1.0:
        sheet.add("2.23", "s1", "3 * z**4 - 8 * z**3 + 6 * z**2", "", "z ≤ 1")
        if source.height_m < kernels.LOW_SOURCE and z < 1.0:
            sheet.add("2.24", "s1l", "0.125 * (10 - H) + 0.125 * (H - 2) * s1", "", "H < 10", "z < 1")
            return "s1l"
    elif z <= 8.0:
        sheet.add("2.23", "s1", "1.13 / (0.13 * z**2 + 1)", "", "z > 1", "z ≤ 8")
    elif later and z > 100.0:
        factor = "144.3" if fine else "37.76"
        sheet.add("2.23", "s1", f"{factor} * z**(-7/3)", "", "z > 100")
    elif fine:
        factor = "3.556" if later else "3.58"
        sheet.add("2.23", "s1", f"z / ({factor} * z**2 - 35.2 * z + 120)", "", "z > 8")
    else:
        factor = "2.456" if later else "2.47"
        sheet.add("2.23", "s1", f"1 / (0.1 * z**2 + {factor} * z - 17.8)", "", "z > 8")
    return "s1"
