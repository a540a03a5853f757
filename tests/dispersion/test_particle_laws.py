"""The laws of the particle engine, at the step of production; every one with the command's own numbers."""

from __future__ import annotations

import numpy as np
import pytest

from sootprint.dispersion.particles import laws


def broken(findings):
    return [finding for finding in findings if not finding.passed]


@pytest.mark.parametrize("law", laws.LAWS, ids=lambda law: law.__name__)
def test_law_holds(law):
    findings = law()
    assert findings
    assert not broken(findings)


def test_air_without_the_drift_term_is_seen_by_far():
    """In air whose σw changes with height; under a low lid it is at its floor almost everywhere."""
    by_name = {case.name: case for case in laws.cases()}
    for name in ("stable 100 m lid", "convective", "surface layer in formulas"):
        case = by_name[name]
        mutant = case._replace(air=laws.without_drift(case.air))
        worst = laws.layer_deviations(mutant, particles=100_000)["deviation"].abs().max()
        assert worst > 6.0, name


def test_backward_air_stays_mixed_too():
    case = laws.cases()[4]
    layers = laws.layer_deviations(case, particles=100_000, sign=-1)
    assert (layers["deviation"].abs() <= 3.0).all()


def test_deviation_of_even_layers_is_noise():
    """The variance is that of the particles: over all layers the deviations have a spread of 1."""
    found = np.concatenate(
        [laws.layer_deviations(case, particles=40_000)["deviation"] for case in laws.cases()]
    )
    assert found.std() == pytest.approx(1.0, abs=0.2)
