"""Settings of a file of stack monitoring, as ``case.toml`` states them under ``[files."NAME"]``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from sootprint.core.errors import ConfigError, InputError
from sootprint.core.units import MASS_UNITS, to_g_s, unit_name

FIELDS = ("time", "region", "organization", "source", "pollutant", "ratio", "rate", "concentration", "loaded")
"""What a column of the file can hold."""


@dataclass(frozen=True)
class StackOptions:
    """Settings that overrule what the reader would take for granted.

    Attributes
    ----------
    columns : dict
        Field (`FIELDS`) to the heading of its column; by default from the headings.
    delimiter : str, optional
        Separator of the cells; by default the commonest in the heading.
    time_format : str, optional
        Format of the times, as ``%d.%m.%Y %H:%M``.
    stamp : str
        Which end of an interval a time marks: ``beginning`` or ``ending``.
    interval_s : float, optional
        Length of the interval of a reading [s]; by default 1200.
    rate_unit, concentration_unit : str, optional
        Units of the columns; by default g/s and mg/Nm³.
    source, pollutant, organization : str, optional
        The one source, substance or organisation of a file without that column.
    pollutants : dict
        Name in the file to an identifier of the pollutant table.
    organizations : dict
        Name in the file to the ``facility_id`` of the inventory.
    sources : dict
        ``ORGANISATION | SOURCE``, or the source's name alone, to a ``source_id``.
    regions : list of str
        Names of the regions; by default those of Kazakhstan.
    test_organizations : list of str
        Further names of test organisations.
    keep_test : bool
        Whether organisations with a test's name are in use.
    other_media : list of str
        Names in the substance column that are no substance in air.
    flat_readings : int
        Readings of one non-zero value in a row (with dates only: in a day) that count as a flat line.
    flat_share : float
        Share of a day's values that a flat line takes where the file has dates only [1].
    minimum_capture : float
        Share of a day below which its missing hours are reported as a gap [1].
    maximum_readings : int
        Rows in use up to which single readings are given as a table.
    """

    columns: Mapping[str, str] = field(default_factory=dict)
    delimiter: str | None = None
    time_format: str | None = None
    stamp: str = "beginning"
    interval_s: float | None = None
    rate_unit: str | None = None
    concentration_unit: str | None = None
    source: str | None = None
    pollutant: str | None = None
    organization: str | None = None
    pollutants: Mapping[str, str] = field(default_factory=dict)
    organizations: Mapping[str, str] = field(default_factory=dict)
    sources: Mapping[str, str] = field(default_factory=dict)
    regions: tuple[str, ...] = ()
    test_organizations: tuple[str, ...] = ()
    keep_test: bool = False
    other_media: tuple[str, ...] = ("сточные воды", "сточная вода", "waste water", "wastewater")
    flat_readings: int = 12
    flat_share: float = 0.9
    minimum_capture: float = 0.75
    maximum_readings: int = 2_000_000

    @property
    def interval(self) -> float:
        """Length of the interval of a reading [s]."""
        return 1200.0 if self.interval_s is None else self.interval_s

    @property
    def rate_factor(self) -> float:
        """Factor to g s⁻¹."""
        return float(to_g_s([1.0], self.rate_unit or "g/s")[0])

    @property
    def concentration_factor(self) -> float:
        """Factor to mg m⁻³."""
        return MASS_UNITS[_plain_unit(self.concentration_unit or "mg/m3")] / MASS_UNITS["mg/m3"]


def _plain_unit(unit: str) -> str:
    return unit_name(unit.casefold().replace("/n", "/").replace("/н", "/"))


def stack_options(options: Mapping[str, Any] | None, *, where: str) -> StackOptions:
    """Checked settings of a dict.

    Raises
    ------
    ConfigError
        If a key is not known or a value cannot be right.
    """
    given: dict[str, Any] = {
        key: tuple(value) if isinstance(value, list) else value for key, value in (options or {}).items()
    }
    known = [item.name for item in fields(StackOptions)]
    unknown = sorted(set(given) - set(known))
    if unknown:
        raise ConfigError(
            f"{', '.join(unknown)}: no such setting of a file of stack monitoring",
            where=where,
            cure=f"one of: {', '.join(known)}",
        )
    for key, value in given.items():
        test, cure = _RULES.get(key, (_is_text, "a text"))
        if not test(value):
            raise ConfigError(f"{key} = {value!r} cannot be right", where=where, cure=cure)
    return StackOptions(**given)


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value)


def _is_texts(value: object) -> bool:
    return isinstance(value, tuple) and all(_is_text(item) for item in value)


def _is_names(value: object) -> bool:
    return isinstance(value, Mapping) and all(_is_text(name) for pair in value.items() for name in pair)


def _is_columns(value: object) -> bool:
    return isinstance(value, Mapping) and _is_names(value) and set(value) <= set(FIELDS)


def _is_number(value: object, low: float, high: float) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and low < value <= high


def _is_whole(value: object, low: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= low


def _is_rate_unit(value: object) -> bool:
    if not isinstance(value, str):
        return False
    try:
        to_g_s([1.0], value)
    except InputError:
        return False
    return True


_RULES: dict[str, tuple[Any, str]] = {
    "columns": (_is_columns, f"a table of fields ({', '.join(FIELDS)}) and headings"),
    "delimiter": (lambda value: _is_text(value) and len(value) == 1, "one character"),
    "stamp": (lambda value: value in ("beginning", "ending"), "beginning or ending"),
    "interval_s": (lambda value: _is_number(value, 0, 86400), "seconds, up to 86400"),
    "rate_unit": (_is_rate_unit, "g/s, kg/h, g/h, t/yr or kg/yr"),
    "concentration_unit": (
        lambda value: _is_text(value) and _plain_unit(value) in MASS_UNITS,
        "ng/m3, ug/m3, mg/m3 (mg/Nm3) or g/m3",
    ),
    "pollutants": (_is_names, "a table of names and identifiers"),
    "organizations": (_is_names, "a table of names and facility_id"),
    "sources": (_is_names, "a table of names and source_id"),
    "regions": (_is_texts, "a list of names"),
    "test_organizations": (_is_texts, "a list of names"),
    "keep_test": (lambda value: isinstance(value, bool), "true or false"),
    "other_media": (_is_texts, "a list of names"),
    "flat_readings": (lambda value: _is_whole(value, 3), "a whole number from 3"),
    "flat_share": (lambda value: _is_number(value, 0.5, 1), "above 0.5 and up to 1"),
    "minimum_capture": (lambda value: _is_number(value, 0, 1), "above 0 and up to 1"),
    "maximum_readings": (lambda value: _is_whole(value, 0), "a whole number from 0"),
}
