"""Formulas of a working as typst writes mathematics, with the letters and the decimal sign of a language.

Only names of `sootprint.dispersion.ond86.arithmetic.SYMBOLS`, digits and signs reach the page: a text from
an input file has no way into a formula.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping

from sootprint.dispersion.ond86.arithmetic import SYMBOLS, formula_text, printed
from sootprint.dispersion.ond86.working import INPUT_DIGITS, Condition, Line

_CYRILLIC = ("ru", "kk")

LONGEST, LONGEST_FLAT = 110, 72
"""Signs of a formula and of the same in numbers that fit into one line, with a fraction and without."""

_PLAIN = {
    "A": "A", "F": "F", "M": "M", "H": "H", "D": "D", "L": "L", "b": "b", "f": "f", "m": "m", "n": "n",
    "K": "K", "d": "d", "q": "q", "x": "x", "y": "y", "u": "u", "r": "r", "p": "p", "c": "c",
    "w0": "w_0", "V1": "V_1", "dT": "Delta T", "fe": "f_e", "ml": "m'", "eta": "eta", "qu": "u\\/u_#m",
    "s1": "s_1", "s1l": "s_#l", "s2": "s_2", "ty": "t_y", "xu": "x_#mu", "z": "x\\/x_#mu", "pi": "pi",
    "Tg": "T_#g", "Ta": "T_#a", "vm": "v_#m", "vc": "v'_#m", "cm": "c_#m", "xm": "x_#m", "um": "u_#m",
    "mpc": "#mpc", "cb": "c_#bg", "Mp": "M_#p",
}  # fmt: skip
_LATIN_MARKS = {"mu": '"mu"', "mpc": '"MPC"', "bg": '"b"', "m": '"m"', "g": '"g"', "a": '"a"', "l": '(1"l")'}
_CYRILLIC_MARKS = {
    "mu": '(м u)', "mpc": '"ПДК"', "bg": '"ф"', "m": '"м"', "g": '"г"', "a": '"в"', "l": '(1"н")',
}  # fmt: skip

_UNITS = {
    "m": "м", "m/s": "м/с", "m³/s": "м³/с", "K": "К", "mg/m³": "мг/м³", "g/s": "г/с", "s/m²": "с/м²",
    "m/(s² K)": "м/(с² К)",
}  # fmt: skip


def symbol_math(name: str, language: str) -> str:
    """Symbol of a name in typst's mathematics: ``c_"м"`` for ``cm`` in Russian."""
    made = _PLAIN[name]
    marks = _CYRILLIC_MARKS if language in _CYRILLIC else _LATIN_MARKS
    marks = marks | {"p": '"НДВ"' if language in _CYRILLIC else '"p"'}
    if language == "kk":
        marks["mpc"] = '"ШЖШ"'
    for mark in sorted(marks, key=len, reverse=True):
        made = made.replace(f"#{mark}", marks[mark])
    return made


def exact_text(value: float, language: str) -> str:
    """Stated number in full, without zeros at its end."""
    return number_text(printed(value, INPUT_DIGITS).text, language)


def number_math(text: str, language: str) -> str:
    """Printed number in typst's mathematics."""
    return f'"{number_text(text, language)}"'


def number_text(text: str, language: str) -> str:
    """Printed number with the decimal sign of a language; digits are not grouped, as in a calculation."""
    return text if language == "en" else text.replace(".", ",")


def unit_text(unit: str, language: str) -> str:
    """Unit in the letters of a language."""
    return _UNITS.get(unit, unit) if language in _CYRILLIC else unit


def line_math(line: Line, language: str) -> str:
    """Line of a working: symbol, formula, formula in numbers, value; parts that repeat are left out."""
    numbers = {name: item.text for name, item in line.inputs.items()}
    symbol, formula = symbol_math(line.symbol, language), expression_math(line.expression, language)
    # A ratio such as u / um is its own symbol.
    parts = [formula] if SYMBOLS[line.symbol] == line.formula.replace(" ", "") else [symbol, formula]
    if numbers:
        parts.append(expression_math(line.expression, language, numbers))
    if line.substituted != line.text:
        parts.append(number_math(line.text, language))
    longest = LONGEST if "/" in line.expression else LONGEST_FLAT
    if len(line.formula) + len(line.substituted) > longest:
        return f"{' = '.join(parts[:-2])} \\ quad = {' = '.join(parts[-2:])}"
    return " = ".join(parts)


def line_words(line: Line) -> str:
    """The same line as plain text, for those who do not see it."""
    parts = [SYMBOLS[line.symbol], line.formula]
    parts += [line.substituted] if line.inputs else []
    parts += [line.text] if line.substituted != line.text else []
    return f"{' = '.join(parts)} {line.unit}".strip()


def condition_math(condition: Condition, language: str) -> str:
    """Condition that picked a formula, as ``v_"m" >= "0.5"``."""
    sides = [
        symbol_math(side, language) if side in SYMBOLS else number_math(side, language)
        for side in (condition.left, condition.right)
    ]
    return f"{sides[0]} {condition.sign} {sides[1]}"


def expression_math(expression: str, language: str, numbers: Mapping[str, str] | None = None) -> str:
    """Formula in typst's mathematics, in symbols or with printed numbers."""
    return _math(ast.parse(expression, mode="eval").body, language, numbers)


def _math(node: ast.expr, language: str, numbers: Mapping[str, str] | None) -> str:
    def inner(part: ast.expr) -> str:
        return _math(part, language, numbers)

    def held(part: ast.expr) -> str:
        sum_ = isinstance(part, ast.BinOp) and isinstance(part.op, ast.Add | ast.Sub)
        return f"({inner(part)})" if sum_ else inner(part)

    match node:
        case ast.Constant(value=value):
            return number_math(str(value), language)
        case ast.Name(id="pi"):
            return "pi"
        case ast.Name(id=name):
            if numbers is None:
                made = symbol_math(name, language)
                return f"({made})" if "\\/" in made else made
            text = numbers[name]
            made = number_math(text, language)
            return f"({made})" if "·" in text or text.startswith("−") else made
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return f"-{held(operand)}"
        case ast.Call(func=ast.Name(id=called), args=[argument]):
            root = {"sqrt": "sqrt(", "cbrt": "root(3, "}[called]
            return f"{root}{inner(argument)})"
        case ast.BinOp(left=left, op=ast.Pow(), right=right):
            base = inner(left)
            if isinstance(left, ast.BinOp):
                base = f"({base})"
            return f"{base}^({_exponent(right, language)})"
        case ast.BinOp(left=left, op=ast.Mult(), right=right):
            return f"{held(left)} dot {held(right)}"
        case ast.BinOp(left=left, op=ast.Div(), right=right):
            return f"({inner(left)})/({inner(right)})"
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return f"{inner(left)} + {held(right)}"
        case ast.BinOp(left=left, op=ast.Sub(), right=right):
            return f"{inner(left)} - {held(right)}"
    raise ValueError(f"no such part of a formula: {formula_text(ast.unparse(node))}")


def _exponent(node: ast.expr, language: str) -> str:
    match node:
        case ast.Constant(value=value):
            return number_math(str(value), language)
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return f"-{_exponent(operand, language)}"
        case ast.BinOp(left=left, op=ast.Div(), right=right):
            return f"{_exponent(left, language)}\\/{_exponent(right, language)}"
    raise ValueError(f"no such exponent: {ast.unparse(node)}")
