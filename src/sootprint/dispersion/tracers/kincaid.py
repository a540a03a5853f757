"""Kincaid 1980: SF₆ from the 187 m stack of a power plant on flat farmland, arc maxima to 50 km.

References
----------
.. [1] Bowne, N. E. and Londergan, R. J. (1983). Overview, results and conclusions for the EPRI plume model
   validation and development project: plains site. EPRI EA-3074.
.. [2] US EPA (2003). AERMOD: latest features and evaluation results. EPA-454/R-03-003.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from sootprint.core.errors import InputError
from sootprint.dispersion.tracers.pairs import (
    FIT,
    REFERENCE,
    SCORED,
    DeckRunner,
    file_of,
    pairs_table,
    stability,
)

FOLDER = "kincaid_sf6"
INPUTS = "decks of the experiment"
OFF_THE_ARCS_KM = 99.0
SURFACE_FILES = ("KINSURF1.SF6", "KINSURF2.SF6")
RATE_FILES = ("KINHEMIS.SF6", "KINHEMI2.SF6")


def half_of(yymmddhh: int) -> str:
    """Half of an hour, fixed by its date alone: even days of the month to fit, odd days to score."""
    return FIT if yymmddhh // 100 % 2 == 0 else SCORED


def observed(folder: Path) -> pd.DataFrame:
    """Observed arc maxima over the release: ``yymmddhh``, ``arc_km``, ``observed`` [s m⁻³]."""
    table = pd.read_parquet(file_of(folder, "observed_arc_maxima_1980.parquet"))
    table = table[table["arc_km"] != OFF_THE_ARCS_KM]
    return table.rename(columns={"cq_s_m3": "observed"})[["yymmddhh", "arc_km", "observed"]]


def decks(folder: Path) -> list[Path]:
    """Decks of the experiment, one a day, in the order of their dates."""
    found = sorted((folder / "decks").glob("*.80I"))
    if not found:
        raise InputError(f"no decks *.80I in {folder / 'decks'}", rule="one deck a day")
    return found


def release_rates(folder: Path) -> pd.Series:
    """Tracer rate of every hour [g s⁻¹] by ``yymmddhh``."""
    rates = {}
    for name in RATE_FILES:
        for line in file_of(folder / "decks", name).read_text(encoding="ascii").splitlines():
            words = line.split()
            year, month, day, hour = (int(word) for word in words[2:6])
            rates[((year * 100 + month) * 100 + day) * 100 + hour] = float(words[7])
    return pd.Series(rates, name="rate_g_s")


def obukhov_lengths(folder: Path) -> pd.Series:
    """Obukhov length of every hour [m] by ``yymmddhh``; NaN where missing."""
    lengths = {}
    for name in SURFACE_FILES:
        lines = file_of(folder / "decks", name).read_text(encoding="ascii").splitlines()[1:]
        for line in lines:
            words = line.split()
            year, month, day, hour = (int(words[i]) for i in (0, 1, 2, 4))
            value = float(words[11])
            lengths[((year * 100 + month) * 100 + day) * 100 + hour] = value if value > -99999.0 else None
    return pd.Series(lengths, name="L_m", dtype=float)


def arcs_of(deck: Path) -> pd.DataFrame:
    """Arc of every receptor of a deck: ``x``, ``y`` [m], ``arc_km``."""
    rows = []
    for line in deck.read_text(encoding="ascii").splitlines():
        words = line.split()
        if "EVALCART" in words[:2]:
            x, y, *_, arc, _name = words[words.index("EVALCART") + 1 :]
            rows.append((round(float(x), 2), round(float(y), 2), float(arc)))
    return pd.DataFrame(rows, columns=["x", "y", "arc_km"]).drop_duplicates(["x", "y"])


def pairs(folder: Path, run: DeckRunner, *, model: str) -> pd.DataFrame:
    """Pairs of our engine's and the observed arc maxima and hour maxima of concentration over release.

    Parameters
    ----------
    folder : Path
        Folder of the experiment.
    run : DeckRunner
        Engine under test, on the 35 decks.
    model : str
        Name for the table.
    """
    return _joined(folder, modelled_arcs(folder, run), model=model)


def modelled_arcs(folder: Path, run: DeckRunner) -> pd.DataFrame:
    """Our engine's arc maxima over the release: ``yymmddhh``, ``arc_km``, ``modelled`` [s m⁻³]."""
    rates = release_rates(folder)
    released = set(rates.index[rates > 0.0])
    made = []
    for deck in decks(folder):
        hourly = run(deck)[["yymmddhh", "x", "y", "concentration_ugm3"]]
        hourly = hourly[hourly["yymmddhh"].isin(released)]
        hourly = hourly.assign(x=hourly["x"].round(2), y=hourly["y"].round(2))
        both = hourly.merge(arcs_of(deck), on=["x", "y"])
        value = both["concentration_ugm3"] * 1e-6 / both["yymmddhh"].map(rates)
        made.append(both.assign(modelled=value).groupby(["yymmddhh", "arc_km"])["modelled"].max())
    return pd.concat(made).reset_index()


def reference_pairs(folder: Path) -> pd.DataFrame:
    """Pairs of AERMOD 24142 that come with the experiment."""
    table = pd.read_parquet(file_of(folder, "pairs_arc_maxima_1980.parquet"))
    table = table.rename(columns={"aermod24142_CQ_s_m3": "modelled"})
    return _joined(folder, table[["yymmddhh", "arc_km", "modelled"]], model=REFERENCE)


def _joined(folder: Path, modelled: pd.DataFrame, *, model: str) -> pd.DataFrame:
    lengths = obukhov_lengths(folder)
    arcs = observed(folder).merge(modelled, on=["yymmddhh", "arc_km"], how="left")
    hours = arcs[arcs["modelled"].notna()].groupby("yymmddhh", as_index=False)[["observed", "modelled"]].max()
    frames = []
    for quantity, table in (("arc maximum", arcs[arcs["observed"] > 0.0]), ("hour maximum", hours)):
        stamps = table["yymmddhh"]
        frames.append(
            pd.DataFrame(
                {
                    "quantity": quantity,
                    "stratum": stability(stamps.map(lengths)),
                    "half": stamps.map(half_of),
                    "block": stamps.astype(str),
                    "arc_m": table["arc_km"] * 1000.0 if quantity == "arc maximum" else float("nan"),
                    "observed": table["observed"],
                    "modelled": table["modelled"],
                    "unit": "s m-3",
                }
            )
        )
    return pairs_table(frames, experiment=FOLDER, model=model, inputs=INPUTS)
