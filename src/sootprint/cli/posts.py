"""Command ``posts``: where the next post, or the next hour of a mobile laboratory, would decide most."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from sootprint.core.errors import InputError

if TYPE_CHECKING:
    from sootprint.attribution.identifiability import Identifiability, Network
    from sootprint.case import Case
    from sootprint.case.steps import Context

STEPS = {"weather", "h2s", "norms", "episodes", "operator", "identifiability"}
"""Steps of the analysis that the answer rests on."""

LIKE = "of the case: an hour like it, with such a wind, would tell as much"
FORECAST = "of the forecast"


@dataclass(frozen=True)
class PostsRequest:
    """What the command was asked for.

    Attributes
    ----------
    pollutant : str, optional
        Pollutant; by default all that are measured and declared.
    places : Path, optional
        CSV with ``station_id, lon, lat`` and optionally ``height_m``; by default a grid.
    forecast : Path, optional
        Weather forecast for the mobile laboratory; by default the hours of the case stand for it.
    count : int
        Posts and hours to name for each pollutant.
    """

    pollutant: str | None = None
    places: Path | None = None
    forecast: Path | None = None
    count: int = 3


def run_posts(folder: Path, request: PostsRequest, *, as_json: bool) -> None:
    """Posts and hours that would tell most, on the screen or as JSON.

    Raises
    ------
    InputError
        If the case has no sources, the pollutant is not among those that are measured and declared, or a
        file cannot be read.
    """
    import sootprint
    from sootprint.cli.nmu import tables_of
    from sootprint.cli.screen import print_json

    case = sootprint.open_case(folder)
    artifacts = tables_of(case, STEPS, quiet=as_json)
    if "identifiability_sources" not in artifacts:
        raise InputError(
            "the case has no inventory of sources",
            rule="what a post would tell is told from the sources that it could see",
            cure="sootprint add CASE FILE --as sources",
        )
    with tempfile.TemporaryDirectory(prefix="sootprint-posts-") as scratch:
        made = answers(case, artifacts, request, Path(scratch))
    if as_json:
        print_json(made)
    else:
        _show(made)


def answers(case: Case, artifacts: dict[str, Any], request: PostsRequest, scratch: Path) -> dict[str, Any]:
    """Next posts, next hours and what would decide each open source, of all wanted pollutants."""
    from sootprint.attribution import identifiability as room
    from sootprint.case.flow import identifiability as flow
    from sootprint.case.steps import Context

    context = Context(case.settings, artifacts, case.evidence, scratch)
    nets = flow.networks(context)
    wanted = _wanted(nets, request.pollutant)
    places = flow.candidate_places(context) if request.places is None else read_places(request.places)
    grid, repeat = flow.candidate_operator(context, places, nets)
    ahead = grid if request.forecast is None else _forecast_operator(context, places, nets, request.forecast)
    options = flow.room_options(context)
    found = {name: room.averaging_kernel(net, options=options) for name, net in nets.items()}
    coordinates = places.rename(columns={"receptor_id": "station_id"})
    parts: dict[str, list[pd.DataFrame]] = {"next_posts": [], "next_hours": [], "deciding": []}
    for name in wanted:
        net = flow.candidates(context, nets[name], grid)
        information = room.post_information(net, repeat=repeat)
        parts["next_posts"].append(
            room.next_monitor(
                found[name], net, count=request.count, places=coordinates, information=information
            )
        )
        hours = net if ahead is grid else flow.candidates(context, nets[name], ahead)
        parts["next_hours"].append(_hours(context, found[name], hours, coordinates, request))
        others = [item for other, item in found.items() if other != name]
        parts["deciding"].append(
            room.what_would_decide(
                found[name],
                posts=net,
                information=information,
                hours=hours,
                others=others,
                outlets=flow.outlets_of(context),
            )
        )
    tables = {name: pd.concat(part, ignore_index=True) for name, part in parts.items()}
    tables["next_posts"] = tables["next_posts"].dropna(subset=["rank"])
    return {
        "hours": LIKE if request.forecast is None else FORECAST,
        "zone": case.settings.place.zone,
        "candidates": len(places),
        **tables,
    }


def _wanted(nets: dict[str, Network], pollutant: str | None) -> list[str]:
    from sootprint.core.pollutants import pollutant_id

    name = None if pollutant is None else pollutant_id(pollutant, where="--pollutant")
    if not nets or (name is not None and name not in nets):
        raise InputError(
            "nothing is measured and declared" if name is None else f"{name} is not measured and declared",
            rule="hourly readings of a pollutant, and sources that emit it",
            cure=f"one of: {', '.join(nets)}" if nets else "see sootprint check CASE",
        )
    return list(nets) if name is None else [name]


def read_places(path: Path) -> pd.DataFrame:
    """Candidate places of a file: ``receptor_id, lon, lat, height_m``.

    Raises
    ------
    InputError
        If a column is missing, a place is named twice, or a coordinate is no place on Earth.
    """
    from sootprint.case.flow.dispersing import INLET_HEIGHT_M
    from sootprint.core.raw import read_raw

    raw = read_raw(path)[0].with_header()
    missing = [name for name in ("station_id", "lon", "lat") if name not in raw]
    if missing:
        raise InputError(f"no column {missing[0]!r}", where=path.name, cure="station_id, lon, lat, height_m")
    made = pd.DataFrame(
        {
            "receptor_id": raw["station_id"].astype(str),
            "lon": pd.to_numeric(raw["lon"], errors="coerce"),
            "lat": pd.to_numeric(raw["lat"], errors="coerce"),
            "height_m": pd.to_numeric(raw["height_m"], errors="coerce").fillna(INLET_HEIGHT_M)
            if "height_m" in raw
            else INLET_HEIGHT_M,
        }
    )
    wrong = ~(made["lon"].between(-180, 180) & made["lat"].between(-90, 90))
    if wrong.any() or made["receptor_id"].duplicated().any():
        row = made[wrong | made["receptor_id"].duplicated()].iloc[0]
        raise InputError(
            f"place {row['receptor_id']!r} is named twice or has no coordinates",
            where=path.name,
            rule="each place once, in degrees",
        )
    return made.reset_index(drop=True)


def _forecast_operator(context: Context, places: pd.DataFrame, nets: dict[str, Network], path: Path) -> Any:
    """Operator at the places in the hours of a forecast with wind enough for a fit."""
    from sootprint import weather
    from sootprint.case.flow import identifiability as flow
    from sootprint.case.flow.dispersing import disperse
    from sootprint.case.flow.layers import is_layered

    settings = context.settings
    if is_layered(settings):
        raise InputError(
            f"physics {settings.engine.physics!r} takes no forecast",
            rule="a layered engine needs profiles, which a forecast file has not",
            cure="leave --forecast out: the hours of the case then stand for it",
        )
    read = weather.read_weather(path, name=path.name, zone=settings.place.zone).tables["weather"]
    hourly = weather.hourly_weather(read, weather.main_station(read)).drop(columns="samples", errors="ignore")
    place = settings.place
    if place.lon is None or place.lat is None:
        raise InputError("the case states no place", where="case.toml, [place]", cure="give lon and lat")
    derived, _ = weather.derive(hourly, lon=place.lon, lat=place.lat, land_use=place.land_use)
    windy = derived[derived["wind_speed"] >= flow.fit_options(context).minimum_wind_m_s]
    if windy.empty:
        raise InputError(
            "no hour of the forecast has wind enough to infer an emission",
            where=path.name,
            rule=f"at least {flow.fit_options(context).minimum_wind_m_s:g} m/s",
        )
    emitting = {name for net in nets.values() for name in net.sources}
    sources = context.table("sources")
    sources = sources[sources["source_id"].isin(emitting)]
    return disperse(context, sources, places, windy.reset_index(drop=True))


def _hours(
    context: Context,
    found: Identifiability,
    hours: Network,
    places: pd.DataFrame,
    request: PostsRequest,
) -> pd.DataFrame:
    """Table ``next_posts`` of the best hours, with local times, and the wind where they are the case's."""
    from sootprint.attribution import identifiability as room
    from sootprint.core.timeaxis import to_local

    made = room.next_hour(found, hours, count=request.count, places=places)
    made = made.assign(time_local=to_local(made["time_start"], context.settings.place.zone))
    if request.forecast is None:
        air = context.table("meteorology").drop_duplicates("time_start").set_index("time_start")
        wind = air.reindex(made["time_start"])[["wind_from_direction", "wind_speed"]]
        made = made.assign(**{name: wind[name].to_numpy(float) for name in wind})
    return made


def _show(made: dict[str, Any]) -> None:
    from sootprint.attribution.identifiability import sentence
    from sootprint.cli.screen import out, print_table

    columns = ["pollutant", "rank", "station_id", "lon", "lat", "gain_nat", "separates", "decides"]
    print_table(_placed(made["next_posts"])[columns], f"Next posts, of {made['candidates']} places tried")
    columns = ["pollutant", "rank", "time_local", "station_id", "lon", "lat"]
    columns += [name for name in ("wind_from_direction", "wind_speed") if name in made["next_hours"]]
    print_table(
        _placed(made["next_hours"])[[*columns, "gain_nat", "decides"]],
        f"Next hours of a mobile laboratory ({made['hours']}; local time, {made['zone']})",
    )
    first = made["deciding"][made["deciding"]["rank"] == 1]
    for _, row in first.iterrows():
        out.print(sentence(row), highlight=False, soft_wrap=True)
    out.print(
        "Gains are expected from the model, for the rates that are declared; a place is a neighbourhood.",
        highlight=False,
    )


def _placed(table: pd.DataFrame) -> pd.DataFrame:
    """Table with coordinates as texts of about ten metres, which the screen would round to kilometres."""
    return table.assign(**{name: table[name].map("{:.4f}".format) for name in ("lon", "lat")})
