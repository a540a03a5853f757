"""Tracer experiments: reading, pairing and scores, tested on the reference models' results."""

import numpy as np
import pandas as pd
import pytest

from sootprint.core.errors import InputError
from sootprint.dispersion.tracers import idaho_falls, kincaid, prairie_grass, score_pairs, tracer_pairs
from sootprint.dispersion.tracers.pairs import FIT, SCORED


@pytest.fixture(scope="module")
def reference_scores(data_dir):
    tables = tracer_pairs(data_dir, {})
    table = score_pairs(tables, np.random.default_rng(1), draws=20)
    return table.set_index(["experiment", "inputs", "quantity", "stratum", "half", "model"])


STATED = ["pairs", "fb", "nmse", "mg", "fac2", "r", "rhc_ratio"]
PRAIRIE = "prairie_grass"
GIVEN, WITHHELD = "sigma-azimuth given", "turbulence withheld"
AERMOD = "AERMOD 24142"


@pytest.mark.parametrize(
    ("key", "stated"),
    [
        ((GIVEN, "arc maximum", "all"), (130, 0.22, 0.37, 1.10, 0.92, 0.95, 0.89)),
        ((GIVEN, "arc maximum", "unstable"), (80, 0.40, 0.63, 1.16, 0.93, 0.98, 0.64)),
        ((GIVEN, "arc maximum", "stable"), (50, 0.11, 0.23, 1.01, 0.90, 0.95, 0.87)),
        ((GIVEN, "crosswind integral", "all"), (130, 0.23, 0.22, 1.16, 0.93, 0.94, 0.75)),
        ((WITHHELD, "arc maximum", "all"), (130, 0.33, 0.72, 1.17, 0.81, 0.93, 0.74)),
    ],
)  # fmt: skip
def test_reference_scores_of_prairie_grass(reference_scores, key, stated):
    row = reference_scores.loc[(PRAIRIE, *key, "whole", AERMOD), STATED]
    assert row.to_numpy(float) == pytest.approx(stated, abs=0.006)


def test_reference_scores_of_kincaid(reference_scores):
    arcs = reference_scores.loc[
        (kincaid.FOLDER, kincaid.INPUTS, "arc maximum", "all", "whole", AERMOD), STATED
    ]
    assert arcs.to_numpy(float) == pytest.approx((1291, 0.64, 3.41, 13.8, 0.24, 0.26, 0.76), abs=0.03)
    hours = reference_scores.loc[
        (kincaid.FOLDER, kincaid.INPUTS, "hour maximum", "all", "whole", AERMOD), STATED
    ]
    assert hours.to_numpy(float) == pytest.approx((241, 0.65, 2.57, 10.5, 0.22, 0.16, 0.88), abs=0.03)


@pytest.mark.parametrize(
    ("stratum", "model", "stated"),
    [
        ("T1 neutral", idaho_falls.REFERENCE_RLINE, (66, 0.25, 0.07, 1.33, 1.00, 0.99)),
        ("T3 weakly stable", idaho_falls.REFERENCE_RLINE, (56, 0.17, 0.03, 1.23, 1.00, 0.99)),
        ("all", idaho_falls.REFERENCE_RLINE, (122, 0.21, 0.05, 1.28, 1.00, 0.99)),
        ("all", idaho_falls.RLINE_12, (122, 0.05, 0.01, 1.07, 1.00, 0.98)),
    ],
)
def test_reference_scores_of_idaho_falls(reference_scores, stratum, model, stated):
    key = (idaho_falls.FOLDER, idaho_falls.INPUTS, "crosswind integral", stratum, "whole", model)
    assert reference_scores.loc[key, STATED[:-1]].to_numpy(float) == pytest.approx(stated, abs=0.006)


def test_intervals_hold_the_scores(reference_scores):
    for name in ("fb", "nmse", "mg", "fac2", "r"):
        low, high = reference_scores[f"{name}_low"], reference_scores[f"{name}_high"]
        assert (low <= high).all()
        assert ((low <= reference_scores[name]) & (reference_scores[name] <= high)).mean() > 0.9


def test_arcs_from_the_single_samplers(data_dir):
    folder = data_dir / PRAIRIE
    made = prairie_grass.observed_arcs(folder).set_index(["exp", "arc_m"])
    stated = pd.read_csv(folder / "pg_arcs.csv").set_index(["exp", "arc_m"])
    both = made.join(stated, how="inner")
    assert made.loc[(1, 50.0), "maximum"] == 140.0
    assert len(both) == len(made)
    assert both["maximum"].to_numpy() == pytest.approx(both["cmax_mg_m3"].to_numpy(), rel=6e-4)
    assert both["integral"].to_numpy() == pytest.approx(both["cwic_mg_m2"].to_numpy(), rel=6e-4)
    assert (both["missing"] == both["n_missing"]).all()


def test_halves_are_fixed_and_apart():
    runs = list(range(5, 63, 2))
    assert {prairie_grass.half_of(run) for run in runs} == {FIT, SCORED}
    assert prairie_grass.half_of(7) == SCORED
    assert kincaid.half_of(80042014) == FIT
    assert kincaid.half_of(80050506) == SCORED


def test_whole_hours_and_runs_stay_in_one_half(data_dir):
    for pairs in tracer_pairs(data_dir, {}):
        assert pairs.groupby(["quantity", "block"])["half"].nunique().max() == 1


def test_prairie_grass_run_through_a_deck(data_dir, tmp_path):
    decks = []

    def run(path):
        decks.append(path)
        text = path.read_text()
        assert "SRCPARAM  PIPE 1.0 0.46 300.0 0.01 0.01" in text
        assert "STARTEND  56 07 01 01 56 07 02 02" in text
        assert len((path.parent / "surface.sfc").read_text().splitlines()) == 27
        assert len((path.parent / "rates.emi").read_text().splitlines()) == 26
        bearing = np.deg2rad(np.arange(1, 361))
        frames = [
            pd.DataFrame(
                {
                    "yymmddhh": 56070000 + 100 * (1 + i // 24) + 1 + i % 24,
                    "x": arc * np.sin(bearing),
                    "y": arc * np.cos(bearing),
                    "concentration_ugm3": 1000.0 if i else np.nan,
                }
            )
            for i in range(26)
            for arc in prairie_grass.ARCS_M
        ]
        return pd.concat(frames)

    made = prairie_grass.pairs(data_dir / PRAIRIE, run, tmp_path, model="flat", turbulence=True)
    assert len(decks) == 1
    assert made.attrs["left_out"] == 10
    assert len(made) == 250
    maxima = made[made["quantity"] == "arc maximum"]
    integrals = made[made["quantity"] == "crosswind integral"]
    assert (maxima["modelled"] == 1.0).all()
    assert integrals["modelled"].to_numpy() == pytest.approx(2 * np.pi * integrals["arc_m"].to_numpy())


def test_surface_row_has_the_scales_of_the_run(data_dir, tmp_path):
    prairie_grass.write_deck(data_dir / PRAIRIE, tmp_path, turbulence=False)
    rows = [line.split() for line in (tmp_path / "surface.sfc").read_text().splitlines()[1:]]
    run7 = rows[1]
    ustar, length, height = 0.31, -9.8, 1340.0
    assert float(run7[7]) == pytest.approx(ustar * (height / (0.4 * 9.8)) ** (1 / 3), abs=6e-4)
    assert float(run7[5]) == pytest.approx(
        1.2 * 1004.7 * 300 * ustar**3 / (0.4 * 9.80665 * -length), abs=0.06
    )
    assert float(run7[10]) == pytest.approx(2300 * ustar**1.5, abs=0.6)
    assert " 99.00 99.00" in (tmp_path / "profile.pfl").read_text().replace("   ", " ")


def test_idaho_falls_run_through_a_deck(data_dir, tmp_path):
    def run(path):
        text = path.read_text()
        assert " LINE " in text
        assert "RLINE" not in text
        return pd.read_parquet(data_dir / idaho_falls.FOLDER / "IF_01H.parquet")

    made = idaho_falls.pairs(data_dir / idaho_falls.FOLDER, run, tmp_path, model="same")
    reference = idaho_falls.reference_pairs(data_dir / idaho_falls.FOLDER)[0]
    assert made["modelled"].to_numpy() == pytest.approx(reference["modelled"].to_numpy())


def test_kincaid_run_through_its_decks(data_dir):
    folder = data_dir / kincaid.FOLDER
    rates = kincaid.release_rates(folder)

    def run(path):
        arcs = kincaid.arcs_of(path)
        stamps = [80000000 + int(path.stem[5:]) * 100 + hour for hour in range(1, 25)]
        frames = [
            arcs.assign(yymmddhh=s, concentration_ugm3=rates.get(s, 0.0) * (1 + arcs["arc_km"]))
            for s in stamps
        ]
        return pd.concat(frames)

    made = kincaid.pairs(folder, run, model="by arc")
    maxima = made[made["quantity"] == "arc maximum"]
    assert len(maxima) == 1291
    assert made.attrs["left_out"] == 0
    assert maxima["modelled"].to_numpy() == pytest.approx(1e-6 * (1 + maxima["arc_m"].to_numpy() / 1000))


def test_absent_folder_is_named(tmp_path):
    with pytest.raises(InputError, match="no file pg_pairs_aermod24142_sigA"):
        tracer_pairs(tmp_path, {})
