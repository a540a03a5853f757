"""Settings of a case: ``case.toml``, its meaning, its template."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

import tomlkit
from pydantic import ConfigDict, Field, ValidationError, field_validator, model_validator

from sootprint.case.engine_settings import Engine, Section
from sootprint.core.errors import ConfigError
from sootprint.core.pollutants import find_pollutant, pollutant_table
from sootprint.core.timeaxis import zone_info

Kind = Literal[
    "observations",
    "weather",
    "sources",
    "stack_monitoring",
    "fuel_use",
    "material_balance",
    "complaints",
    "elevation",
    "truth",
]
KINDS: tuple[Kind, ...] = get_args(Kind)


class Place(Section):
    """Where the case plays: name, middle point, zone, projected CRS."""

    name: str = "unnamed place"
    lon: Annotated[float, Field(ge=-180, le=180)] | None = None
    lat: Annotated[float, Field(ge=-90, le=90)] | None = None
    zone: str = "UTC"
    crs: str | None = None
    land_use: Literal["urban", "rural"] = "urban"

    @field_validator("zone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            zone_info(value)
        except ConfigError as error:
            raise ValueError(f"{error.what}; {error.rule}") from error
        return value


class Scope(Section):
    """What is investigated: period (local dates, both included), pollutants, norms."""

    start: date | None = None
    end: date | None = None
    pollutants: list[str] = Field(default_factory=list)
    jurisdictions: list[Literal["KZ", "WHO", "EU", "US"]] = Field(default=["KZ", "WHO", "EU", "US"])

    @field_validator("pollutants")
    @classmethod
    def _known_pollutants(cls, values: list[str]) -> list[str]:
        found = [find_pollutant(value) for value in values]
        for value, identifier in zip(values, found, strict=True):
            if identifier is None:
                raise ValueError(f"pollutant {value!r} is not one of {', '.join(pollutant_table().index)}")
        return [identifier for identifier in found if identifier]


class AttributionChecks(Section):
    """Attributions that are made again without a post, without an episode, and with another prior."""

    posts_left_out: Annotated[int, Field(ge=0, le=100)] = 12
    episodes_left_out: Annotated[int, Field(ge=0, le=100)] = 6
    other_priors: bool = True


class Attribution(Section):
    """Inverse model: options passed to it by name, its checks, and whether suspect H2S takes part."""

    use_suspect_h2s: bool = False
    options: dict[str, Any] = Field(default_factory=dict)
    checks: AttributionChecks = Field(default_factory=AttributionChecks)


class Unknown(Section):
    """Search for sources that nobody declared.

    Attributes
    ----------
    search : bool
        Whether it is made at all.
    pollutants : list of str
        Pollutants that are searched, each on its own.
    spacing_m, reach_m : float
        Distance of the candidates, and how far they reach beyond the posts [m].
    distances_m : list of float
        Distances for which an emission is given where there is no inventory [m].
    reading_factor : float
        What readings are multiplied by, where their µg m⁻³ are not of the air at the place [1].
    options, direction_options : dict
        Settings of the search of places and of directions by name.
    """

    search: bool = True
    pollutants: list[str] = Field(default=["SO2"])
    spacing_m: Annotated[float, Field(ge=200, le=20_000)] = 1500.0
    reach_m: Annotated[float, Field(ge=0, le=50_000)] = 5000.0
    distances_m: list[Annotated[float, Field(ge=100, le=20_000)]] = Field(
        default=[500.0, 1000.0, 2000.0, 5000.0]
    )
    reading_factor: Annotated[float, Field(gt=0, le=2)] = 1.0
    options: dict[str, Any] = Field(default_factory=dict)
    direction_options: dict[str, Any] = Field(default_factory=dict)


class Scenarios(Section):
    """Scenario that is tried: the first sources of the ranking, each scaled by a factor."""

    factor: Annotated[float, Field(ge=0, le=10)] = 0.5
    sources: Annotated[int, Field(ge=0, le=50)] = 3


class Indices(Section):
    """Indices of pollution: exponents of the index IZA and rules of high pollution, each set by its name."""

    exponents: str | None = None
    rules: str | None = None


class Nmu(Section):
    """Adverse weather: which hours are judged, and the cut of each regime that a source is asked for."""

    mode: Literal["observed", "forecast"] = "observed"
    window_h: Annotated[float, Field(ge=0, le=240)] | None = None


class Permit(Section):
    """Calculation of the permit by the legal method.

    Attributes
    ----------
    calculate : bool
        Whether it is calculated at all.
    method : {"ond86", "mrr2017"}
        Text that is followed.
    ambient_c : float, optional
        Mean daily maximum of the warmest month [°C]; where it is not stated 25 °C, which the report says.
    region_coefficient, relief : float
        A and η of the method.
    grid_m, step_m : float
        Width of the square around the sources and distance of its points [m]; by default chosen from the
        sources.
    top_wind_m_s : float, optional
        Wind that is exceeded in 5 % of the time, u* [m s⁻¹]; by default that of the weather of the case.
    zone_m : float
        Width of the sanitary protection zone around the sources of each plant [m].
    basis : str, optional
        Which rate is calculated; by default the permitted one, else the declared one.
    """

    calculate: bool = True
    method: Literal["ond86", "mrr2017"] = "ond86"
    ambient_c: Annotated[float, Field(ge=-60, le=60)] | None = None
    region_coefficient: Annotated[float, Field(gt=0, le=500)] = 200.0
    relief: Annotated[float, Field(ge=1, le=5)] = 1.0
    grid_m: Annotated[float, Field(gt=0, le=200_000)] | None = None
    step_m: Annotated[float, Field(gt=0, le=10_000)] | None = None
    top_wind_m_s: Annotated[float, Field(ge=0.5, le=50)] | None = None
    zone_m: Annotated[float, Field(gt=0, le=20_000)] = 1000.0
    basis: Literal["permitted", "declared", "measured", "assumed"] | None = None


class Audit(Section):
    """What is known beside the files of the declared inventory; passed to the audit by name."""

    processes: dict[str, str] = Field(default_factory=dict)
    boundaries: dict[str, str] = Field(default_factory=dict)
    limits: dict[str, float] = Field(default_factory=dict)
    basis: Literal["permitted", "declared", "measured", "assumed"] = "declared"


class Factors(Section):
    """Factors of posts where many pollutants are measured together.

    Attributes
    ----------
    number : int, optional
        Number of factors; where it is stated posts with at least six species are factorised, else those with
        at least eight, and the number is chosen by stated criteria.
    starts, bootstrap : int
        Random starts, and runs of the bootstrap.
    leave_out, weak, displace : list of str
        Pollutants that are not fitted; those that must not steer the fit; those whose profiles are displaced.
    source_types : dict
        Kind of a source, as in the source profiles.
    """

    number: Annotated[int, Field(ge=2, le=20)] | None = None
    starts: Annotated[int, Field(ge=2, le=200)] = 20
    bootstrap: Annotated[int, Field(ge=0, le=1000)] = 100
    leave_out: list[str] = Field(default_factory=list)
    weak: list[str] = Field(default_factory=list)
    displace: list[str] = Field(default_factory=list)
    source_types: dict[str, str] = Field(default_factory=dict)


class PromisedCut(Section):
    """Cut that a plant, a source or, with neither, the whole complex promised.

    Local dates, both included, or clock times, the last excluded.
    """

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    plant: str | None = None
    source: str | None = None
    pollutant: str
    start: date | datetime = Field(alias="from")
    end: date | datetime = Field(alias="to")
    cut: Annotated[float, Field(gt=0, le=1)]
    note: str = ""

    @field_validator("pollutant")
    @classmethod
    def _known_pollutant(cls, value: str) -> str:
        identifier = find_pollutant(value)
        if identifier is None:
            raise ValueError(f"pollutant {value!r} is not one of {', '.join(pollutant_table().index)}")
        return identifier

    @model_validator(mode="after")
    def _one_promiser(self) -> PromisedCut:
        if self.plant is not None and self.source is not None:
            raise ValueError("a promise is of a plant, of a source, or of all: not of a plant and a source")
        if str(self.end) < str(self.start):
            raise ValueError(f"the promise ends on {self.end}, before {self.start}")
        return self


class ReportSettings(Section):
    """Languages of the report; the first is that of ``report.html`` and ``report.pdf``."""

    languages: list[Literal["en", "ru", "kk"]] = Field(default=["en"], min_length=1)


class Settings(Section):
    """All settings of a case."""

    title: str = "Untitled case"
    synthetic: bool = False
    seed: int = 1
    place: Place = Field(default_factory=Place)
    scope: Scope = Field(default_factory=Scope)
    engine: Engine = Field(default_factory=Engine)
    attribution: Attribution = Field(default_factory=Attribution)
    unknown: Unknown = Field(default_factory=Unknown)
    factors: Factors = Field(default_factory=Factors)
    scenarios: Scenarios = Field(default_factory=Scenarios)
    indices: Indices = Field(default_factory=Indices)
    nmu: Nmu = Field(default_factory=Nmu)
    permit: Permit = Field(default_factory=Permit)
    audit: Audit = Field(default_factory=Audit)
    promised_cuts: list[PromisedCut] = Field(default_factory=list)
    report: ReportSettings = Field(default_factory=ReportSettings)
    episodes: dict[str, Any] = Field(default_factory=dict)
    stations: dict[str, dict[str, Any]] = Field(default_factory=dict)
    files: dict[str, dict[str, Any]] = Field(default_factory=dict)

    def section(self, key: str) -> Any:
        """Plain data of one section or key, as ``place``, ``engine.calm_m_s`` or ``files:NAME``."""
        value: Any = self.model_dump(mode="json")
        if key.startswith("files:"):
            return value["files"].get(key.removeprefix("files:"))
        for part in key.split("."):
            value = value.get(part) if isinstance(value, dict) else None
        return value


TEMPLATE = """\
# Settings of a Sootprint case. Every line may be changed; each change is written to the ledger.
title = "Untitled case"
seed = 1              # start of every random number of this case

[place]
name = "unnamed place"
# lon = 82.62         # middle of the study area, degrees
# lat = 49.95
zone = "UTC"          # IANA name: Asia/Almaty, America/Lima; never a fixed offset
land_use = "urban"    # urban or rural: dispersion and wind profile
# crs = "EPSG:32644"  # metres inside; by default the UTM zone of the middle

[scope]
# start = 2024-11-01  # local dates, both included; by default all that was measured
# end = 2024-11-30
# pollutants = ["SO2", "NO2", "PM2.5"]
jurisdictions = ["KZ", "WHO", "EU", "US"]

[engine]
physics = "briggs1973"
calm_m_s = 0.5        # below this wind the engine does not serve an hour [m/s]
direction_sigma_deg = 10.0  # how well the direction of the plume is known [degrees]
lateral_sigma_m_s = 0.3     # wandering of a light wind within the hour [m/s]
# engine = "auto"     # light and calm hours by the particles; plume by default

# [engine.terrain]    # wind over the elevation model of the evidence, for the particles
# cell_m = 200
# wind = { pool_depth_m = 100, pool_wind_m_s = 1.5 }  # cold pool of stable light hours
# sites.AIRPORT = { lon = 82.494, lat = 50.037 }      # where a weather station stands

[attribution]
use_suspect_h2s = false  # hydrogen sulphide of automatic posts that only follows sulphur dioxide

# [factors]            # patterns of many pollutants measured together at one post
# number = 5            # by default chosen by criteria where a post measures eight species or more
# source_types = { "UKMK/0225" = "lead_zinc_smelter" }

[permit]
method = "ond86"      # or mrr2017
# ambient_c = 27.9    # mean daily maximum of the warmest month [degrees C]; 25 is assumed without it
region_coefficient = 200  # A of the method
relief = 1.0          # eta: 1 for level ground
zone_m = 1000         # sanitary protection zone around the sources of a plant [m]

# [indices]
# exponents = "emirsaba"  # set of exponents of the index IZA; rules = "classic" for high pollution

# [[promised_cuts]]   # what a plant said it would cut; it is compared with stack monitoring and readings
# plant = "UKMK"      # or source = "UKMK/0225"
# pollutant = "SO2"
# from = 2025-10-23   # local dates, both included
# to = 2025-10-25
# cut = 0.2

[scenarios]
factor = 0.5          # the first sources of the ranking, one at a time, emit so much of what they did
sources = 3

[report]
languages = ["en"]    # en, ru, kk; the first is the main one

# [stations.POST-1]   # what the files do not say of a post
# lon = 82.61
# lat = 49.97

# [files."name.csv"]  # how to read one file; `sootprint check` shows what was guessed
# stamp = "beginning"
"""


def read_settings(path: Path) -> Settings:
    """Settings of a ``case.toml``.

    Raises
    ------
    ConfigError
        If the file is absent, no TOML, or a key or value is wrong; all faults are listed.
    """
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ConfigError(
            "the case has no case.toml", where=str(path), cure="make one: sootprint new DIR"
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"case.toml is no valid TOML: {error}", where=str(path)) from error
    return parse_settings(data, str(path))


def parse_settings(data: dict[str, Any], where: str) -> Settings:
    """Settings of plain data; see `read_settings`."""
    try:
        return Settings.model_validate(data)
    except ValidationError as error:
        faults = "; ".join(
            f"{'.'.join(map(str, fault['loc']))}: {fault['msg']} (given {str(fault['input'])[:60]!r})"
            for fault in error.errors()
        )
        raise ConfigError(
            f"case.toml has {error.error_count()} wrong settings: {faults}",
            where=where,
            cure="correct or remove these keys",
        ) from error


def edit_settings(path: Path, changes: Mapping[Any, Any]) -> None:
    """Change settings in place, keeping the comments; keys are dotted paths given as tuples or texts."""
    document = tomlkit.parse(path.read_text(encoding="utf-8"))
    for key, value in changes.items():
        parts = key if isinstance(key, tuple) else tuple(key.split("."))
        table: Any = document
        for part in parts[:-1]:
            if part not in table:
                table[part] = tomlkit.table()
            table = table[part]
        table[parts[-1]] = value
    text = tomlkit.dumps(document)
    parse_settings(tomllib.loads(text), str(path))
    partial = path.with_name(path.name + ".partial")
    partial.write_text(text, encoding="utf-8")
    partial.replace(path)
