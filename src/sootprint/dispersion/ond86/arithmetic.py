"""Arithmetic of a working: one text of a formula gives its value, its print in symbols and in numbers.

A formula is written with names, numbers, ``+ - * / **``, ``sqrt`` and ``cbrt``, as
``1000 * w0**2 * D / (H**2 * dT)``.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache

SYMBOLS: dict[str, str] = {
    "A": "A", "F": "F", "M": "M", "H": "H", "D": "D", "L": "L", "b": "b", "w0": "w₀", "V1": "V₁",
    "Tg": "Tg", "Ta": "Ta", "dT": "ΔT", "f": "f", "fe": "fe", "vm": "vm", "vc": "v′m", "m": "m", "n": "n",
    "ml": "m′", "K": "K", "eta": "η", "cm": "cm", "d": "d", "xm": "xm", "um": "um", "mpc": "MPC", "cb": "cb",
    "q": "q", "Mp": "Mp", "x": "x", "y": "y", "u": "u", "qu": "u/um", "r": "r", "p": "p", "xu": "xmu",
    "z": "x/xmu", "s1": "s₁", "s1l": "s₁l", "ty": "ty", "s2": "s₂", "c": "c", "pi": "π",
}  # fmt: skip
"""Printed symbol of each name; every one reads as one word."""

SMALLEST_PLAIN = 1e-4
"""Magnitude below which a number is written with a power of ten."""

LARGEST_PLAIN = 1e7
"""Magnitude from which a number is written with a power of ten."""

_UP = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


@dataclass(frozen=True)
class Printed:
    """Number as it stands on paper: its digits, and the value of just these digits."""

    text: str
    value: float


def significant(value: float, digits: int) -> float:
    """Value of so many significant digits."""
    return float(f"{value:.{digits - 1}e}")


def printed(value: float, digits: int) -> Printed:
    """Number with so many significant digits; zeros at its end are left out where it is exact.

    Digits before the decimal sign are never rounded away. Magnitudes under 10⁻⁴ and from 10⁷ have a power of
    ten: ``1.2345·10⁻⁵``.
    """
    if LARGEST_PLAIN > abs(value) >= 10.0**digits:
        digits = math.floor(math.log10(abs(value))) + 1
    shown = f"{value:.{digits - 1}e}"
    made = float(shown)
    number = Decimal(shown)
    if math.isclose(made, value, rel_tol=1e-13, abs_tol=0.0):
        number = number.normalize()
    if made != 0.0 and not SMALLEST_PLAIN <= abs(made) < LARGEST_PLAIN:
        power = number.adjusted()
        text = f"{number.scaleb(-power):f}·10{str(power).translate(_UP)}"
    else:
        text = f"{number:f}"
    return Printed(text.replace("-", "−"), made)


@cache
def _tree(expression: str) -> ast.expr:
    return ast.parse(expression, mode="eval").body


@cache
def names(expression: str) -> frozenset[str]:
    """Names that stand in a formula, without functions and π."""
    called = {node.func for node in ast.walk(_tree(expression)) if isinstance(node, ast.Call)}
    return frozenset(
        node.id
        for node in ast.walk(_tree(expression))
        if isinstance(node, ast.Name) and node not in called and node.id != "pi"
    )


def evaluate(expression: str, values: Mapping[str, float]) -> float:
    """Value of a formula.

    Raises
    ------
    KeyError
        If a name has no value.
    """
    return _value(_tree(expression), values)


def _value(node: ast.expr, values: Mapping[str, float]) -> float:
    match node:
        case ast.Constant(value=number) if isinstance(number, int | float):
            return float(number)
        case ast.Name(id="pi"):
            return math.pi
        case ast.Name(id=name):
            return values[name]
        case ast.UnaryOp(op=ast.USub(), operand=inner):
            return -_value(inner, values)
        case ast.Call(func=ast.Name(id="sqrt"), args=[inner]):
            return math.sqrt(_value(inner, values))
        case ast.Call(func=ast.Name(id="cbrt"), args=[inner]):
            return math.cbrt(_value(inner, values))
        case ast.BinOp(left=left, op=sign, right=right):
            return _pair(_value(left, values), sign, _value(right, values))
    raise ValueError(f"no such part of a formula: {ast.dump(node)}")


def _pair(one: float, sign: ast.operator, two: float) -> float:
    match sign:
        case ast.Add():
            return one + two
        case ast.Sub():
            return one - two
        case ast.Mult():
            return one * two
        case ast.Div():
            return one / two
        case ast.Pow():
            return float(one**two)
    raise ValueError(f"no such sign in a formula: {sign}")


_SUM, _PRODUCT, _POWER, _WORD = range(4)


def formula_text(expression: str, numbers: Mapping[str, str] | None = None) -> str:
    """Formula on one line, in symbols or with the printed ``numbers`` in the places of the names."""
    return _text(_tree(expression), numbers)[0]


def _text(node: ast.expr, numbers: Mapping[str, str] | None) -> tuple[str, int]:
    """Text of a part and how strongly it holds together."""
    match node:
        case ast.Constant(value=number) if isinstance(number, int | float):
            return str(number), _WORD
        case ast.Name(id="pi"):
            return SYMBOLS["pi"], _WORD
        case ast.Name(id=name):
            text = SYMBOLS[name] if numbers is None else numbers[name]
            loose = numbers is not None and ("·" in text or text.startswith("−"))
            loose = loose or (numbers is None and "/" in text)
            return (f"({text})" if loose else text), _WORD
        case ast.UnaryOp(op=ast.USub(), operand=inner):
            return f"−{_held(inner, _POWER, numbers)}", _SUM
        case ast.Call(func=ast.Name(id=called), args=[inner]):
            sign = {"sqrt": "√", "cbrt": "∛"}[called]
            text, _level = _text(inner, numbers)
            return f"{sign}({text})", _WORD
        case ast.BinOp(left=left, op=ast.Pow(), right=right):
            base = _held(left, _WORD, numbers)
            if isinstance(right, ast.Constant):
                return base + str(right.value).translate(_UP), _POWER
            exponent = _text(right, numbers)[0].replace(" ", "")
            return f"{base}^({exponent})", _POWER
        case ast.BinOp(left=left, op=ast.Mult(), right=right):
            return f"{_held(left, _PRODUCT, numbers)} · {_held(right, _POWER, numbers)}", _PRODUCT
        case ast.BinOp(left=left, op=ast.Div(), right=right):
            return f"{_held(left, _PRODUCT, numbers)} / {_held(right, _POWER, numbers)}", _PRODUCT
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return f"{_text(left, numbers)[0]} + {_held(right, _PRODUCT, numbers)}", _SUM
        case ast.BinOp(left=left, op=ast.Sub(), right=right):
            return f"{_text(left, numbers)[0]} − {_held(right, _PRODUCT, numbers)}", _SUM
    raise ValueError(f"no such part of a formula: {ast.dump(node)}")


def _held(node: ast.expr, level: int, numbers: Mapping[str, str] | None) -> str:
    text, own = _text(node, numbers)
    return text if own >= level else f"({text})"
