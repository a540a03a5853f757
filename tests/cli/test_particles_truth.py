"""The table of the particles' laws says which hold, and hands out the numbers that are asked for most."""

from __future__ import annotations

import pandas as pd

from sootprint.cli import particles_truth
from sootprint.dispersion.particles import laws
from sootprint.dispersion.particles.laws import Finding

FINDINGS = [
    Finding("well mixed", "stable", "worst layer", -1.5, 0.0, 1.0, 3.0, True),
    Finding("reciprocity", "hill", "at 300 m", 1.02, 1.0, 0.01, 0.03, True),
    Finding("divergence", "hill", "largest", 1e-9, 0.0, float("nan"), 1e-4, True),
    Finding("mass", "calm", "sum", 0.9, 1.0, float("nan"), 1e-6, False),
]


def test_table_and_metrics(monkeypatch):
    made = pd.DataFrame([finding._asdict() for finding in FINDINGS])
    monkeypatch.setattr(laws, "laws", lambda: made)
    table = particles_truth.particles()
    assert table["passed"].tolist() == ["yes", "yes", "yes", "NO"]
    assert table.attrs["notes"][0] == "3 of 4 rows hold."
    metrics = table.attrs["metrics"]
    assert metrics["well_mixed_worst_sd"] == {"stable": 1.5}
    assert metrics["reciprocity"] == [{"profile": "hill", "what": "at 300 m", "ratio": 1.02, "sd": 0.01}]
    assert metrics["largest_divergence_per_s"] == 1e-9
    assert (metrics["hold"], metrics["rows"]) == (3, 4)
