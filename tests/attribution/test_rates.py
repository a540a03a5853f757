"""Rates and errors of a model are found again in made experiments, and intervals hold what they say."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from sootprint.attribution.rates import assumed_errors, infer_rates, learn_errors, score_rates
from sootprint.attribution.rates.model import GRID, PRIOR_MEAN, STEP, lay_out, log_likelihood
from sootprint.core.errors import InputError

BIAS, LASTING, SPREAD = 0.4, 0.35, 0.2


def made_experiments(seed, count, *, lasting=LASTING, spread=SPREAD, bias=BIAS, aloft=0.0, moments=1):
    """Experiments of five readings a moment whose errors are those of the model's own kind."""
    rng = np.random.default_rng(seed)
    rows, rates = [], {}
    usual = 1e-6 * 0.5 ** np.arange(5)
    for number in range(count):
        name = f"e{number:03d}"
        rates[name] = float(np.exp(rng.normal(2.0, 1.0)))
        common = bias + rng.normal(0.0, lasting)
        for moment in range(moments):
            error = common + (rng.normal(0.0, 0.3) if moments > 1 else 0.0)
            true = usual * np.exp(rng.normal(0.0, 0.5))
            modelled = true * (np.exp(-8.0) if rng.random() < aloft else 1.0)
            value = rates[name] * true * np.exp(error + spread * rng.standard_t(4.0, 5))
            rows.append(
                pd.DataFrame(
                    {
                        "experiment": name,
                        "moment": f"{name}.{moment}",
                        "value": value,
                        "response": modelled,
                        "usual_response": usual,
                        "detection": np.nan,
                    }
                )
            )
    return pd.concat(rows, ignore_index=True), pd.Series(rates)


@pytest.fixture(scope="module")
def learnt():
    readings, rates = made_experiments(1, 80)
    return learn_errors(readings, rates, np.random.default_rng(2), proposals=300, draws=60)


def test_the_errors_of_made_experiments_are_found_again(learnt):
    found = learnt.summary()
    for name, true in (("bias", BIAS), ("lasting", LASTING)):
        _, low, high = found[name]
        assert low < true < high
    # Part of the spread is taken for that of readings of which only the usual response is known.
    assert 0.6 * SPREAD < found["spread"][0] < 1.2 * SPREAD
    assert found["usual_share"][0] < 0.12
    assert learnt.effective > 50


def test_intervals_of_other_experiments_hold_what_they_say(learnt):
    readings, rates = made_experiments(3, 200)
    scores = score_rates(infer_rates(readings, learnt), rates)
    assert 0.42 <= scores["coverage_50"] <= 0.58
    assert 0.84 <= scores["coverage_90"] <= 0.96
    assert scores["median_ratio"] == pytest.approx(1.0, abs=0.12)
    assert scores["decidable"] == 1.0


def test_more_readings_do_not_remove_a_lasting_error(learnt):
    readings, _ = made_experiments(4, 5)
    many = pd.concat([readings] * 20, ignore_index=True)
    few, more = infer_rates(readings, learnt), infer_rates(many, learnt)
    width = np.log(more["high_90"] / more["low_90"])
    assert (width < np.log(few["high_90"] / few["low_90"])).all()
    # 3.29 is the width of a normal 90 % interval in its standard deviations.
    assert (width > 3.29 * 0.8 * LASTING).all()


def test_a_rate_follows_its_readings_and_its_responses(learnt):
    readings, _ = made_experiments(5, 4)
    plain = infer_rates(readings, learnt)
    tenfold = infer_rates(readings.assign(value=10.0 * readings["value"]), learnt)
    assert tenfold["rate"].to_numpy() == pytest.approx(10.0 * plain["rate"].to_numpy(), rel=1e-9)
    halved = readings.assign(
        response=2.0 * readings["response"], usual_response=2.0 * readings["usual_response"]
    )
    assert infer_rates(halved, learnt)["high_90"].to_numpy() == pytest.approx(
        0.5 * plain["high_90"].to_numpy(), rel=1e-9
    )


def test_one_reading_far_off_does_not_carry_the_rate(learnt):
    readings, _ = made_experiments(6, 1)
    plain = infer_rates(readings, learnt)["rate"].iloc[0]
    readings.loc[2, "value"] *= 1000.0
    assert infer_rates(readings, learnt)["rate"].iloc[0] == pytest.approx(plain, rel=0.3)


def test_plumes_modelled_aloft_fall_back_on_the_usual_response():
    readings, rates = made_experiments(7, 40, aloft=0.3)
    errors = learn_errors(readings, rates, np.random.default_rng(2), proposals=300, draws=60)
    other, true = made_experiments(8, 100, aloft=0.3)
    scores = score_rates(infer_rates(other, errors), true)
    assert errors.summary()["usual_share"][0] > 0.03
    # By H alone these experiments would be off by a factor of exp(8).
    assert scores["within_factor_2"] > 0.6
    assert scores["coverage_90"] > 0.8


def test_hours_of_a_day_share_an_error():
    readings, rates = made_experiments(9, 25, moments=4)
    errors = learn_errors(readings, rates, np.random.default_rng(2), proposals=120, draws=40)
    found = errors.summary()
    assert found["lasting"][1] < LASTING < found["lasting"][2]
    assert found["moment"][1] < 0.3 < found["moment"][2]
    alone = errors.of_one_moment().summary()
    assert alone["lasting"][0] == pytest.approx(np.hypot(LASTING, 0.3), rel=0.4)


def test_a_zero_is_a_reading_under_the_limit():
    readings, _ = made_experiments(10, 1)
    readings["detection"] = 0.5 * readings["value"].min()
    zero = readings.copy()
    zero.loc[4, "value"] = 0.0
    without = readings.drop(index=4)
    rng = np.random.default_rng(1)
    draws = assumed_errors(rng, draws=50)
    assert infer_rates(zero, draws)["rate"].iloc[0] < infer_rates(without, draws)["rate"].iloc[0]


def test_the_density_over_the_grid_keeps_its_mass_under_a_lasting_error():
    readings, _ = made_experiments(11, 1)
    laid = lay_out(readings)
    sums = []
    for lasting in (0.1, 0.4):
        unknowns = PRIOR_MEAN.copy()
        unknowns[1] = np.log(lasting)
        sums.append(np.exp(log_likelihood(unknowns, laid)).sum() * STEP)
    assert sums[0] == pytest.approx(sums[1], rel=1e-6)
    assert len(GRID) % 2 == 1


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda t: t.drop(columns="detection"), "detection"),
        (lambda t: t.assign(value=np.nan), "not finite"),
        (lambda t: t.assign(usual_response=0.0), "usual response"),
        (lambda t: t.assign(value=0.0), "detection limit"),
        (lambda t: t.assign(value=0.0, detection=1.0), "no reading above zero"),
    ],
)
def test_faulty_readings_are_refused(change, said):
    readings, _ = made_experiments(12, 2)
    with pytest.raises(InputError, match=said):
        lay_out(change(readings))


def test_errors_are_learnt_from_known_rates_only():
    readings, rates = made_experiments(13, 2)
    with pytest.raises(InputError, match="known rate"):
        learn_errors(readings, rates.iloc[:1], np.random.default_rng(1), proposals=20, draws=5)
