"""Settings of an inventory file, as ``case.toml`` states them under ``[files."NAME"]``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from sootprint.core.errors import ConfigError

LAYOUTS = ("template", "inventory")
MARKS = ("verified", "secondary", "assumed", "unverified")
BASES = ("declared", "permitted", "measured", "assumed")


@dataclass(frozen=True)
class SourceOptions:
    """Settings that overrule what a reader would take for granted.

    Attributes
    ----------
    layout : str, optional
        ``template`` (our columns) or ``inventory`` (Kazakh or Russian form); by default from the headings.
    sheet : str, optional
        Sheet of an inventory form, by default the first that has one.
    columns : dict
        Field of the inventory form (``number``, ``g_s``, ...) to its column, counted from 1.
    facility_id, facility_name, facility_kind, operator : str, optional
        The plant of an inventory form, which does not name it in its rows.
    mark : str
        How far entries without a mark of their own can be trusted.
    basis : str
        What kind of number the emissions of an inventory form are.
    relative_uncertainty : float, optional
        Relative standard uncertainty of its emissions [1].
    time_profile : str, optional
        Time profile of its emissions.
    controllable : bool, optional
        Whether its sources can be ordered to cut.
    origin_lon, origin_lat : float, optional
        Place of the plant grid's origin, WGS84 [degrees].
    rotation_deg : float, optional
        Direction of the grid's OY axis, clockwise from true north [degrees]: 0 where OX points east, which
        in ЭРА is an angle of 90° between OX and north; 30 turns the grid clockwise by 30°.
    plant_grid : dict, optional
        ``{ epsg = 32644 }`` where the grid is a known projected CRS.
    """

    layout: str | None = None
    sheet: str | None = None
    columns: Mapping[str, int] = field(default_factory=dict)
    facility_id: str | None = None
    facility_name: str | None = None
    facility_kind: str | None = None
    operator: str | None = None
    mark: str = "unverified"
    basis: str = "declared"
    relative_uncertainty: float | None = None
    time_profile: str | None = None
    controllable: bool | None = None
    origin_lon: float | None = None
    origin_lat: float | None = None
    rotation_deg: float | None = None
    plant_grid: Mapping[str, Any] | None = None


def source_options(options: Mapping[str, Any] | None, *, where: str) -> SourceOptions:
    """Checked settings of a dict.

    Raises
    ------
    ConfigError
        If a key is not known or a value cannot be right.
    """
    given = dict(options or {})
    if "format" in given:
        given.setdefault("layout", given.pop("format"))
    known = [item.name for item in fields(SourceOptions)]
    unknown = sorted(set(given) - set(known))
    if unknown:
        raise ConfigError(
            f"{', '.join(unknown)}: no such setting of a source file",
            where=where,
            cure=f"one of: {', '.join(known)}",
        )
    for key, value in given.items():
        test, cure = _RULES.get(key, (_is_text, "a text"))
        if not test(value):
            raise ConfigError(f"{key} = {value!r} cannot be right", where=where, cure=cure)
    made = SourceOptions(**given)
    if made.plant_grid is not None and made.origin_lon is not None:
        raise ConfigError(
            "both plant_grid and an origin are stated", where=where, cure="state one of the two"
        )
    return made


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value)


def _number(low: float, high: float) -> Callable[[object], bool]:
    def test(value: object) -> bool:
        return isinstance(value, int | float) and not isinstance(value, bool) and low <= value <= high

    return test


def _is_columns(value: object) -> bool:
    return isinstance(value, Mapping) and all(
        isinstance(number, int) and number >= 1 for number in value.values()
    )


def _is_grid(value: object) -> bool:
    return isinstance(value, Mapping) and set(value) == {"epsg"} and isinstance(value["epsg"], int)


_RULES: dict[str, tuple[Callable[[Any], bool], str]] = {
    "layout": (lambda value: value in LAYOUTS, f"one of: {', '.join(LAYOUTS)}"),
    "mark": (lambda value: value in MARKS, f"one of: {', '.join(MARKS)}"),
    "basis": (lambda value: value in BASES, f"one of: {', '.join(BASES)}"),
    "columns": (_is_columns, "a table of fields and column numbers from 1"),
    "relative_uncertainty": (_number(0, 100), "a number from 0"),
    "controllable": (lambda value: isinstance(value, bool), "true or false"),
    "origin_lon": (_number(-180, 180), "degrees"),
    "origin_lat": (_number(-90, 90), "degrees"),
    "rotation_deg": (_number(-360, 360), "degrees"),
    "plant_grid": (_is_grid, "{ epsg = 32644 }"),
}
