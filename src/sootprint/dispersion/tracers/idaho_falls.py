"""Idaho Falls 2008: SF₆ from a 54 m line on flat ground, crosswind integrals to 180 m.

References
----------
.. [1] Finn, D. et al. (2010). Tracer studies to characterize the effects of roadside noise barriers on
   near-road pollutant dispersion under varying atmospheric stability conditions. Atmospheric Environment
   44, 204-214, doi:10.1016/j.atmosenv.2009.10.012.
.. [2] Snyder, M. G. et al. (2013). RLINE: a line source dispersion model for near-surface releases.
   Atmospheric Environment 77, 748-756, doi:10.1016/j.atmosenv.2013.05.074.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pandas as pd

from sootprint.dispersion.tracers.pairs import (
    REFERENCE,
    WHOLE,
    DeckRunner,
    file_of,
    pairs_table,
)

FOLDER = "idaho_falls"
RATE_G_S = {1: 0.05, 3: 0.03}
"""Release of each test [g s⁻¹], as given with the data."""

LINE_LENGTH_M = 54.0
SF6_UGM3_PER_PPB = 6.07 * 850.0 / 1013.0
"""SF₆ at the site's pressure of 850 hPa [µg m⁻³ ppb⁻¹]."""

DECK_RATE_G_S_M2 = 1e-3
STRATA = {1: "T1 neutral", 3: "T3 weakly stable"}
INPUTS = "line of 1 km"
REFERENCE_RLINE = f"{REFERENCE}, RLINE source"
RLINE_12 = "RLINE 1.2"


def observed(folder: Path) -> pd.DataFrame:
    """Observed crosswind integrals [µg m⁻³]: ``test``, ``bag``, ``x_m``, ``observed``."""
    table = pd.read_csv(file_of(folder, "observed_cwic.csv"))
    table = table[table["cwic_ppb"].notna()].reset_index(drop=True)
    return table.assign(observed=table["cwic_ppb"] * SF6_UGM3_PER_PPB)


def write_deck(folder: Path, target: Path, *, kind: str) -> Path:
    """Deck of the experiment with its 1 km line as a source of the given kind, beside its weather files.

    The two kinds take the same parameters: rate per area, height, width 1 m, initial depth.
    """
    text = file_of(folder, "if.inp").read_text(encoding="ascii")
    for name in ("IF.SFC", "IF.PFL"):
        shutil.copy(file_of(folder, name), target / name)
    path = target / "idaho_falls.inp"
    path.write_text(text.replace(" RLINE ", f" {kind} "), encoding="ascii")
    return path


def pairs(folder: Path, run: DeckRunner, work: Path, *, model: str, kind: str = "LINE") -> pd.DataFrame:
    """Pairs of our engine's long line and the observed crosswind integrals.

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
    kind : str
        Source type in the deck.
    """
    return _joined(folder, _of_deck(run(write_deck(folder, work, kind=kind))), model=model)


def reference_pairs(folder: Path) -> list[pd.DataFrame]:
    """Pairs of AERMOD 24142 with its RLINE source, and of RLINE 1.2, that come with the experiment."""
    aermod = _of_deck(pd.read_parquet(file_of(folder, "IF_01H.parquet")))
    rline = pd.read_csv(file_of(folder, "rline12_unit_emission.csv"))
    rline = rline.rename(columns={"rline12_ugm3_per_g_m_s": "unit_line"})
    return [
        _joined(folder, aermod, model=REFERENCE_RLINE),
        _joined(folder, rline, model=RLINE_12),
    ]


def _of_deck(hourly: pd.DataFrame) -> pd.DataFrame:
    """Result of the deck for a line of 1 g m⁻¹ s⁻¹; the day of its stamps is the test, the hour the bag."""
    stamp = hourly["yymmddhh"].astype(int)
    return pd.DataFrame(
        {
            "test": stamp // 100 % 100,
            "bag": stamp % 100,
            "x_m": hourly["x"].round().astype(int),
            "unit_line": hourly["concentration_ugm3"] / DECK_RATE_G_S_M2,
        }
    )


def _joined(folder: Path, modelled: pd.DataFrame, *, model: str) -> pd.DataFrame:
    made = modelled.assign(x_m=modelled["x_m"].astype(int))
    both = observed(folder).merge(
        made[["test", "bag", "x_m", "unit_line"]], on=["test", "bag", "x_m"], how="left"
    )
    frame = pd.DataFrame(
        {
            "quantity": "crosswind integral",
            "stratum": both["test"].map(STRATA),
            "half": WHOLE,
            "block": [f"test {t} bag {b}" for t, b in zip(both["test"], both["bag"], strict=True)],
            "arc_m": both["x_m"].astype(float),
            "observed": both["observed"],
            "modelled": both["unit_line"] * both["test"].map(RATE_G_S) / LINE_LENGTH_M,
            "unit": "ug m-3",
        }
    )
    return pairs_table([frame], experiment=FOLDER, model=model, inputs=INPUTS)
