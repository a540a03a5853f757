"""Field of many sources by OND-86: laws of the sum, and the search for the worst wind against all winds."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ond86_tables import STACK, plain_sum, random_table, row, table_of

from sootprint.core.errors import InputError
from sootprint.dispersion import ond86
from sootprint.dispersion.kernels.ond86_around import inverse_cube_root
from sootprint.dispersion.kernels.ond86_field import seven_thirds

EVERY_DEGREE = np.arange(360.0)
ALL_SPEEDS = np.geomspace(0.5, 9.0, 60)


def places(x, y):
    x, y = np.atleast_1d(np.asarray(x, float)), np.atleast_1d(np.asarray(y, float))
    return pd.DataFrame({"point_id": [f"p{i}" for i in range(x.size)], "x_m": x, "y_m": y})


def value(table, x, y, **choices):
    made = ond86.at_points(table, places(x, y), top_wind_m_s=9.0, **({"groups": False} | choices))
    return made["concentration_mg_m3"].to_numpy()


def test_one_source_reaches_cm_at_xm_in_its_dangerous_wind():
    table = table_of(row("a", "SO2", 12.0))
    xm = table["xm_m"].iloc[0]
    made = ond86.at_points(table, places([0.0, xm], [-xm, 0.0]), top_wind_m_s=9.0, groups=False)
    assert made["concentration_mg_m3"].to_numpy() == pytest.approx(table["cm_mg_m3"].iloc[0], rel=1e-6)
    assert made["wind_speed"].to_numpy() == pytest.approx(table["um_m_s"].iloc[0], rel=1e-3)
    assert made["wind_from_direction"].tolist() == [0.0, 270.0]
    assert made["ratio"].to_numpy() == pytest.approx(made["concentration_mg_m3"].to_numpy() / 0.5)


def test_field_of_one_source_is_greatest_at_xm():
    table = table_of(row("a", "SO2", 12.0))
    axis = np.arange(-1000.0, 1001.0, 50.0)
    made = ond86.field(table, axis, axis, top_wind_m_s=9.0, groups=False)
    grid = made["concentration"].sel(substance_or_group="SO2")
    distance = np.hypot(*np.meshgrid(axis, axis))
    ring = np.abs(distance - table["xm_m"].iloc[0]) < 50.0
    assert ring.ravel()[int(grid.to_numpy().argmax())]
    assert float(grid.max()) <= table["cm_mg_m3"].iloc[0] * (1 + 1e-9)
    assert made["concentration"].dims == ("substance_or_group", "y", "x")


@pytest.mark.parametrize(
    ("seed", "sources", "extent", "method"),
    [
        (0, 3, 3000.0, "ond86"),
        (1, 12, 8000.0, "mrr2017"),
        (2, 40, 10000.0, "ond86"),
        (3, 40, 1500.0, "mrr2017"),
    ],
)
def test_search_equals_all_winds(seed, sources, extent, method):
    # The text's own jumps at z = 8 and between tops of equal height cost up to two in a thousand.
    table = random_table(seed, sources, extent, method=method)
    rng = np.random.default_rng(seed)
    x, y = rng.uniform(-0.6 * extent, 0.6 * extent, (2, 12))
    found = value(table, x, y).reshape(x.size, 3)
    short = []
    for place in range(x.size):
        for number, pollutant in enumerate(("SO2", "NO2", "soot")):
            brute = plain_sum(table, pollutant, x[place], y[place], EVERY_DEGREE, ALL_SPEEDS).max()
            short.append(1.0 - found[place, number] / brute)
    assert max(short) < 2e-3
    assert np.quantile(short, 0.9) < 1e-4


def test_search_is_as_severe_as_the_legal_speeds():
    table = random_table(5, 25, 6000.0)
    rng = np.random.default_rng(5)
    x, y = rng.uniform(-4000.0, 4000.0, (2, 15))
    legal = ond86.legal_speeds(table, 9.0)
    assert {0.5, 9.0} <= set(legal)
    assert np.all(value(table, x, y) >= value(table, x, y, speeds=legal) * (1.0 - 2e-3))


def test_value_is_that_of_the_formula_at_the_wind_given():
    table = random_table(6, 30, 8000.0)
    made = ond86.at_points(table, places([500.0, -900.0], [0.0, 2000.0]), top_wind_m_s=9.0, groups=False)
    for item in made.itertuples():
        plain = plain_sum(
            table, item.substance_or_group, item.x_m, item.y_m, [item.wind_from_direction], [item.wind_speed]
        )
        assert item.concentration_mg_m3 == pytest.approx(plain[0, 0], rel=1e-9)


def test_roots_without_a_call_are_roots():
    # 3 ulp of double precision; a thousandth where the coarse sum uses it.
    value = np.geomspace(1.0, 1e11, 400)
    assert [inverse_cube_root(item) for item in value] == pytest.approx(value ** (-1.0 / 3.0), rel=1e-14)
    part = np.geomspace(2e-4, 1.0, 100).astype(np.float32)
    assert [seven_thirds(item) for item in part] == pytest.approx(part ** (7.0 / 3.0), rel=1e-3)


def test_listed_winds_give_the_greatest_of_just_these():
    table = random_table(7, 20, 5000.0)
    directions, speeds = np.array([10.0, 95.0, 96.0, 300.0]), np.array([0.5, 2.0, 6.5])
    found = value(table, [800.0], [-300.0], directions=directions, speeds=speeds)
    for number, pollutant in enumerate(("SO2", "NO2", "soot")):
        plain = plain_sum(table, pollutant, 800.0, -300.0, directions, speeds).max()
        assert found[number] == pytest.approx(plain, rel=1e-9)


@given(emission=st.floats(0.01, 100.0), factor=st.floats(0.1, 10.0))
@settings(max_examples=15, deadline=None)
def test_concentration_is_linear_in_the_emission(emission, factor):
    one = value(table_of(row("a", "SO2", emission)), 700.0, 300.0)
    more = value(table_of(row("a", "SO2", emission * factor)), 700.0, 300.0)
    assert more == pytest.approx(factor * one, rel=1e-6)


def test_two_sources_in_one_place_add_up():
    apart = value(table_of(row("a", "SO2", 3.0)), 700.0, 300.0)
    both = value(table_of(row("a", "SO2", 3.0), row("b", "SO2", 9.0)), 700.0, 300.0)
    assert both == pytest.approx(4.0 * apart, rel=1e-9)


def test_a_source_more_never_lowers_the_field():
    table = random_table(8, 12, 4000.0)
    x, y = np.random.default_rng(8).uniform(-3000.0, 3000.0, (2, 10))
    fewer = table.loc[table["source_id"] != "s3"]
    assert np.all(value(table, x, y) >= value(fewer, x, y) * (1.0 - 2e-3))


@given(turn=st.integers(1, 359))
@settings(max_examples=10, deadline=None)
def test_turning_everything_by_whole_degrees_turns_the_wind(turn):
    table = random_table(9, 6, 3000.0)
    angle = np.deg2rad(turn)
    x, y = np.array([600.0, -1200.0]), np.array([200.0, 900.0])

    def turned(east, north):
        return (
            east * np.cos(angle) + north * np.sin(angle),
            north * np.cos(angle) - east * np.sin(angle),
        )

    other = table.assign(x_m=turned(table["x_m"], table["y_m"])[0], y_m=turned(table["x_m"], table["y_m"])[1])
    first = ond86.at_points(table, places(x, y), top_wind_m_s=9.0, groups=False)
    second = ond86.at_points(other, places(*turned(x, y)), top_wind_m_s=9.0, groups=False)
    assert second["concentration_mg_m3"].to_numpy() == pytest.approx(
        first["concentration_mg_m3"].to_numpy(), rel=2e-3
    )
    same = np.isclose(second["concentration_mg_m3"], first["concentration_mg_m3"], rtol=1e-9, atol=0.0)
    assert same.any()
    after = (second["wind_from_direction"] - first["wind_from_direction"])[same].to_numpy() % 360.0
    assert after == pytest.approx(np.full(after.size, turn % 360))


def test_bytes_do_not_depend_on_the_number_of_threads():
    table = random_table(10, 15, 4000.0)
    axis = np.linspace(-2000.0, 2000.0, 13)
    one, three = (
        ond86.field(table, axis, axis, top_wind_m_s=8.0, threads=count, groups=False) for count in (1, 3)
    )
    for name in ("concentration", "ratio", "wind_from_direction", "wind_speed"):
        assert one[name].to_numpy().tobytes() == three[name].to_numpy().tobytes()


def test_progress_counts_the_receptors():
    told = []
    axis = np.linspace(-2000.0, 2000.0, 12)
    ond86.field(
        table_of(row("a", "SO2", 1.0)), axis, axis, top_wind_m_s=8.0, groups=False,
        progress=lambda done, whole: told.append((done, whole)),
    )  # fmt: skip
    assert told[-1] == (144, 144)
    assert [done for done, _ in told] == sorted(done for done, _ in told)


def test_shares_add_up_to_one_and_their_sum_is_the_field():
    table = random_table(11, 12, 3000.0)
    points = places([400.0, -800.0], [900.0, 100.0])
    whole = ond86.at_points(table, points, top_wind_m_s=9.0, groups=True)
    parts = ond86.contributions(table, points, top_wind_m_s=9.0, groups=True)
    assert "SO2+NO2" in set(parts["substance_or_group"])
    summed = parts.groupby(["point_id", "substance_or_group"])[["share", "ratio"]].sum()
    assert summed["share"].to_numpy() == pytest.approx(1.0)
    expected = whole.set_index(["point_id", "substance_or_group"])["ratio"].reindex(summed.index)
    assert summed["ratio"].to_numpy() == pytest.approx(expected.to_numpy(), rel=1e-12)
    for _, part in parts.groupby(["point_id", "substance_or_group"]):
        assert part["share"].is_monotonic_decreasing


def test_a_receptor_upwind_of_the_sector_gets_nothing():
    made = ond86.at_points(
        table_of(row("a", "SO2", 1.0)), places(500.0, 0.0), top_wind_m_s=5.0, groups=False, directions=[90.0]
    )
    assert made["concentration_mg_m3"].tolist() == [0.0]
    assert made["wind_speed"].isna().all()


def test_a_receptor_on_a_low_source_has_what_the_low_form_gives():
    low = {"height_m": 4.0, "diameter_m": 0.0, "velocity_m_s": 0.0, "temperature_c": 25.0}
    table = table_of(row("a", "SO2", 0.1, **low))
    assert value(table, 0.0, 0.0)[0] == pytest.approx(0.75 * table["cm_mg_m3"].iloc[0], rel=1e-6)


def test_rows_without_an_emission_are_counted_not_calculated():
    table = table_of(
        row("a", "SO2", 1.0), row("b", "SO2", 1.0) | {"cm_mg_m3": np.nan, "emission_g_s": np.nan}
    )
    axis = np.array([300.0, 400.0])
    made = ond86.field(table, axis, axis, top_wind_m_s=5.0, groups=False)
    assert made.attrs["emissions_not_stated"] == 1
    assert made.attrs["sources"] == 1


def test_background_counts_with_and_without_the_own_part():
    table = table_of(row("a", "SO2", 12.0))
    xm = float(table["xm_m"].iloc[0])
    choices = {"top_wind_m_s": 9.0, "groups": False, "background": {"SO2": 0.2}}
    point = places(xm, 0.0)
    whole = ond86.at_points(table, point, **choices).iloc[0]
    own = ond86.at_points(table, point, **choices, own_in_background=True).iloc[0]
    cm = float(table["cm_mg_m3"].iloc[0])
    assert whole["ratio_with_background"] == pytest.approx((cm + 0.2) / 0.5, rel=1e-6)
    assert own["background_mg_m3"] == pytest.approx(0.2 - 0.4 * cm, rel=1e-6)


@pytest.mark.parametrize(
    ("choices", "words"),
    [
        ({"top_wind_m_s": 0.3}, "u\\*"),
        ({"top_wind_m_s": 5.0, "speeds": [0.2]}, "speeds"),
        ({"top_wind_m_s": 5.0, "direction_step": 7.0}, "direction_step"),
        ({"top_wind_m_s": 5.0, "pollutants": ["CO"]}, "CO"),
    ],
)
def test_wrong_choices_are_named(choices, words):
    with pytest.raises(InputError, match=words):
        ond86.field(table_of(row("a", "SO2", 1.0)), [0.0, 1.0], [0.0, 1.0], **choices)


def test_rows_of_one_source_must_agree():
    table = table_of(row("a", "SO2", 1.0), row("a", "NO2", 1.0, **(STACK | {"height_m": 60.0})))
    with pytest.raises(InputError, match="differ"):
        value(table, 100.0, 0.0)
