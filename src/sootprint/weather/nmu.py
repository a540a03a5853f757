"""Regimes I–III of adverse weather (NMU) as a rule set on top of the table ``stagnation``.

The rules are data: ``nmu_complexes.csv`` says which weather is a complex of adverse conditions, and
``nmu_degrees.csv`` which complexes and concentrations make a degree, each row with its legal source and a
mark: V read in the source, R not checked against the legal text, A our assumption.
Source of the scheme: RD 52.04.52-85 [R].
"""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sootprint.core.errors import ConfigError, InputError
from sootprint.core.schema import check, empty
from sootprint.weather.stagnant_air import stagnation

Mode = Literal["observed", "forecast"]

COMPLEX_COLUMNS = ["complex", "family", "quantity", "comparison", "value", "unit", "source", "mark"]
DEGREE_COLUMNS = [
    "rule", "regime", "families_at_least", "limit_ratio_above", "after_regime", "after_h", "source", "mark",
]  # fmt: skip
COMPARISONS = ("<", "<=", ">", ">=", "==")
MARKS = ("V", "R", "A")
REGIMES = ("", "I", "II", "III")
WINDOW_H = {"observed": 3.0, "forecast": 24.0}
"""Time around (observed) or before (forecast) an hour whose readings judge it [h]."""

BRIDGE_H = 3
"""Unknown hours in a row that do not break a regime; they are no hours of it either [h]."""

HOUR = pd.Timedelta(hours=1)


def nmu_rules() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Complexes and degrees of the rule set that comes with the package."""
    complexes, degrees = _own_rules()
    return complexes.copy(), degrees.copy()


@cache
def _own_rules() -> tuple[pd.DataFrame, pd.DataFrame]:
    folder = resources.files("sootprint.weather")
    made = []
    for name in ("nmu_complexes", "nmu_degrees"):
        with (folder / f"{name}.csv").open(encoding="utf-8") as file:
            made.append(pd.read_csv(file, dtype={"value": str}, keep_default_na=False))
    return made[0], made[1]


def nmu_regimes(
    air: pd.DataFrame,
    concentrations: pd.DataFrame | None = None,
    *,
    mode: Mode = "observed",
    complexes: pd.DataFrame | None = None,
    degrees: pd.DataFrame | None = None,
    window_h: float | None = None,
) -> pd.DataFrame:
    """Table ``nmu_regimes``, an hour a row.

    A complex holds in an hour if all its conditions do. It is not evaluated where a quantity that it asks for
    is not in the weather at all: in the whole series (observed), or up to the hour (forecast). A degree asks
    for complexes of enough different families, for a concentration over its limit, and for an earlier
    regime that held without break until the hour before. The highest degree that holds is the regime. Up to
    three hours of unknown weather in a row are no break, and no hours of the regime either: want of data
    ends no adverse weather.

    Parameters
    ----------
    air : DataFrame
        Table ``stagnation``, or ``weather``, of which `stagnation` is made.
    concentrations : DataFrame, optional
        Readings at any posts: ``time_start`` (UTC), ``duration_s`` [s], and ``ratio`` [1], the concentration
        over its single maximum limit. Without it no degree can hold, only ``without_degree``.
    mode : {"observed", "forecast"}
        An observed hour is judged by the largest reading that touches the hour widened by ``window_h`` on
        both sides; a forecast hour by the largest reading that had ended before it, at most ``window_h``
        ago. A forecast uses nothing later than its hour.
    complexes, degrees : DataFrame, optional
        Other rules, with the columns of `nmu_rules`.
    window_h : float, optional
        By default 3 h (observed) and 24 h (forecast).

    Returns
    -------
    DataFrame
        ``regime`` is ``none`` where no complex holds, ``unknown`` where none holds and one may, its weather
        being missing in that hour, or where none is evaluated, and ``without_degree`` where one holds and
        no degree does.

    Raises
    ------
    ConfigError
        If a rule cannot be right or the mode is unknown.
    InputError
        If the readings lack a column, or the hours of ``air`` are not one after the other.
    """
    if mode not in WINDOW_H:
        raise ConfigError(
            f"mode {mode!r} is not known", rule="observed or forecast", cure="state one of both"
        )
    width = WINDOW_H[mode] if window_h is None else window_h
    if not 0.0 <= width < np.inf:
        raise ConfigError(f"window_h = {window_h}", rule="from 0 hours", cure="change it")
    own = nmu_rules()
    conditions = _checked_complexes(own[0] if complexes is None else complexes)
    rules = _checked_degrees(own[1] if degrees is None else degrees)
    state = air if "stagnant" in air else stagnation(air)
    if state.empty:
        return empty("nmu_regimes")
    state = state.reset_index(drop=True)
    if (state["time_start"].diff().iloc[1:] != HOUR).any():
        raise InputError("hours out of order or missing", rule="one row an hour", cure="use stagnation()")
    held, open_, absent = _complexes(state, conditions, mode)
    ratio = _ratios(state["time_start"], concentrations, mode, width)
    may = (open_.any(axis=1) | absent.all(axis=1)).to_numpy()
    regime, fired = _regimes(held, may, conditions, rules, ratio)
    adverse = held.any(axis=1).to_numpy()
    holding, missing = _joined(held), _joined(absent)
    pairs = list(zip(holding, fired, strict=True))
    # A year has few different states.
    marks = {pair: _marks(*pair, conditions, rules) for pair in set(pairs)}
    made = pd.DataFrame(
        {
            "time_start": state["time_start"],
            "regime": regime,
            "since": _run_begin(state["time_start"], np.asarray(regime)),
            "adverse_since": _run_begin(state["time_start"], adverse).where(adverse),
            "complexes": holding,
            "not_evaluated": missing,
            "rules": fired,
            "limit_ratio": ratio,
            "marks": [marks[pair] for pair in pairs],
        }
    )
    return check(made, "nmu_regimes")


def _complexes(
    state: pd.DataFrame, conditions: pd.DataFrame, mode: Mode
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Whether each complex holds, may hold, and is not evaluated; one column a complex."""
    held, open_, absent = {}, {}, {}
    for name, rows in conditions.groupby("complex", sort=False):
        truth = pd.Series(True, index=state.index, dtype="boolean")
        gone = np.zeros(len(state), bool)
        for row in rows.itertuples():
            values = state[str(row.quantity)]
            # Where the lowest inversion is none, its base and strength are missing and yet known.
            witness = "inversion_kind" if str(row.quantity).startswith("inversion_") else str(row.quantity)
            known = state[witness].notna().to_numpy()
            gone |= ~np.logical_or.accumulate(known) if mode == "forecast" else not known.any()
            truth &= _compare(values, str(row.comparison), str(row.value))
        held[name] = truth.fillna(False).to_numpy(bool) & ~gone
        open_[name] = truth.isna().to_numpy() & ~gone
        absent[name] = gone
    return pd.DataFrame(held), pd.DataFrame(open_), pd.DataFrame(absent)


def _compare(values: pd.Series, comparison: str, limit: str) -> pd.Series:
    known = values.notna()
    if comparison == "==":
        same = values.astype("string").str.lower() == limit.lower()
        return same.astype("boolean").where(known, pd.NA)
    number, bound = values.to_numpy(float, na_value=np.nan), float(limit)
    truth = {
        "<": number < bound, "<=": number <= bound, ">": number > bound, ">=": number >= bound,
    }[comparison]  # fmt: skip
    return pd.Series(truth, index=values.index, dtype="boolean").where(known, pd.NA)


def _ratios(
    times: pd.Series, concentrations: pd.DataFrame | None, mode: Mode, width_h: float
) -> NDArray[np.float64]:
    """Largest concentration over its limit that each hour is judged by; NaN without reading."""
    made = np.full(len(times), np.nan)
    if concentrations is None:
        return made
    missing = [name for name in ("time_start", "duration_s", "ratio") if name not in concentrations]
    if missing:
        raise InputError(f"the readings lack {', '.join(missing)}", cure="time_start, duration_s, ratio")
    known = concentrations.loc[concentrations["ratio"].notna() & concentrations["time_start"].notna()]
    begin = known["time_start"].to_numpy("datetime64[us]").astype("int64") / 3.6e9
    end = begin + known["duration_s"].to_numpy(float) / 3600.0
    ratio = known["ratio"].to_numpy(float)
    hour = times.to_numpy("datetime64[us]").astype("int64") / 3.6e9
    if mode == "forecast":
        first, last = end, end + width_h
    else:
        first, last = begin - width_h - 1.0, end + width_h
    # A reading counts for hours that begin in [first, last] (forecast) or within it (observed).
    inside = "both" if mode == "forecast" else "neither"
    left = np.searchsorted(hour, first, side="left" if inside == "both" else "right")
    right = np.searchsorted(hour, last, side="right" if inside == "both" else "left")
    for start, stop, value in zip(left, right, ratio, strict=True):
        part = made[start:stop]
        np.fmax(part, value, out=part)
    return made


def _regimes(
    held: pd.DataFrame,
    may: NDArray[np.bool_],
    conditions: pd.DataFrame,
    rules: pd.DataFrame,
    ratio: NDArray[np.float64],
) -> tuple[list[str], list[str]]:
    family = conditions.drop_duplicates("complex").set_index("complex")["family"]
    groups = [family.index[family == name] for name in family.unique()]
    families = sum(held[list(group)].any(axis=1).to_numpy(int) for group in groups)
    listed = [
        (
            str(row.rule),
            int(row.regime),
            row.families_at_least,
            row.limit_ratio_above,
            row.after_regime,
            row.after_h,
        )
        for row in rules.itertuples()
    ]
    # Hours without break, up to the hour before, in which each regime or a higher one held.
    run = [0] * len(REGIMES)
    unknown = 0
    regime, fired = [], []
    for count, possible, value in zip(families.tolist(), may.tolist(), ratio.tolist(), strict=True):
        names, degree = [], 0
        for name, number, least, above, after, hours in listed:
            if count >= least and value > above and (after == 0 or run[after] >= hours):
                names.append(name)
                degree = max(degree, number)
        unknown = unknown + 1 if possible and not count else 0
        if not 0 < unknown <= BRIDGE_H:
            run = [length + 1 if number <= degree else 0 for number, length in enumerate(run)]
        without = "without_degree" if count else "unknown" if possible else "none"
        regime.append(REGIMES[degree] or without)
        fired.append(";".join(names))
    return regime, fired


def _joined(flags: pd.DataFrame) -> list[str]:
    """Names of the columns that are true in each row."""
    names = flags.columns.tolist()
    rows = [tuple(row) for row in flags.to_numpy().tolist()]
    texts = {row: ";".join(name for name, true in zip(names, row, strict=True) if true) for row in set(rows)}
    return [texts[row] for row in rows]


def _run_begin(times: pd.Series, values: NDArray[np.generic]) -> pd.Series:
    fresh = np.concatenate([[True], values[1:] != values[:-1]])
    return times.where(fresh).ffill()


def _marks(complexes: str, names: str, conditions: pd.DataFrame, rules: pd.DataFrame) -> str:
    used = set(conditions.loc[conditions["complex"].isin(complexes.split(";")), "mark"])
    used |= set(rules.loc[rules["rule"].isin(names.split(";")), "mark"])
    return ";".join(mark for mark in MARKS if mark in used)


def _checked_complexes(table: pd.DataFrame) -> pd.DataFrame:
    _require(table, COMPLEX_COLUMNS, "complexes")
    known = set(empty("stagnation").columns)
    for row in table.itertuples():
        place = f"complex {row.complex}"
        if row.quantity not in known:
            raise ConfigError(f"no quantity {row.quantity!r}", where=place, cure=", ".join(sorted(known)))
        if row.comparison not in COMPARISONS:
            raise ConfigError(f"comparison {row.comparison!r}", where=place, cure=", ".join(COMPARISONS))
        if row.comparison != "==" and not _is_number(row.value):
            raise ConfigError(f"{row.value!r} is no number", where=place, cure="give a number")
    families = table.groupby("complex")["family"].nunique()
    if (families > 1).any():
        raise ConfigError(f"complex {families.index[families > 1][0]} is of two families", cure="name one")
    return table


def _checked_degrees(table: pd.DataFrame) -> pd.DataFrame:
    _require(table, DEGREE_COLUMNS, "degrees")
    highest = len(REGIMES) - 1
    for row in table.itertuples():
        if not (1 <= row.regime <= highest and 0 <= row.after_regime <= highest and row.after_h >= 0):
            raise ConfigError(
                f"regime {row.regime} after regime {row.after_regime} for {row.after_h} h",
                where=f"rule {row.rule}",
                rule="regimes 1 to 3, after 0 to 3",
                cure="correct the row",
            )
        if not (row.families_at_least >= 1 and row.limit_ratio_above >= 0):
            raise ConfigError(
                "a degree asks for at least one family and a ratio of 0 or more", where=f"rule {row.rule}"
            )
    return table


def _require(table: pd.DataFrame, columns: list[str], name: str) -> None:
    missing = [column for column in columns if column not in table]
    if missing or table.empty:
        raise ConfigError(f"{name} lack {', '.join(missing) or 'rows'}", cure=f"columns {', '.join(columns)}")
    strange = sorted(set(table["mark"]) - set(MARKS))
    if strange:
        raise ConfigError(f"mark {strange[0]!r} in {name}", rule="V, R or A", cure="mark how it was checked")


def _is_number(text: object) -> bool:
    try:
        return bool(np.isfinite(float(str(text))))
    except ValueError:
        return False
