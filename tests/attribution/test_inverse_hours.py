"""Error of particular hours, and how often declarations are wrong found with the rest."""

from __future__ import annotations

import numpy as np
import pytest

from sootprint.attribution.inverse.hours import background_factor, effective_response, hour_error
from sootprint.attribution.inverse.priors import Mixture, Prior
from sootprint.attribution.inverse.sampler import Posterior, sample

DRAWS = 200_000
STACKS = np.array([False, True])


def draws(mean, usual, hours, light, seed=0, shared=None):
    rng = np.random.default_rng(seed)
    if shared is None:
        shared = rng.standard_normal((3, DRAWS, 2))
    return effective_response(np.array(mean), np.array(usual), hours, light, STACKS, shared, rng)


@pytest.mark.parametrize("light", [False, True])
@pytest.mark.parametrize("hours", [24, 400])
def test_the_mean_over_all_hours_is_the_modelled_one(hours, light):
    made = draws([2.0, 3.0], [2.0, 3.0], hours, light)
    error = made.std(axis=0) / np.sqrt(DRAWS)
    assert np.all(np.abs(made.mean(axis=0) - [2.0, 3.0]) < 5.0 * error + 0.01)


def test_smoke_misses_as_often_as_stated():
    made = draws([1.0, 1.0], [0.0, 0.0], 6, True)
    stated = [hour_error(6, "light", kind).miss for kind in ("low", "stack")]
    assert (made == 0.0).mean(axis=0) == pytest.approx(stated, abs=0.005)
    assert stated[1] > stated[0] > 0.2


def test_smoke_comes_where_none_was_modelled():
    made = draws([0.0, 0.0], [1.0, 1.0], 6, False)
    error = hour_error(6, "windy", "low")
    assert (made[:, 0] > 0).mean() == pytest.approx(error.stray, abs=0.005)
    assert made[:, 0].mean() == pytest.approx(error.stray * error.stray_mean, rel=0.05)


def test_errors_shrink_with_the_number_of_hours():
    for air in ("windy", "light"):
        for kind in ("low", "stack"):
            short, long = hour_error(1, air, kind), hour_error(200, air, kind)
            assert long.miss < short.miss
            assert long.variance < short.variance
            assert long.stray < short.stray


def test_posts_share_most_of_an_error():
    shared = np.random.default_rng(0).standard_normal((3, DRAWS, 2))
    one = draws([1.0, 1.0], [0.0, 0.0], 400, False, 1, shared)[:, 0]
    two = draws([1.0, 1.0], [0.0, 0.0], 400, False, 2, shared)[:, 0]
    both = (one > 0) & (two > 0)
    assert np.corrcoef(np.log(one[both]), np.log(two[both]))[0, 1] == pytest.approx(0.65, abs=0.03)


def test_without_hours_there_is_no_response():
    assert not draws([1.0, 1.0], [1.0, 1.0], 0, False).any()


def test_the_background_keeps_its_mean():
    rng = np.random.default_rng(3)
    made = background_factor(24, rng.standard_normal(DRAWS), rng)
    assert made.mean() == pytest.approx(1.0, abs=0.005)
    assert made.std() > 0.1


def unseen_spread(wrong):
    """Spread of ln of the rate of a source without readings, beside twenty whose rates are known."""
    count = 21
    true = np.where(np.arange(count) < wrong, 5.0, 1.0)
    precision = np.diag(np.append(np.full(20, 400.0), 1e-9) / true**2)[None]
    flat = np.full(count, 0.2)
    prior = Prior(
        present=np.ones((1, count), bool),
        centre=np.zeros((1, count)),
        shared=Mixture(flat, np.full(count, 1.2), 0.5, 4.0),
        own=Mixture(flat[None], np.full((1, count), 1.0), 0.1, 4.0),
        classes=np.ones(count, np.int64),
        engines=np.zeros(count),
    )
    posterior = Posterior(
        precision=precision,
        linear=(precision[0] @ true)[None],
        sizes=np.array([count]),
        prior=prior,
        bias_mean=np.zeros(2),
        bias_class=0.1,
        bias_source=np.full(count, 0.1),
        pairs=np.zeros((0, 3), np.int64),
    )
    made = sample(posterior, chains=2, warmup=300, sweeps=3000, keep=1500, seed=1)
    return np.log(made.theta[..., 0, 20]).std()


def test_a_city_of_true_declarations_lends_its_trust_to_a_source_that_nobody_sees():
    honest, not_so = unseen_spread(0), unseen_spread(12)
    assert honest < 0.75 * not_so


def test_hours_of_the_particles_need_less_wind():
    import pandas as pd
    import xarray as xr

    from sootprint.attribution.inverse import Options
    from sootprint.attribution.inverse.light_wind import windy_hours

    times = pd.date_range("2024-11-01", periods=4, freq="h")
    weather = pd.DataFrame({"time_start": times, "wind_speed": [0.0, 1.2, 1.2, 3.0]})
    share = np.array([[1.0, 1.0], [1.0, 1.0], [1.0, 0.4], [0.0, 0.0]])
    operator = xr.Dataset(
        {"H": (("time", "receptor", "source"), np.ones((4, 1, 2)))},
        coords={"time": times, "receptor": ["A"], "source": ["S", "T"]},
    )
    options = Options(minimum_wind_m_s=2.0, minimum_wind_particles_m_s=1.0)
    assert list(windy_hours(operator, weather, options)) == [False, False, False, True]
    mixed = operator.assign(particle_share=(("time", "source"), share))
    assert list(windy_hours(mixed, weather, options)) == [False, True, False, True]
    walked = operator.assign_attrs(engine="particles")
    assert list(windy_hours(walked, weather, options)) == [False, True, True, True]
    assert windy_hours(walked, None, options) is None
