"""Our engine beside AERMOD 24142, deck by deck, hour by hour and receptor by receptor."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sootprint.core.errors import InputError, SootprintError

if TYPE_CHECKING:
    from sootprint.dispersion.decks import Deck
    from sootprint.dispersion.decks.runner import DeckRun

SLOPE_BAR, R2_BAR, MAXIMUM_BAR = 0.01, 0.999, 0.01
"""Largest distance of a slope from 1, least R², largest distance of the ratio of maxima from 1."""

PRINTED = 1.0e-5
"""Last digit that the reference prints [µg m⁻³]."""

QUICK_CASES = ("aertest", "allsrcs", "bg_no2_arm2_ppb", "bg_no2_olm_ppb", "capped", "multurb")
"""Cases of 96 hours."""

CITY_CASES = {
    "cy_s10_r1000": "cy_s10_r1000_period_mean.parquet",
    "cy_s50_r400_groups": "cy_s50_r400_period_mean_by_source.parquet",
}

RENAMED = {"idaho_falls": ("IF", "IF_01H")}
"""Name of an output in the deck, and of the file that holds it."""

THREADS = 2

NOTES = (
    "n is the number of pairs of an hour (or mean) and a receptor; slope that of the least-squares line of "
    "our values on AERMOD's with an intercept, slope through 0 that without; R² the square of their "
    "correlation; max ratio the ratio of the largest values; largest difference in µg m⁻³.",
    "An hour that we leave without a result counts as the 0 that AERMOD prints. Hours apart: hours that one "
    "has and the other has not (ours without a result where AERMOD is above 0, or ours above the last "
    "printed digit where AERMOD is 0 everywhere).",
    "Within: both slopes within 1 ± 0.01, R² at least 0.999, max ratio within 1 ± 0.01, no hour apart; a "
    "group of which a source is not computed is not within.",
    "Expected results are AERMOD 24142's with 5 decimals (of arc maxima at Kincaid with 6 digits).",
)


@dataclass(frozen=True)
class Pairs:
    """Values of ours and AERMOD's for one group and average: arrays of shape (time, receptor)."""

    deck: str
    group: str
    average: str
    ours: NDArray[np.float64]
    theirs: NDArray[np.float64]


def aermod(data: Path, *, quick: bool) -> pd.DataFrame:
    """Agreement by deck, group and average; ``attrs["notes"]`` says what the columns are.

    Parameters
    ----------
    data : Path
        Folder with ``aermod`` and, unless ``quick``, ``city_year``, ``idaho_falls`` and ``kincaid_sf6``.
    quick : bool
        Only the cases of 96 hours.

    Raises
    ------
    InputError
        If the folder ``aermod`` is not there.
    """
    folder = data / "aermod"
    if not folder.is_dir():
        raise InputError(f"no folder {folder}", cure="--data DIR with the folder aermod")
    refusals: list[str] = []
    rows: list[dict[str, Any]] = []
    for case in sorted(item.name for item in folder.iterdir() if item.is_dir()):
        if not quick or case in QUICK_CASES:
            rows += _scored(case, _hourly(folder / case, case, refusals), refusals)
    if not quick:
        for name in CITY_CASES:
            rows += _scored(name, _city(data / "city_year", name), refusals)
        rows += _scored("idaho_falls", _hourly(data / "idaho_falls", "idaho_falls", refusals), refusals)
        rows += _scored("kincaid_sf6", _kincaid(data / "kincaid_sf6"), refusals)
    table = pd.DataFrame(rows)
    passed = int((table["within"] == "yes").sum()) if len(table) else 0
    table.attrs["notes"] = [f"{passed} of {len(table)} rows are within.", *NOTES, *refusals]
    return table


def _scored(name: str, pairs: Iterator[Pairs], refusals: list[str]) -> list[dict[str, Any]]:
    rows = []
    try:
        with _spinner(name):
            for item in pairs:
                rows.append(score(item))
    except SootprintError as error:
        refusals.append(f"Not run: {name}: {' '.join(error.what.split())}")
    return rows


def _spinner(name: str) -> AbstractContextManager[Any]:
    from sootprint.cli.screen import err

    return err.status(name) if err.is_terminal else nullcontext()


def score(pairs: Pairs) -> dict[str, Any]:
    """Row of the table: how near ours are to AERMOD's; a group without ours is not computed."""
    named = {"deck": pairs.deck, "group": pairs.group, "average": pairs.average}
    if not pairs.ours.size:
        blank = dict.fromkeys(("n", "slope", "slope through 0", "R²", "max ratio"))
        return named | blank | {"largest difference": None, "hours apart": None, "within": "not computed"}
    missing = np.isnan(pairs.ours)
    ours, theirs = np.where(missing, 0.0, pairs.ours), pairs.theirs
    x, y = theirs.ravel(), ours.ravel()
    slope, r2 = 1.0, 1.0
    if len(x) > 1 and np.ptp(x) > 0:
        slope = float(np.cov(x, y, ddof=0)[0, 1] / np.var(x))
        r2 = float(np.corrcoef(x, y)[0, 1] ** 2)
    through = float(np.dot(x, y) / np.dot(x, x)) if np.any(x) else float("nan")
    ratio = float(y.max() / x.max()) if x.max() > 0 else float("nan")
    apart = (missing.all(axis=1) & (theirs > 0).any(axis=1)) | (
        (theirs == 0).all(axis=1) & (ours > PRINTED).any(axis=1)
    )
    near = [abs(slope - 1) <= SLOPE_BAR, abs(through - 1) <= SLOPE_BAR, abs(ratio - 1) <= MAXIMUM_BAR]
    return named | {
        "n": len(x),
        "slope": f"{slope:.5f}",
        "slope through 0": f"{through:.5f}",
        "R²": f"{r2:.6f}",
        "max ratio": f"{ratio:.5f}",
        "largest difference": float(np.abs(y - x).max()),
        "hours apart": int(apart.sum()),
        "within": "yes" if all(near) and r2 >= R2_BAR and not apart.any() else "no",
    }


def _run(path: Path, refusals: list[str] | None = None) -> tuple[Deck, DeckRun | None]:
    """Deck and the run of the sources that are computed; the others are told. None where there is none."""
    from sootprint.dispersion.decks import read_deck
    from sootprint.dispersion.decks.runner import run_deck, uncomputed_sources

    deck = read_deck(path)
    left = uncomputed_sources(deck)
    names = [source.source_id for source in deck.sources if source.source_id not in left]
    if left and refusals is not None:
        refusals.append(f"Not run in {path.stem}: {'; '.join(left.values())}.")
    return deck, run_deck(deck, sources=names, threads=THREADS) if names else None


def _hourly(folder: Path, name: str, refusals: list[str]) -> Iterator[Pairs]:
    """Pairs of the files that a deck asks for and that are among the expected ones."""
    deck, run = _run(next(folder.glob("*.inp")), refusals)
    wanted = _wanted(deck, folder, name)
    groups = run.groups if run is not None else ()
    sizes = {group.name: len(group.sources) for group in deck.groups}
    place = {
        group: number for number, (group, members, _) in enumerate(groups) if len(members) == sizes[group]
    }
    averages = sorted({average for _, average, _ in wanted})
    values, means = _collect(run, averages) if run is not None and place else (np.empty(0), {})
    for group, average, path in wanted:
        if group not in place:
            yield Pairs(name, group, average, np.empty(0), np.empty(0))
            continue
        theirs = pd.read_parquet(path)["concentration_ugm3"].to_numpy().reshape(-1, len(deck.receptors))
        ours = values if average == "1-HR" else means[average]
        yield Pairs(name, group, average, ours[:, place[group]], theirs)


def _wanted(deck: Deck, folder: Path, name: str) -> list[tuple[str, str, Path]]:
    """Group, average and expected file of the outputs of a deck that there are expected files for."""
    expected = {path.stem.upper(): path for path in folder.rglob("*.parquet")}
    if name in RENAMED:
        expected[RENAMED[name][0]] = expected[RENAMED[name][1]]
    made = []
    for output in deck.outputs:
        stem = Path(output.file.replace("\\", "/")).stem.upper()
        hourly_or_mean = output.keyword == "POSTFILE" or output.average in ("PERIOD", "ANNUAL")
        if stem in expected and hourly_or_mean:
            made.append((output.group, output.average, expected[stem]))
    return made


def _collect(run: DeckRun, averages: list[str]) -> tuple[NDArray[np.float64], dict[str, NDArray[np.float64]]]:
    """Hourly values and means of a run, each of shape (time, group, receptor)."""
    hourly: list[NDArray[np.float64]] = []
    means: dict[str, list[NDArray[np.float64]]] = {average: [] for average in averages}
    keep = "1-HR" in averages
    for block in run.blocks(averages):
        if keep:
            hourly.append(block.values)
        for mean in block.means:
            means[mean.average].append(mean.values)
    stacked = {average: np.array(values) for average, values in means.items() if average != "1-HR"}
    return np.concatenate(hourly) if keep else np.empty(0), stacked


def _city(folder: Path, name: str) -> Iterator[Pairs]:
    """Pairs of the period means of a city-year deck."""
    _, run = _run(folder / f"{name}.inp")
    if run is None:
        return
    table = pd.read_parquet(folder / CITY_CASES[name])
    column = table["source"] if "source" in table else pd.Series("ALL", index=table.index)
    means = _collect(run, ["PERIOD"])[1]["PERIOD"][0]
    order = {group: number for number, (group, _, _) in enumerate(run.groups)}
    ours, theirs = [], []
    for group, part in table.groupby(column, sort=False):
        ours.append(means[order[str(group)]])
        theirs.append(part["period_mean_ugm3"].to_numpy())
    yield Pairs(name, "every group", "PERIOD", np.array(ours), np.array(theirs))


def _kincaid(folder: Path) -> Iterator[Pairs]:
    """Pairs of arc maxima of concentration over emission, of 35 days."""
    from sootprint.dispersion.decks import emission_rates

    expected = pd.read_parquet(folder / "pairs_arc_maxima_1980.parquet")
    rows = []
    for path in sorted((folder / "decks").glob("*.80I")):
        deck, run = _run(path)
        if run is None:
            return
        rate = emission_rates(deck, run.hours, run.hourly).rate[:, 0]
        values = np.concatenate([block.values[:, 0] for block in run.blocks()])
        stamps = run.hours.stamps() % 100_000_000
        arcs = np.array([float(text) for text in deck.receptors.arc])
        for arc in np.unique(arcs):
            largest = values[:, arcs == arc].max(axis=1)
            with np.errstate(divide="ignore", invalid="ignore"):
                over = np.where(rate > 0, largest * 1e-6 / rate, np.nan)
            rows.append(pd.DataFrame({"yymmddhh": stamps, "arc_km": arc, "ours": over}))
    both = expected.merge(pd.concat(rows), on=["yymmddhh", "arc_km"], how="left")
    theirs = both["aermod24142_CQ_s_m3"].to_numpy()[:, np.newaxis] * 1e9
    yield Pairs("kincaid_sf6", "C/Q [1e-9 s m⁻³]", "arc maxima", both[["ours"]].to_numpy() * 1e9, theirs)
