"""Laws of the identifiability analysis, and checks against problems whose answer is known."""

from __future__ import annotations

import doctest
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from sootprint.attribution.identifiability import (
    ErrorModel,
    Options,
    averaging_kernel,
    make_network,
    next_hour,
    next_monitor,
    sentence,
    what_would_decide,
)
from sootprint.attribution.identifiability.gram import block_columns, error_covariance, make_nuisances
from sootprint.attribution.identifiability.kernel import apparent_posterior, find_groups
from sootprint.attribution.identifiability.posts import (
    greedy,
    information_gain,
    post_information,
)
from sootprint.attribution.inverse import Options as FitOptions
from sootprint.core.errors import InputError

SHARP = ErrorModel(
    relative=(0.3, 0.3),
    dispersion=(0.2, 0.2),
    bias_class=0.1,
    bias_own=(0.1, 0.1),
    lasting=(0.0, 0.0),
    gain=0.0,
)


def plumes(seed=0, *, sources=4, posts=3, hours=96, calm=0.1, aim=None):
    """Operator of plumes that sweep over the posts; part of the hours not served."""
    rng = np.random.default_rng(seed)
    angle = np.cumsum(rng.normal(0, 0.5, hours))
    aim = rng.uniform(0, 2 * np.pi, (posts, sources)) if aim is None else np.asarray(aim, float)
    response = np.exp(6.0 * (np.cos(angle[:, None, None] - aim) - 1.0)) * 1e-6
    quiet = rng.random(hours) < calm
    response[quiet] = np.nan
    return dataset(response, np.where(quiet, "calm", "served"))


def dataset(response, reason=None):
    hours, posts, sources = response.shape
    variables = {"H": (("time", "receptor", "source"), response)}
    if reason is not None:
        variables["reason"] = ("time", reason)
    return xr.Dataset(
        variables,
        coords={
            "time": pd.date_range("2024-01-01", periods=hours, freq="h"),
            "receptor": [f"P{r}" for r in range(posts)],
            "source": [f"S{k}" for k in range(sources)],
        },
    )


def rates(operator, value=30.0, **columns):
    names = [str(name) for name in operator["source"].to_numpy()]
    value = np.broadcast_to(np.asarray(value, float), len(names))
    return pd.DataFrame({"source_id": names, "pollutant": "SO2", "rate_g_s": value, **columns})


def found_of(operator, table=None, error=None, options=None, **settings):
    table = rates(operator) if table is None else table
    net = make_network(operator, table, "SO2", error=error, options=options, **settings)
    return averaging_kernel(net, options=options)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000), st.floats(0.1, 300.0))
def test_averaging_kernel_lies_within_0_and_1_and_sums_to_the_degrees_of_freedom(seed, rate):
    found = found_of(operator := plumes(seed), rates(operator, rate))
    kernel = np.diag(found.kernel)
    assert (kernel >= 0).all()
    assert (kernel <= 1).all()
    assert found.degrees_of_freedom == pytest.approx(kernel.sum())
    # I − S_prior⁻¹ S_post, the definition
    prior = np.diag(found.network.spread**2)
    assert np.eye(4) - np.linalg.inv(prior) @ found.posterior == pytest.approx(found.kernel.T, abs=1e-9)


def whole_blocks(operator, days, posts):
    """Readings of some days and posts only."""
    made = np.zeros((operator.sizes["time"], operator.sizes["receptor"]), bool)
    made[: 24 * days, :posts] = True
    return xr.DataArray(
        made, dims=("time", "receptor"), coords={d: operator[d] for d in ("time", "receptor")}
    )


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("error", [ErrorModel(), SHARP, ErrorModel(cell_hours=1, error_hours=4.0)])
def test_more_days_or_posts_never_lower_an_averaging_kernel(seed, error):
    operator = plumes(seed)
    path = [(1, 1), (2, 1), (2, 2), (4, 2), (4, 3)]
    kernels = [
        np.diag(found_of(operator, error=error, readings=whole_blocks(operator, *step)).kernel)
        for step in path
    ]
    assert (np.diff(kernels, axis=0) >= -1e-9).all()


def test_two_identical_columns_are_one_group_whose_sum_is_known_better_than_each():
    operator = plumes(1)
    operator["H"][:, :, 1] = operator["H"][:, :, 0]
    found = found_of(operator, rates(operator, [30.0, 60.0, 30.0, 30.0]), error=SHARP)
    assert [list(group) for group in found.groups] == [[0, 1]]
    row = found.groups_table().iloc[0]
    assert row["members"] == "S0, S1"
    assert row["cosine"] == pytest.approx(1.0)
    assert row["averaging_kernel"] >= found.kernel[0, 0]
    assert row["averaging_kernel"] >= found.kernel[1, 1]
    table = found.sources_table().set_index("source_id")
    assert set(table.loc[["S0", "S1"], "outcome"]) == {"not decidable from these data"}
    assert set(table.loc[["S0", "S1"], "reason"]) == {"in a group"}


def test_three_identical_columns_are_one_group_though_no_marginal_correlation_is_strong():
    operator = plumes(1, sources=5, posts=5)
    operator["H"][:, :, 1] = operator["H"][:, :, 0]
    operator["H"][:, :, 2] = operator["H"][:, :, 0]
    found = found_of(operator, error=SHARP)
    assert found.apparent_correlation[0, 1] > -0.7
    assert list(found.groups[0][:3]) == [0, 1, 2]


def test_a_source_that_is_never_upwind_has_no_averaging_kernel():
    operator = plumes(2)
    operator["H"][:, :, 3] = xr.where(np.isnan(operator["H"][:, :, 3]), np.nan, 0.0)
    found = found_of(operator)
    assert found.kernel[3, 3] == 0.0
    row = found.sources_table().iloc[3]
    assert row["reason"] == "never seen"
    assert row["outcome"] == "not decidable from these data"
    assert found.posterior[3, 3] == pytest.approx(found.network.spread[3] ** 2)


def test_permuting_the_sources_permutes_the_results():
    operator = plumes(3)
    table = rates(operator, [10.0, 20.0, 30.0, 40.0], spread=[0.5, 0.8, 1.0, 1.2])
    order = [2, 0, 3, 1]
    one = found_of(operator, table)
    two = found_of(operator.isel(source=order), table)
    assert two.kernel == pytest.approx(one.kernel[np.ix_(order, order)], abs=1e-10)
    assert two.correlation == pytest.approx(one.correlation[np.ix_(order, order)], abs=1e-10)
    assert two.cosine == pytest.approx(one.cosine[np.ix_(order, order)], abs=1e-10)


def test_the_posterior_is_that_of_a_dense_solution():
    operator = plumes(4, hours=72)
    found = found_of(operator, stacks=["S0", "S1"])
    net = found.network
    nuisances = make_nuisances(net)
    columns, covariances = [], []
    for part in net.day_slices():
        cells = net.cells(part)
        block, places = block_columns(cells, nuisances, net.error)
        wide = np.zeros((len(block), nuisances.size))
        wide[:, places] = block
        columns.append(wide)
        covariances.append(error_covariance(cells, net.classes, net.error))
    from scipy.linalg import block_diag

    design = np.vstack(columns)
    u, bias = np.diag(net.spread**2), np.zeros((4, 4))
    for i in range(4):
        for j in range(4):
            if net.classes[i] == net.classes[j]:
                bias[i, j] = 0.4**2 + (0.35**2 if i == j else 0.0)
    nuisance = np.linalg.inv(nuisances.precision)
    signal = design[:, :4]
    data = block_diag(*covariances) + signal @ (u + bias) @ signal.T
    data += design[:, 4:] @ nuisance @ design[:, 4:].T
    expected = u - u @ signal.T @ np.linalg.solve(data, signal @ u)
    assert found.posterior == pytest.approx(expected, abs=1e-8)


def test_cosines_match_a_hand_case():
    # one hour a block, no shared error: columns (1, 1, 0) and (0, 1, 1) over equal noise
    response = np.zeros((3, 1, 2))
    response[:, 0, 0] = [1e-6, 1e-6, 0.0]
    response[:, 0, 1] = [0.0, 1e-6, 1e-6]
    error = ErrorModel(
        relative=(0.0, 0.0), dispersion=(0.0, 0.0), instrument_relative=0.0, smooth_ugm3=0.0, gain=0.0,
        lasting=(0.0, 0.0), background_ugm3=1e-9, cell_hours=1, block_hours=1,
    )  # fmt: skip
    operator = dataset(response)
    found = found_of(operator, rates(operator, 6.0), error=error)
    assert found.cosine[0, 1] == pytest.approx(0.5, abs=1e-9)
    # J = 36 / 9 [[2, 1], [1, 2]] for 6 µg m⁻³ over a noise of 3 µg m⁻³
    assert found.information == pytest.approx(4.0 * np.array([[2.0, 1.0], [1.0, 2.0]]), rel=1e-9)


def test_posterior_correlations_are_those_of_a_simulation():
    rng = np.random.default_rng(5)
    operator = plumes(5, hours=48, sources=3)
    found = found_of(operator, rates(operator, 30.0, spread=0.5))
    net, nuisances = found.network, make_nuisances(found.network)
    gram, linear, errors = np.zeros((nuisances.size,) * 2), 0.0, []
    draws = 200
    bias = rng.multivariate_normal(np.zeros(3), 0.4**2 + 0.35**2 * np.eye(3), draws)
    u = rng.normal(0, 0.5, (draws, 3))
    rest = rng.multivariate_normal(
        np.zeros(len(nuisances.precision)), np.linalg.inv(nuisances.precision), draws
    )
    truth = np.hstack([u + bias, rest])
    for part in net.day_slices():
        cells = net.cells(part)
        block, places = block_columns(cells, nuisances, net.error)
        covariance = error_covariance(cells, net.classes, net.error)
        noise = rng.multivariate_normal(np.zeros(len(block)), covariance, draws)
        value = truth[:, places] @ block.T + noise
        weight = np.linalg.solve(covariance, block)
        gram[np.ix_(places, places)] += block.T @ weight
        part_linear = np.zeros((draws, nuisances.size))
        part_linear[:, places] = value @ weight
        linear = linear + part_linear
    prior = np.zeros_like(gram)
    prior[:3, :3] = np.linalg.inv(0.25 * np.eye(3) + 0.4**2 + 0.35**2 * np.eye(3))
    prior[3:, 3:] = nuisances.precision
    apparent = np.linalg.solve(gram + prior, linear.T).T[:, :3]
    estimate = apparent @ prior[:3, :3] * 0.25
    errors = estimate - u
    empirical = np.corrcoef(errors, rowvar=False)
    # standard error of a correlation from 200 draws is 0.07 at most
    assert empirical == pytest.approx(found.correlation, abs=0.25)
    assert errors.var(axis=0) == pytest.approx(np.diag(found.posterior), rel=0.35)


def random_information(rng, count, sources):
    root = rng.normal(size=(count, sources, 2)) * rng.uniform(0.2, 2.0, (count, 1, 1))
    return root @ root.transpose(0, 2, 1)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 100_000))
def test_the_gain_is_monotone_and_submodular(seed):
    rng = np.random.default_rng(seed)
    root = rng.normal(size=(4, 4))
    prior = root @ root.T + 0.1 * np.eye(4)
    one, two, three = random_information(rng, 3, 4)

    def gain(*items):
        return information_gain(prior, sum(items, np.zeros((4, 4))))

    assert gain(one, two) >= gain(one) - 1e-9
    small = gain(one, three) - gain(one)
    large = gain(one, two, three) - gain(one, two)
    assert small >= large - 1e-9


def test_the_lazy_greedy_search_is_the_plain_one():
    rng = np.random.default_rng(6)
    candidates, posterior = random_information(rng, 12, 5), np.eye(5)
    chosen = greedy(posterior, candidates, 5)
    left, precision = set(range(12)), np.eye(5)
    for number, gain in chosen:
        gains = {n: information_gain(np.linalg.inv(precision), candidates[n]) for n in left}
        assert number == max(gains, key=gains.__getitem__)
        assert gain == pytest.approx(gains[number])
        left.remove(number)
        precision = precision + candidates[number]
    assert sum(gain for _, gain in chosen) == pytest.approx(
        information_gain(posterior, sum(candidates[n] for n, _ in chosen))
    )


def made_pair():
    """Two sources in one line for the post there is; candidate P1 sees them apart, P0 does not."""
    operator = plumes(7, sources=2, posts=1, hours=240, aim=[[0.0, 0.0]])
    candidates = plumes(7, sources=2, posts=2, hours=240, aim=[[0.1, 0.1], [0.0, np.pi]])
    return operator, candidates


def test_the_best_next_post_separates_a_made_pair():
    operator, grid = made_pair()
    found = found_of(operator, error=SHARP)
    assert [list(group) for group in found.groups] == [[0, 1]]
    candidates = make_network(grid, rates(grid), "SO2", error=SHARP)
    places = pd.DataFrame({"station_id": ["P0", "P1"], "lon": [82.5, 82.6], "lat": [49.9, 50.0]})
    table = next_monitor(found, candidates, count=1, places=places)
    best = table.iloc[0]
    assert best["station_id"] == "P1"
    assert best["rank"] == 1
    assert best["separates"] == "S0|S1"
    assert best["decides"] == "S0, S1"
    assert best["lon"] == 82.6
    assert table["rank"].isna().sum() == 1
    own = post_information(candidates)[1]
    after = apparent_posterior(found.network, found.information + own)
    assert after[0, 1] / np.sqrt(after[0, 0] * after[1, 1]) > found.apparent_correlation[0, 1] + 0.3


def test_the_next_hour_is_taken_once_and_its_gain_is_that_of_its_reading():
    operator, grid = made_pair()
    found = found_of(operator, error=SHARP)
    forecast = make_network(grid.isel(time=slice(0, 24)), rates(grid), "SO2", error=SHARP)
    table = next_hour(found, forecast, count=4)
    assert table["time_start"].is_unique
    assert (table["gain_nat"].diff().dropna() <= 1e-9).all()
    assert table["gain_nat"].iloc[0] == pytest.approx(table["gain_alone_nat"].iloc[0])


def test_a_member_of_a_group_is_decided_only_by_what_takes_it_out():
    operator, grid = made_pair()
    found = found_of(operator, error=SHARP)
    useless = make_network(grid.isel(receptor=[0]), rates(grid), "SO2", error=SHARP)
    table = what_would_decide(found, posts=useless)
    mine = table[(table["target"] == "S0") & (table["observation"] == "new_post")].iloc[0]
    assert not mine["decides"]
    assert mine["variance_fall"] < 0.1


def test_own_bias_does_not_hide_that_contributions_are_exchanged():
    operator, _ = made_pair()
    found = found_of(operator, error=replace(SHARP, bias_own=(1.0, 1.0)))
    assert found.correlation[0, 1] > -0.7
    assert [list(group) for group in found.groups] == [[0, 1]]


def test_what_would_decide_names_the_post_that_separates_and_the_stack():
    operator, grid = made_pair()
    found = found_of(operator, error=SHARP)
    candidates = make_network(grid, rates(grid), "SO2", error=SHARP)
    table = what_would_decide(found, posts=candidates, hours=candidates)
    mine = table[(table["target"] == "S0")].set_index("observation")
    assert mine.loc["new_post", "place"] == "P1"
    assert mine.loc["stack_reading", "place"] == "S0"
    assert mine["decides"].loc["new_post"]
    assert mine["kernel_after"].loc["stack_reading"] > 0.9
    none = what_would_decide(found, posts=candidates, outlets=["S1"])
    assert "stack_reading" not in set(none.loc[none["target"] == "S0", "observation"])
    text = sentence(table.iloc[0])
    assert "variance of S" in text
    assert "{" not in text


def test_a_second_pollutant_that_one_source_alone_emits_helps_to_tell_a_pair_apart():
    operator, _ = made_pair()
    found = found_of(operator, error=SHARP)
    lead = rates(operator.isel(source=[0])).assign(pollutant="Pb")
    other = averaging_kernel(make_network(operator, lead, "Pb", error=SHARP))
    table = what_would_decide(found, others=[other])
    row = table[(table["target"] == "S0") & (table["observation"] == "second_pollutant")].iloc[0]
    assert row["other_pollutant"] == "Pb"
    assert row["variance_fall"] > 0.1
    none = replace(found, options=Options(shared_between_pollutants=0.0))
    apart = what_would_decide(none, others=[other])
    again = apart[(apart["target"] == "S0") & (apart["observation"] == "second_pollutant")].iloc[0]
    assert again["variance_fall"] < row["variance_fall"]


def test_apparent_posterior_is_the_inverse_of_the_precision():
    found = found_of(plumes(8))
    made = apparent_posterior(found.network, found.information)
    prior = np.diag(found.network.spread**2) + 0.4**2 + 0.35**2 * np.eye(4)
    assert made == pytest.approx(np.linalg.inv(np.linalg.inv(prior) + found.information), rel=1e-8)


def test_the_worked_example_of_the_page_prints_what_it_says():
    page = Path(__file__).parents[2] / "docs" / "attribution-identifiability.md"
    failed, tried = doctest.testfile(str(page), module_relative=False)
    assert tried > 15
    assert failed == 0


def test_groups_of_independent_sources_are_none():
    assert find_groups(np.eye(3), np.eye(3), Options()) == []


def test_groups_join_by_correlation_or_by_cosine_and_chains_are_one_group():
    correlation, cosine = np.eye(5), np.eye(5)
    correlation[0, 1] = correlation[1, 0] = -0.41
    correlation[1, 2] = correlation[2, 1] = -0.39
    cosine[1, 3] = cosine[3, 1] = 0.71
    cosine[2, 4] = cosine[4, 2] = 0.69
    assert [list(group) for group in find_groups(correlation, cosine, Options())] == [[0, 1, 3]]
    assert [list(group) for group in find_groups(correlation, None, Options())] == [[0, 1]]


def test_groups_are_those_that_the_fit_joins_by():
    fit = FitOptions()
    assert (Options().group_correlation, Options().group_cosine) == (fit.group_correlation, fit.group_cosine)


def test_the_table_of_pairs_holds_each_pair_once():
    found = found_of(plumes(3, sources=5))
    table = found.pairs_table()
    assert len(table) == 10
    row = table[(table["source_id"] == "S1") & (table["other_id"] == "S3")].iloc[0]
    assert row["cosine"] == pytest.approx(found.cosine[1, 3])
    assert row["correlation"] == pytest.approx(found.apparent_correlation[1, 3])


def test_light_hours_tell_nothing_of_a_rate():
    operator = plumes(5, hours=96)
    light = np.arange(96) >= 48
    dark = operator.copy(deep=True)
    dark["H"][48:] = np.nan
    found, none = found_of(operator, light=light), found_of(dark)
    assert np.diag(found.information) == pytest.approx(np.diag(none.information))
    with pytest.raises(InputError, match="shape"):
        found_of(operator, light=light[:5])


def test_a_post_over_twice_the_hours_tells_more_but_not_of_what_lasts():
    net = make_network(plumes(6, posts=1, hours=240), rates(plumes(6)), "SO2")
    once, twice = post_information(net)[0], post_information(net, repeat=2.0)[0]
    assert (np.diag(twice) > np.diag(once)).all()
    assert (np.diag(twice) <= 2.0 * np.diag(once) * (1 + 1e-9)).all()
    many = np.diag(post_information(net, repeat=1e6)[0])
    for name, value in zip(net.sources, many, strict=True):
        if net.mean_contributions()[0, net.sources.index(name)] > 0.05 * net.mean_contributions()[0].sum():
            assert value < 1.0 / 0.3**2


def test_faulty_input_says_what_is_wrong():
    operator = plumes(0)
    with pytest.raises(InputError, match="two rates"):
        make_network(operator, pd.concat([rates(operator)] * 2), "SO2")
    with pytest.raises(InputError, match="missing or negative"):
        make_network(operator, rates(operator, -1.0), "SO2")
    with pytest.raises(InputError, match="not in the operator"):
        make_network(operator, rates(operator).replace("S3", "S9"), "SO2")
    with pytest.raises(InputError, match="no source declares"):
        make_network(operator, rates(operator), "NO2")
    with pytest.raises(InputError, match="GiB"):
        found_of(operator, options=Options(memory_gib=1e-9))
    with pytest.raises(InputError, match="other sources"):
        next_monitor(found_of(operator), make_network(operator, rates(operator, 5.0), "SO2"))
