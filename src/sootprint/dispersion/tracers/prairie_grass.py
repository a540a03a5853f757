"""Project Prairie Grass: SO₂ from a pipe near the ground on flat grassland, five arcs to 800 m.

References
----------
.. [1] Barad, M. L., ed. (1958). Project Prairie Grass, a field program in diffusion. Geophysical Research
   Papers 59, Air Force Cambridge Research Center.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from sootprint.core.constants import GRAVITY, HEAT_CAPACITY_DRY_AIR, VON_KARMAN
from sootprint.dispersion.tracers.pairs import (
    FIT,
    REFERENCE,
    SCORED,
    DeckRunner,
    file_of,
    pairs_table,
    stability,
)

FOLDER = "prairie_grass"
MISSING = -9.0
FEWEST_SAMPLERS = 5
RELEASE_HEIGHT_M, SAMPLER_HEIGHT_M = 0.46, 1.5
ROUGHNESS_M = 0.006
MECHANICAL_COEFFICIENT = 2300.0
"""h = 2300 u*^1.5 [m]; Venkatram 1980, doi:10.1007/BF00124258 (rounded as in AERMET)."""

AIR_TEMPERATURE_K, AIR_DENSITY_KG_M3, GRADIENT_ABOVE_K_M = 300.0, 1.2, 0.005
"""Taken where the data give nothing: a release at air temperature and 0.01 m/s hardly feels them."""

INPUTS = {True: "sigma-azimuth given", False: "turbulence withheld"}
ARCS_M = (50, 100, 200, 400, 800)


def half_of(run: int) -> str:
    """Half of a run, fixed by its number alone: 5, 9, 13, … to fit, 7, 11, 15, … to score."""
    return FIT if run % 4 == 1 else SCORED


def read_weather(folder: Path) -> pd.DataFrame:
    """The 26 runs with weather, with the columns of the file."""
    return pd.read_csv(file_of(folder, "pg_met.csv"))


def observed_arcs(folder: Path) -> pd.DataFrame:
    """Arc maxima [mg m⁻³] and crosswind integrals [mg m⁻²] of every run and arc, from the single samplers.

    The code −9 (missing) is left out before anything is integrated; the integral is the trapezoid over the
    length of the arc. Arcs with at least five samplers and a maximum above zero.

    Returns
    -------
    DataFrame
        ``exp``, ``arc_m``, ``rate_g_s``, ``samplers``, ``missing``, ``maximum``, ``integral``.
    """
    samples = pd.read_csv(file_of(folder, "pg_samples.csv"))
    rows = []
    for (run, arc), group in samples.groupby(["exp", "arc_m"], sort=True):
        valid = group[group["conc_mg_m3"] != MISSING]
        bearing = (valid["azimuth_deg"].to_numpy() + 180.0) % 360.0 - 180.0
        order = np.argsort(bearing, kind="stable")
        value = valid["conc_mg_m3"].to_numpy()[order]
        along = np.deg2rad(bearing[order]) * float(arc)
        rows.append(
            {
                "exp": int(run),
                "arc_m": float(arc),
                "rate_g_s": float(group["Q_g_s"].iloc[0]),
                "samplers": len(valid),
                "missing": len(group) - len(valid),
                "maximum": float(value.max(initial=0.0)),
                "integral": float(np.trapezoid(value, along)),
            }
        )
    table = pd.DataFrame(rows)
    return table[(table["samplers"] >= FEWEST_SAMPLERS) & (table["maximum"] > 0.0)].reset_index(drop=True)


def write_deck(folder: Path, target: Path, *, turbulence: bool) -> Path:
    """AERMOD deck of the 26 runs, an hour each, with its weather and emission files; the path of the deck.

    Flat, rural; a point source of 0.46 m with the measured rate, receptors at every degree of the five arcs
    at 1.5 m; roughness 0.006 m; measured u*, L, wind and, with ``turbulence``, σ of the azimuth at 2 m.
    """
    runs = read_weather(folder)
    rates = observed_arcs(folder).groupby("exp")["rate_g_s"].first()
    surface = [
        "  42.490N   98.570W         UA_ID: 00000000  SF_ID: 00000     OS_ID: 99999        VERSION: 24142"
        "    CCVR_Sub"
    ]
    profile, emissions = [], []
    for hour, run in zip(_hours(len(runs)), runs.itertuples(), strict=True):
        surface.append(_surface_row(hour, run))
        sigma = run.sigma_azimuth_deg if turbulence else 99.0
        profile.append(
            f"56 07 {hour[0]:02d} {hour[1]:02d} 2.0 1 {run.wd_deg:6.1f} {run.U_m_s:8.2f} "
            f"{AIR_TEMPERATURE_K - 273.15:8.2f} {sigma:8.2f} 99.00"
        )
        emissions.append(
            f"SO HOUREMIS 56 7 {hour[0]} {hour[1]} PIPE {rates[run.exp]:.3f} {AIR_TEMPERATURE_K} 0.01"
        )
    last = _hours(len(runs))[-1]
    for name, lines in (("surface.sfc", surface), ("profile.pfl", profile), ("rates.emi", emissions)):
        (target / name).write_text("\n".join(lines) + "\n", encoding="ascii")
    path = target / "prairie_grass.inp"
    path.write_text(_DECK.format(last_day=last[0], last_hour=last[1]), encoding="ascii")
    return path


def pairs(folder: Path, run: DeckRunner, work: Path, *, model: str, turbulence: bool) -> pd.DataFrame:
    """Pairs of our engine's and the observed arcs of the 26 runs, not divided by the rate.

    Parameters
    ----------
    folder : Path
        Folder of the experiment.
    run : DeckRunner
        Engine under test.
    work : Path
        Empty folder for the deck.
    model : str
        Name for the table.
    turbulence : bool
        Whether the engine is given the measured σ of the azimuth.
    """
    hourly = run(write_deck(folder, work, turbulence=turbulence))
    weather = read_weather(folder)
    stamps = [56070000 + 100 * day + hour for day, hour in _hours(len(weather))]
    runs = dict(zip(stamps, weather["exp"], strict=True))
    arcs = hourly.assign(
        exp=hourly["yymmddhh"].map(runs),
        arc_m=np.hypot(hourly["x"], hourly["y"]).round(),
        value=hourly["concentration_ugm3"] * 1e-3,
    ).groupby(["exp", "arc_m"])["value"]
    step = np.deg2rad(1.0)
    made = pd.DataFrame({"maximum": arcs.max(), "integral": arcs.sum(min_count=1)}).reset_index()
    made["integral"] *= step * made["arc_m"]
    return _joined(folder, made, model=model, inputs=INPUTS[turbulence])


def reference_pairs(folder: Path, *, turbulence: bool) -> pd.DataFrame:
    """Pairs of AERMOD 24142 that come with the experiment."""
    name = "sigA" if turbulence else "noturb"
    stated = pd.read_csv(file_of(folder, f"pg_pairs_aermod24142_{name}.csv"))
    made = stated.rename(columns={"cmax_aermod_mg_m3": "maximum", "cwic_aermod_mg_m2": "integral"})
    return _joined(folder, made, model=REFERENCE, inputs=INPUTS[turbulence])


def _joined(folder: Path, modelled: pd.DataFrame, *, model: str, inputs: str) -> pd.DataFrame:
    weather = read_weather(folder)
    both = (
        observed_arcs(folder)
        .merge(weather[["exp", "L_m"]], on="exp")
        .merge(
            modelled[["exp", "arc_m", "maximum", "integral"]],
            on=["exp", "arc_m"],
            how="left",
            suffixes=("_observed", "_modelled"),
        )
    )
    frames = [
        pd.DataFrame(
            {
                "quantity": quantity,
                "stratum": stability(both["L_m"]),
                "half": both["exp"].map(half_of),
                "block": both["exp"].map("run {}".format),
                "arc_m": both["arc_m"],
                "observed": both[f"{column}_observed"],
                "modelled": both[f"{column}_modelled"],
                "unit": unit,
            }
        )
        for quantity, column, unit in (
            ("arc maximum", "maximum", "mg m-3"),
            ("crosswind integral", "integral", "mg m-2"),
        )
    ]
    return pairs_table(frames, experiment=FOLDER, model=model, inputs=inputs)


def _hours(count: int) -> list[tuple[int, int]]:
    """Day and hour (1 to 24) that stand for each run in the deck."""
    return [(1 + i // 24, 1 + i % 24) for i in range(count)]


def _surface_row(hour: tuple[int, int], run: object) -> str:
    """Row of the surface file: H from u* and L, w* = u* (h / k |L|)^(1/3), mechanical height from u*."""
    ustar, length, height = float(run.ustar_m_s), float(run.L_m), float(run.h_m)  # type: ignore[attr-defined]
    flux = -AIR_DENSITY_KG_M3 * HEAT_CAPACITY_DRY_AIR * AIR_TEMPERATURE_K * ustar**3
    flux /= VON_KARMAN * GRAVITY * length
    if length < 0.0:
        wstar, gradient = ustar * (height / (VON_KARMAN * -length)) ** (1.0 / 3.0), GRADIENT_ABOVE_K_M
    else:
        wstar, gradient, height = -9.0, -9.0, -999.0
    mechanical = min(MECHANICAL_COEFFICIENT * ustar**1.5, 4000.0)
    return (
        f"56 07 {hour[0]:02d} {181 + hour[0]:3d} {hour[1]:02d} {flux:6.1f} {ustar:6.3f} {wstar:6.3f} "
        f"{gradient:6.3f} {height:5.0f} {mechanical:5.0f} {length:8.1f} {ROUGHNESS_M:7.4f} 1.00 0.20 "
        f"{run.U_m_s:7.2f} {run.wd_deg:6.1f} 2.0 {AIR_TEMPERATURE_K:6.1f} 2.0 0 -9.00 999. 99999. 99 "  # type: ignore[attr-defined]
        "NAD-OS NoSubs"
    )


_DECK = f"""\
CO STARTING
   TITLEONE  Project Prairie Grass, odd runs with weather
   MODELOPT  CONC FLAT NOCHKD
   AVERTIME  1
   POLLUTID  SO2
   FLAGPOLE  {SAMPLER_HEIGHT_M}
   RUNORNOT  RUN
CO FINISHED
SO STARTING
   LOCATION  PIPE POINT 0.0 0.0 0.0
   SRCPARAM  PIPE 1.0 {RELEASE_HEIGHT_M} {AIR_TEMPERATURE_K} 0.01 0.01
   HOUREMIS  rates.emi PIPE
   SRCGROUP  ALL
SO FINISHED
RE STARTING
   GRIDPOLR  ARCS STA
             ORIG 0.0 0.0
             DIST {" ".join(f"{arc}." for arc in ARCS_M)}
             GDIR 360 1.0 1.0
   GRIDPOLR  ARCS END
RE FINISHED
ME STARTING
   SURFFILE  surface.sfc
   PROFFILE  profile.pfl
   SURFDATA  00000 1956
   UAIRDATA  00000 1956
   PROFBASE  0.0
   STARTEND  56 07 01 01 56 07 {{last_day:02d}} {{last_hour:02d}}
ME FINISHED
OU STARTING
   POSTFILE  1 ALL PLOT hourly.pst
OU FINISHED
"""
