"""Laws of the full-data sampler, and the quick model beside it."""

from __future__ import annotations

from importlib.util import find_spec

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from sootprint.attribution.full import FullOptions, compare, sample_full
from sootprint.attribution.full.priors import part_bias, rate_prior
from sootprint.attribution.full.readings import Hourly, hat_functions, make_grid
from sootprint.attribution.inverse import Options
from sootprint.cli.full_truth import CASES, compared, plume, small_case
from sootprint.core.errors import ConfigError, InputError

needs_numpyro = pytest.mark.skipif(
    find_spec("numpyro") is None, reason="NumPyro is not installed: pip install 'sootprint[bayes]'"
)
SHORT = FullOptions(warmup=200, draws=200)


def run(case, **settings):
    given = {"full": SHORT, "sources": case.sources, "zone": "UTC", **settings}
    observations = given.pop("observations", case.observations)
    operator = given.pop("operator", case.operator)
    return sample_full(operator, observations, case.emissions, **given)


def readings(hour, station, value, censored=None, response=None):
    count = len(hour)
    below = np.zeros(count, bool) if censored is None else np.array(censored)
    made = np.ones((count, 1)) if response is None else np.array(response, float)
    return Hourly(np.array(hour), np.array(station), np.array(value, float), below, made)


def grid_of(item, **settings):
    given = {"posts": 2, "hours": 48, "cell_hours": 3, "block_hours": 24, "knot_hours": 24.0, **settings}
    return make_grid([item], **given)


def test_background_functions_sum_to_one_and_peak_at_their_knots():
    made = hat_functions(np.array([0.0, 5.0, 10.0, 30.0]), 30.0, 12.0)
    np.testing.assert_allclose(made.sum(axis=-1), 1.0)
    np.testing.assert_allclose(made[2], [0.0, 1.0, 0.0, 0.0])


def test_a_cell_is_the_mean_of_its_readings_and_counts_them():
    item = readings([0, 1, 25], [1, 1, 0], [4.0, 8.0, 5.0], response=[[1.0], [3.0], [7.0]])
    grid = grid_of(item)
    assert grid.value.shape == (1, 2, 16)
    assert grid.value[0, 0, 1] == 6.0
    assert grid.count[0, 0, 1] == 2
    assert grid.response[0, 0, 1, 0] == 2.0
    assert grid.value[0, 1, 0] == 5.0
    assert grid.count.sum() == 3


def test_a_cell_partly_below_detection_lies_between_zero_and_the_limit_in_their_place():
    item = readings([0, 1, 3], [0, 0, 0], [4.0, 8.0, 4.0], censored=[True, False, True])
    grid = grid_of(item)
    assert grid.censored[0, 0, [0, 2]].all()
    assert grid.value[0, 0, 0] == 6.0
    assert grid.floor[0, 0, 0] == 4.0
    assert grid.floor[0, 0, 2] == -np.inf


def test_the_prior_has_the_spread_that_the_quick_model_reports():
    from sootprint.attribution.inverse import attribute
    from sootprint.cli.full_truth import no_episodes

    case = small_case(5, 3, 2, 3, ("SO2", "PM10"))
    options = Options(chains=1, warmup=20, sweeps=50, draws=50)
    emissions = case.emissions.assign(relative_uncertainty=[0.1, 0.25, 0.5, 0.25, 1.0, 0.3])
    told = attribute(
        case.operator, case.observations, emissions, no_episodes(),
        sources=case.sources, zone="UTC", options=options,
    ).diagnostics["prior"].set_index(["source_id", "pollutant"])["spread"]  # fmt: skip
    rates, stated = (
        emissions.pivot_table(index="source_id", columns="pollutant", values=name)
        for name in ("rate_g_s", "relative_uncertainty")
    )
    prior = rate_prior(rates, stated, case.sources, options, blind=False)
    shared, own = (
        (1 - share) * spread[:, 0] ** 2 + share * spread[:, 1] ** 2
        for spread, share in ((prior.shared, prior.shared_share), (prior.own, prior.own_share))
    )
    for number, (pollutant, source) in enumerate(zip(prior.pollutant, prior.source, strict=True)):
        mine = np.sqrt(shared[source] + own[number])
        assert mine == pytest.approx(told[rates.index[source], rates.columns[pollutant]])


def test_biases_parted_from_their_sums_have_their_prior_again():
    case = small_case(5, 3, 2, 3, ("SO2",))
    rates, stated = (
        case.emissions.pivot_table(index="source_id", columns="pollutant", values=name)
        for name in ("rate_g_s", "relative_uncertainty")
    )
    prior = rate_prior(rates, stated, case.sources, Options(), blind=False)
    rng = np.random.default_rng(1)
    count = 40_000
    level = prior.bias_mean + prior.bias_class * rng.standard_normal((count, 2))
    bias = level[:, prior.classes] + prior.bias_source * rng.standard_normal((count, 3))
    wide = rng.random((count, 3)) < prior.shared_share
    off = np.where(wide, prior.shared[:, 1], prior.shared[:, 0]) * rng.standard_normal((count, 3))
    parted = part_bias(off + bias, level, prior, rng)
    np.testing.assert_allclose(parted.std(axis=0), bias.std(axis=0), rtol=0.03)
    for source in range(3):
        both = np.corrcoef(parted[:, source], (off + bias)[:, source])[0, 1]
        assert both == pytest.approx(np.corrcoef(bias[:, source], (off + bias)[:, source])[0, 1], abs=0.02)


def test_a_comparison_is_in_spreads_of_the_full_posterior():
    logs = np.random.default_rng(2).standard_normal(4000)

    def draws(values):
        return xr.Dataset(
            {"emission": (("draw", "source", "pollutant"), np.exp(values)[:, None, None])},
            coords={"source": ["S1"], "pollutant": ["SO2"]},
        )

    row = compare(draws(2.0 * logs + 0.5), draws(logs)).iloc[0]
    assert row["width_ratio"] == pytest.approx(2.0)
    assert row["difference"] == pytest.approx(0.5, abs=0.05)
    assert row["high_difference"] == pytest.approx(0.5 + np.quantile(logs, 0.95), abs=0.1)


def test_the_plume_over_its_axis_is_the_printed_formula():
    made = plume(np.array(1000.0), np.array(0.0), np.array(0.0), np.array(4.0))
    sigma_y, sigma_z = 2 * 80.0 / np.sqrt(1.1), 60.0 / np.sqrt(2.5)
    assert made == pytest.approx(1.0 / (np.pi * 4.0 * sigma_y * sigma_z))
    assert plume(np.array(-5.0), np.array(0.0), np.array(0.0), np.array(4.0)) == 0.0


def test_without_numpyro_the_error_names_the_extra(monkeypatch):
    monkeypatch.setattr("sootprint.attribution.full.sampler.find_spec", lambda name: None)
    with pytest.raises(ConfigError, match=r"sootprint\[bayes\]"):
        run(small_case(1, 2, 2, 2, ("SO2",)))


@pytest.mark.parametrize(
    "wrong", [{"errors": "none"}, {"prior": "flat"}, {"tail_freedom": 1.0}, {"draws": 0}]
)
def test_settings_that_cannot_be_are_refused(wrong):
    with pytest.raises(ConfigError, match=next(iter(wrong))):
        FullOptions(**wrong)


@needs_numpyro
def test_no_usable_reading_is_an_error():
    case = small_case(1, 2, 2, 2, ("SO2",))
    with pytest.raises(InputError, match="no reading"):
        run(case, observations=case.observations.assign(value_ugm3=np.nan))


@needs_numpyro
def test_the_scales_have_the_priors_of_the_quick_model():
    from sootprint.attribution.full.density import SCALE_CENTRE, SCALE_SPREAD
    from sootprint.attribution.inverse import errors

    np.testing.assert_allclose(SCALE_CENTRE, errors.PRIOR_CENTRE)
    np.testing.assert_allclose(SCALE_SPREAD, errors.PRIOR_SPREAD)


@needs_numpyro
@pytest.mark.slow
def test_sampled_errors_have_the_covariance_of_a_block():
    import jax
    from numpyro import handlers

    from sootprint.attribution.full.density import _sampled_errors

    hour = np.repeat(np.arange(0, 24, 3), 2)
    grid = grid_of(readings(hour, np.tile([0, 1], 8), np.ones(16)))
    options = Options(error_hours=3.0)

    def drawn(key):
        return handlers.seed(_sampled_errors, key)(grid, options, 1, 1, 2)[0, 0, :, 0]

    with jax.enable_x64(True):
        made = np.asarray(jax.vmap(drawn)(jax.random.split(jax.random.PRNGKey(0), 20_000)))
    time, post = np.repeat(np.arange(8) * 3.0, 2), np.tile([0, 1], 8)
    expected = np.exp(-np.abs(time[:, None] - time) / 3.0)
    expected *= np.where(post[:, None] == post, 1.0, options.error_shared)
    np.testing.assert_allclose(np.cov(made.T), expected, atol=4.5 * np.sqrt(2.0 / 20_000))


@needs_numpyro
@pytest.mark.slow
def test_where_no_plume_is_seen_the_posterior_is_the_prior():
    case = small_case(3, 2, 2, 3, ("SO2",))
    made = run(case, operator=case.operator.assign(H=0.0 * case.operator["H"]))
    options = Options()
    logs = np.log(made.draws["emission"].to_numpy()[:, :, 0])
    declared = np.log(case.emissions["rate_g_s"].to_numpy())
    wide = (
        options.wrong_share * options.wrong_spread**2 + options.wrong_own_share * options.wrong_own_spread**2
    )
    np.testing.assert_allclose(logs.mean(axis=0), declared, atol=0.25)
    np.testing.assert_allclose(logs.std(axis=0), np.sqrt(wide + 0.03), rtol=0.15)


@needs_numpyro
@pytest.mark.slow
def test_a_heavy_tail_keeps_a_false_reading_from_moving_a_rate():
    case = small_case(4, 2, 3, 6, ("SO2",))
    table = case.observations
    worst = table["value_ugm3"].idxmax()
    spoilt = table.assign(value_ugm3=table["value_ugm3"].where(table.index != worst + 7, 5000.0))
    moved = {}
    for tail in (None, 4.0):
        full = FullOptions(chains=1, warmup=200, draws=200, tail_freedom=tail)
        before, after = (
            np.log(run(case, observations=item, full=full).draws["emission"]) for item in (table, spoilt)
        )
        moved[tail] = float(abs(after.mean("draw") - before.mean("draw")).max())
    assert moved[4.0] < moved[None]


@needs_numpyro
@pytest.mark.slow
@pytest.mark.parametrize("seed", [7001, 7002])
def test_the_quick_model_agrees_with_the_sampler_of_all_unknowns(seed):
    rows, cost = compared(small_case(seed, *CASES["A"]), errors="normal", quick=True, seed=seed)
    assert cost["r_hat"] < 1.05
    assert rows["difference"].abs().max() < 0.5
    assert rows["width_ratio"].between(0.7, 1.4).all()


@needs_numpyro
@pytest.mark.slow
def test_readings_below_detection_and_whole_hours_are_understood():
    case = small_case(6, 2, 3, 4, ("SO2", "PM10"))
    assert (case.observations["flag"] == "below_detection").any()
    made = run(case, full=FullOptions(chains=1, warmup=200, draws=200, cell_hours=1, errors="lognormal"))
    logs = np.log(made.draws["emission"])
    off = logs.mean("draw") - np.log(xr.DataArray(case.true, dims=("source", "pollutant")))
    assert float(abs(off / logs.std("draw")).max()) < 3.0
    assert isinstance(made.diagnostics, pd.DataFrame)
