"""Joining, roses, hours by direction and sectors: counts, shares and known directions."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from sootprint.attribution import directional as d
from sootprint.attribution.directional.compass import circular_runs, run_name
from sootprint.core import schema
from sootprint.core.errors import InputError

START = pd.Timestamp("2024-11-01")


def weather_table(speed, direction, *, station="W", step_s=3600.0) -> pd.DataFrame:
    count = len(speed)
    return schema.check(
        pd.DataFrame(
            {
                "station_id": station,
                "time_start": START + pd.to_timedelta(np.arange(count) * step_s, unit="s"),
                "duration_s": step_s,
                "wind_speed": speed,
                "wind_from_direction": direction,
                "source_file": "made.csv",
                "source_row": np.arange(2, count + 2),
            }
        ),
        "weather",
    )


def observation_table(value, *, station="P", step_s=3600.0, flag="valid", limit=np.nan) -> pd.DataFrame:
    count = len(value)
    return schema.check(
        pd.DataFrame(
            {
                "station_id": station,
                "pollutant": "SO2",
                "time_start": START + pd.to_timedelta(np.arange(count) * step_s, unit="s"),
                "duration_s": step_s,
                "value_ugm3": value,
                "flag": flag,
                "detection_limit_ugm3": limit,
                "source_file": "made.csv",
                "source_row": np.arange(2, count + 2),
            }
        ),
        "observations",
    )


def made_case(days: int = 60, seed: int = 1, plume: float = 80.0) -> pd.DataFrame:
    """Joined hours with wind from all round and a plume in wind from 70° to 110°."""
    rng = np.random.default_rng(seed)
    count = 24 * days
    speed, direction = rng.weibull(1.8, count) * 3, rng.uniform(0, 360, count)
    value = rng.lognormal(2.5, 0.4, count) + plume * (np.abs(direction - 90) < 20)
    return d.join_hourly(observation_table(value), weather_table(speed, direction), zone="Asia/Almaty")


def test_sector_numbers_and_names() -> None:
    assert d.sector_number([0, 11.24, 11.26, 348.76, 360, np.nan], 16).tolist() == [0, 0, 1, 0, 0, -1]
    assert d.compass_name(20) == "NNE"
    assert run_name(22.5, 90.0) == "NNE–E"
    assert run_name(22.5, 22.5) == "NNE"


def test_runs_go_over_north() -> None:
    assert circular_runs([1, 1, 0, 0, 1, 0, 0, 1]) == [[4], [7, 0, 1]]
    assert circular_runs([0] * 8) == []
    assert circular_runs([1] * 4) == [[0, 1, 2, 3]]


def test_hourly_wind_is_the_vector_mean_over_north() -> None:
    wind = d.hourly_wind(weather_table([2.0, 2.0], [350.0, 20.0], step_s=1800.0))
    assert wind["wind_from_direction"].item() == pytest.approx(5.0)
    assert wind["wind_speed"].item() == 2.0


def test_join_counts_every_hour_and_says_why_it_does_not_serve() -> None:
    observations = observation_table([10.0, np.nan, 30.0, 40.0, 50.0], flag="valid")
    observations.loc[1, "flag"] = "missing"
    observations.loc[4, "flag"] = "suspect"
    wind = weather_table([1.0, 1.0, np.nan, 0.0, 1.0], [90.0, 90.0, 90.0, np.nan, 90.0])
    joined = d.join_hourly(observations, wind, zone="Asia/Almaty")
    assert joined["reason"].tolist() == [
        "served",
        "missing reading",
        "missing wind",
        "served",
        "missing reading",
    ]
    # Asia/Almaty is five hours ahead since 2024-03-01
    assert joined["hour_local"].tolist() == [5, 6, 7, 8, 9]


def test_calm_hour_serves_without_a_direction() -> None:
    wind = weather_table([0.3, 0.7], [np.nan, np.nan])
    joined = d.join_hourly(observation_table([1.0, 1.0]), wind, zone="UTC")
    assert joined["reason"].tolist() == ["served", "missing wind"]
    joined = d.join_hourly(observation_table([1.0, 1.0]), wind, zone="UTC", calm_speed=1.0)
    assert joined["reason"].tolist() == ["served", "served"]


def test_twenty_minute_readings_become_hours() -> None:
    observations = observation_table([10.0, 20.0, 60.0, 5.0], step_s=1200.0)
    joined = d.join_hourly(observations, weather_table([2.0, 2.0], [90.0, 90.0]), zone="UTC")
    assert joined["value_ugm3"].tolist() == pytest.approx([30.0, 5.0])
    assert joined["reason"].tolist() == ["served", "low coverage"]


def test_reading_below_detection_counts_half_its_limit() -> None:
    observations = observation_table([np.nan], flag="below_detection", limit=4.0)
    joined = d.join_hourly(observations, weather_table([2.0], [90.0]), zone="UTC")
    assert joined["value_ugm3"].item() == 2.0


def test_post_takes_its_own_wind_before_another() -> None:
    wind = pd.concat(
        [weather_table([1.0] * 5, [10.0] * 5), weather_table([2.0] * 3, [20.0] * 3, station="P")]
    )
    joined = d.join_hourly(observation_table([1.0] * 3), wind, zone="UTC")
    assert joined["wind_station_id"].unique().tolist() == ["P"]
    joined = d.join_hourly(observation_table([1.0] * 3), wind, zone="UTC", wind_station={"P": "W"})
    assert joined["wind_speed"].tolist() == [1.0] * 3
    with pytest.raises(InputError, match="to take its wind"):
        d.join_hourly(observation_table([1.0]), wind, zone="UTC", wind_station={"P": "nowhere"})


def test_no_wind_is_an_error_with_a_cure() -> None:
    with pytest.raises(InputError, match="no wind"):
        d.join_hourly(observation_table([1.0]), weather_table([np.nan], [np.nan]), zone="UTC")


def test_wind_rose_counts_each_hour_once() -> None:
    rng = np.random.default_rng(4)
    table = d.wind_rose(weather_table(rng.weibull(2, 1000) * 4, rng.uniform(0, 360, 1000)))
    assert table["hours"].sum() == 1000
    assert table["share"].sum() == pytest.approx(1.0)
    assert table.loc[table["sector_deg"].isna(), "speed_class"].tolist() == ["calm"]


def test_wind_rose_of_rounded_directions_has_no_spikes() -> None:
    direction = np.tile(np.arange(10.0, 370.0, 10.0), 20)
    table = d.wind_rose(weather_table(np.full(720, 4.0), direction))
    share = table.groupby("sector_deg")["share"].sum()
    assert share.to_numpy() == pytest.approx(np.full(16, 1 / 16), abs=1e-3)


def test_wind_rose_refuses_edges_that_fall() -> None:
    with pytest.raises(InputError, match="speed edges"):
        d.wind_rose(weather_table([1.0], [0.0]), speed_edges=(3, 2))


def test_conditional_probability_is_the_counted_share() -> None:
    table = d.pollution_rose(made_case(), sectors=8, draws=200)
    joined = made_case()
    hours = joined.loc[(joined["wind_speed"] >= 0.5)]
    east = hours.loc[d.sector_number(hours["wind_from_direction"], 8) == 2]
    row = table.loc[table["sector_deg"] == 90.0].iloc[0]
    threshold = np.percentile(joined["value_ugm3"], 90)
    assert row["threshold_ugm3"] == pytest.approx(threshold)
    assert row["cpf"] == pytest.approx((east["value_ugm3"] > threshold).mean())
    assert row["cpf_q05"] < row["cpf"] < row["cpf_q95"]
    assert table["hours"].sum() == len(joined)
    assert table["dose_share"].sum() == pytest.approx(1.0)


def test_without_influence_of_direction_the_interval_holds_one_minus_percentile() -> None:
    held = 0
    for seed in range(4):
        table = d.pollution_rose(made_case(seed=seed, plume=0.0), draws=300, seed=seed)
        sectors = table.dropna(subset=["sector_deg"])
        held += int(((sectors["cpf_q05"] <= 0.1) & (sectors["cpf_q95"] >= 0.1)).sum())
    assert 0.75 <= held / 64 <= 0.99


def test_same_seed_same_table_whatever_other_posts() -> None:
    one = made_case()
    other = made_case(seed=2).assign(station_id="A")
    alone = d.pollution_rose(one, draws=50)
    together = d.pollution_rose(pd.concat([other, one]), draws=50)
    pd.testing.assert_frame_equal(alone, together.loc[together["station_id"] == "P"].reset_index(drop=True))


def test_direction_hour_counts_each_hour_once() -> None:
    joined = made_case(days=10)
    table = d.direction_hour(joined, sectors=8)
    assert len(table) == 24 * 9
    assert table["hours"].sum() == len(joined)
    mean = (table["mean_ugm3"] * table["hours"].astype(float)).sum() / len(joined)
    assert mean == pytest.approx(joined["value_ugm3"].mean())


def test_sector_of_a_plume_is_found_and_shares_add_up() -> None:
    table = d.directional_sectors(made_case(), options=d.SectorOptions(draws=1000))
    assert table["sector_label"].tolist() == ["ENE–ESE", "calm", "other directions"]
    first = table.iloc[0]
    assert (first["sector_from_deg"], first["sector_to_deg"]) == (56.25, 123.75)
    assert table["hours_share"].sum() == pytest.approx(1.0)
    assert table["dose_share"].sum() == pytest.approx(1.0)
    assert 1 < first["enrichment_q05"] < first["enrichment"] < first["enrichment_q95"]
    assert "support for a source in that sector" in first["statement"]
    assert "no direction" in table.iloc[1]["statement"]


def test_no_sector_is_named_where_direction_has_no_influence() -> None:
    named = 0
    for seed in range(6):
        table = d.directional_sectors(
            made_case(seed=seed, plume=0.0), options=d.SectorOptions(draws=2000, seed=seed)
        )
        named += int((~table["sector_label"].isin(["calm", "other directions"])).any())
    assert named <= 2
    assert "No direction sector stands out" in table.iloc[-1]["statement"]


def test_one_loud_day_does_not_name_a_sector() -> None:
    joined = made_case(plume=0.0)
    loud = (joined["day_local"] == joined["day_local"].iloc[30]) & joined["wind_from_direction"].between(
        0, 180
    )
    joined.loc[loud, "value_ugm3"] = 900.0
    table = d.directional_sectors(joined, options=d.SectorOptions(draws=1000))
    assert set(table["sector_label"]) <= {"calm", "other directions"}


def test_empty_join_gives_empty_tables() -> None:
    none = made_case(days=2).iloc[:0]
    assert d.pollution_rose(none).empty
    assert d.direction_hour(none).empty
    assert d.directional_sectors(none).empty
    assert d.polar_plot(none).empty


@pytest.mark.data
def test_la_oroya_points_to_one_side_of_the_valley(data_dir) -> None:
    hours = pd.read_csv(data_dir / "la_oroya" / "SO2_oroya.csv")
    value = hours["SO2_1h_ugm3"]
    observations = observation_table(value, flag=np.where(value.isna(), "missing", "valid"))
    joined = d.join_hourly(observations, weather_table(hours["ws"], hours["wd"]), zone="America/Lima")
    table = d.directional_sectors(joined)
    first = table.iloc[0]
    assert first["sector_label"] == "ESE–SSW"
    assert first["hours_share"] == pytest.approx(0.166, abs=0.001)
    assert first["dose_share"] == pytest.approx(0.560, abs=0.001)
    assert first["enrichment_q05"] > 3
