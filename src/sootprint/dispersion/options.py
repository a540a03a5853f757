"""Choices of the plume engine: every one is a parameter, recorded with the operator."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any, TypeVar

from sootprint.core.errors import ConfigError


@dataclass(frozen=True)
class PlumeOptions:
    """Choices of the engine ``plume`` with physics ``briggs1973``.

    Attributes
    ----------
    calm_m_s : float
        Wind speed [m s⁻¹] below which an hour is calm and not served; compared with the wind measured and
        with the wind at ``lowest_wind_height_m``.
    anemometer_threshold_m_s : float
        Starting speed of the anemometer [m s⁻¹]; an hour below it is calm.
    stack_tip_downwash : bool
        Briggs (1974): slow gas is drawn down behind the stack.
    gradual_rise : bool
        Rise that grows with distance; otherwise the final rise everywhere.
    buoyancy_induced_dispersion : bool
        Pasquill (1976): widths grow with the rise, Δh / 3.5.
    stable_lid : bool
        Whether the lid also holds in classes E and F; ISC3 takes them as unlimited.
    measurement_height_m : float
        Height [m] taken for an anemometer whose height is not given (WMO-No. 8: 10 m); hours counted.
    lowest_wind_height_m : float
        Height [m] below which the wind is taken as constant (ISC3: 10 m).
    nearest_m : float
        Downwind distance [m] below which no concentration is given (ISC3: 1 m).
    panels_per_octave : int
        Panels of the area integral for each doubling of the distance.
    line_width_m : float, optional
        Width [m] taken for a line source that states none; without it such a line is refused.
    assumed : mapping of kind to mapping of column to value
        Values taken where a source states none, as ``{"point": {"diameter_m": 2.0}}``.
    direction_sigma_deg, lateral_sigma_m_s : float
        Uncertainty of the wind direction [degrees] and lateral wandering of the hour's wind [m s⁻¹]. With
        either the operator is the mean over the directions that the plume may have taken, by
        σy² + (x σθ)² in place of σy² (small angles): what readings are to be compared with where the wind
        is known only so well. Both 0: the plume of the direction given.
    threads : int
        Threads among which the hours are shared; the result does not depend on it.
    """

    calm_m_s: float = 0.5
    anemometer_threshold_m_s: float = 0.0
    stack_tip_downwash: bool = True
    gradual_rise: bool = True
    buoyancy_induced_dispersion: bool = True
    stable_lid: bool = True
    measurement_height_m: float = 10.0
    lowest_wind_height_m: float = 10.0
    nearest_m: float = 1.0
    panels_per_octave: int = 4
    line_width_m: float | None = None
    assumed: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    direction_sigma_deg: float = 0.0
    lateral_sigma_m_s: float = 0.0
    threads: int = 1

    def __post_init__(self) -> None:
        for name in ("calm_m_s", "measurement_height_m", "lowest_wind_height_m", "nearest_m"):
            if not getattr(self, name) > 0.0:
                raise ConfigError(f"{name} is {getattr(self, name)}", rule="it is positive", cure="change it")
        for name in ("direction_sigma_deg", "lateral_sigma_m_s"):
            if not 0.0 <= getattr(self, name) <= 45.0:
                raise ConfigError(f"{name} is {getattr(self, name)}", rule="from 0 to 45", cure="change it")
        for name in ("panels_per_octave", "threads"):
            if getattr(self, name) < 1:
                raise ConfigError(f"{name} is {getattr(self, name)}", rule="at least 1", cure="change it")

    def physics(self) -> dict[str, Any]:
        """Choices that change numbers: all but the number of threads."""
        made = asdict(self)
        made.pop("threads")
        made["assumed"] = {kind: dict(values) for kind, values in self.assumed.items()}
        return made


Options = TypeVar("Options")


def named_options(kind: type[Options], given: Options | Mapping[str, Any] | None, of: str) -> Options:
    """Options of a kind from nothing (defaults), a mapping (a table of ``case.toml``) or themselves.

    Parameters
    ----------
    kind : dataclass
    given : the same, mapping or None
    of : str
        What they are options of, for the message.

    Raises
    ------
    ConfigError
        If a key is not known or a value cannot be right.
    """
    if given is None:
        return kind()
    if isinstance(given, kind):
        return given
    assert isinstance(given, Mapping)
    known = [item.name for item in fields(kind)]  # type: ignore[arg-type]
    unknown = sorted(set(given) - set(known))
    if unknown:
        raise ConfigError(
            f"options of {of} are not known: {', '.join(unknown)}", cure=f"one of: {', '.join(known)}"
        )
    return kind(**given)


def plume_options(options: PlumeOptions | Mapping[str, Any] | None) -> PlumeOptions:
    """Options of the plume engine; see `named_options`."""
    return named_options(PlumeOptions, options, "the plume engine")
