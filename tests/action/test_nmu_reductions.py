"""What a regime asks: ranges, rates after them, coverage by the plant; readings over their limits."""

import pandas as pd
import pytest

from sootprint import norms
from sootprint.action import limit_ratios, reduction_rules, required_reductions
from sootprint.core import schema
from sootprint.core.errors import ConfigError, InputError


def sources():
    rows = [("A/1", "A", True), ("A/2", "A", True), ("B/1", "B", pd.NA), ("S/1", "HOMES", False)]
    draft = pd.DataFrame(rows, columns=["source_id", "facility_id", "controllable"])
    draft = draft.assign(kind="point", lon=82.6, lat=49.9, source_file="s", source_row=1)
    return schema.check(draft, "sources")


def emissions():
    rows = [
        ("A/1", "SO2", "declared", 120.0, "assumed"),
        ("A/1", "SO2", "permitted", 100.0, "verified"),
        ("A/2", "SO2", "declared", 10.0, "assumed"),
        ("A/2", "SO2", "declared", 20.0, "assumed"),
        ("B/1", "NO2", "measured", 5.0, "secondary"),
        ("S/1", "PM2.5", "assumed", 9.0, "assumed"),
    ]
    draft = pd.DataFrame(rows, columns=["source_id", "pollutant", "basis", "rate_g_s", "mark"])
    return schema.check(draft.assign(source_file="e", source_row=1), "emissions")


def row(table, regime, source_id):
    return table[(table["regime"] == regime) & (table["source_id"] == source_id)].iloc[0]


def test_the_rules_name_their_source_and_how_it_was_checked():
    for table in reduction_rules():
        assert table["source"].str.len().gt(10).all()
        assert table["mark"].isin(["verified", "secondary", "unverified", "assumed"]).all()
        assert table["note"].str.len().gt(5).all()


@pytest.mark.parametrize(("regime", "low", "high"), [("I", 0.15, 0.2), ("II", 0.2, 0.4), ("III", 0.4, 0.6)])
def test_each_regime_asks_for_its_range_of_the_permitted_rate(regime, low, high):
    made = row(required_reductions(sources(), emissions()), regime, "A/1")
    assert (made["basis"], made["rate_g_s"]) == ("permitted", 100.0)
    assert (made["reduction_from"], made["reduction_to"]) == (low, high)
    assert made["rate_after_from_g_s"] == pytest.approx(100.0 * (1 - low))
    assert made["rate_after_to_g_s"] == pytest.approx(100.0 * (1 - high))
    assert made["mark"] == "secondary"
    assert made["rate_mark"] == "verified"


def test_the_largest_of_several_rates_is_taken_and_stoves_get_no_order():
    made = required_reductions(sources(), emissions(), regimes=("I",))
    assert row(made, "I", "A/2")["rate_g_s"] == 20.0
    assert made["source_id"].tolist() == ["A/1", "A/2", "B/1"]
    assert "S/1" in set(required_reductions(sources(), emissions(), uncontrollable=True)["source_id"])
    assert made["covered"].isna().all()


def shares(*rows, **more):
    made = pd.DataFrame(rows, columns=["source_id", "pollutant", "concentration_ratio"])
    return made.assign(**more)


@pytest.mark.parametrize(
    ("total", "covered"), [(0.6, []), (0.65, ["III"]), (0.75, ["II", "III"]), (0.9, ["I", "II", "III"])]
)
def test_the_whole_plant_is_held_against_the_norm(total, covered):
    given = shares(("A/1", "SO2", total - 0.2), ("A/2", "SO2", 0.2))
    made = required_reductions(sources(), emissions(), shares=given)
    assert made[(made["source_id"] == "A/2") & made["covered"].fillna(False)]["regime"].tolist() == covered
    assert row(made, "I", "A/2")["plant_ratio"] == pytest.approx(total)
    assert made[made["source_id"] == "B/1"]["covered"].isna().all()


def test_background_counts_once_and_a_missing_part_leaves_the_sum_unknown():
    given = shares(("A/1", "SO2", 0.4), ("A/2", "SO2", 0.2), background_ratio=0.3)
    made = required_reductions(sources(), emissions(), shares=given)
    assert row(made, "I", "A/1")["plant_ratio"] == pytest.approx(0.9)
    half = required_reductions(sources(), emissions(), shares=shares(("A/1", "SO2", 2.0)))
    assert half["plant_ratio"].isna().all()
    assert half["covered"].isna().all()


def test_the_narrowest_range_is_taken():
    ranges, _ = reduction_rules()
    own = ranges.iloc[[0]].assign(rule_id="power", scope="facility_kind", kind="power", reduction_from=0.05)
    one = ranges.iloc[[0]].assign(rule_id="one", scope="source", kind="A/2", reduction_from=0.1)
    table = pd.concat([ranges, own, one], ignore_index=True)
    plants = pd.DataFrame({"facility_id": ["A", "B"], "kind": ["power", "smelter"]})
    made = required_reductions(sources(), emissions(), ranges=table, facilities=plants, regimes=("I",))
    assert made.set_index("source_id")["rule_id"].to_dict() == {"A/1": "power", "A/2": "one", "B/1": "RD85-I"}


def test_rules_and_shares_that_cannot_be_right_are_refused():
    ranges, criteria = reduction_rules()
    for change in (
        {"ranges": ranges.assign(reduction_from=0.9)},
        {"ranges": ranges.assign(reduction_to=40.0)},
        {"ranges": ranges.assign(mark="V")},
        {"ranges": ranges.assign(scope="city")},
        {"ranges": ranges.drop(columns="source")},
        {"criteria": criteria.assign(factor=0.2)},
        {"regimes": ("IV",)},
    ):
        with pytest.raises(ConfigError):
            required_reductions(sources(), emissions(), **change)
    with pytest.raises(InputError, match="concentration_ratio"):
        required_reductions(sources(), emissions(), shares=shares().drop(columns="concentration_ratio"))
    with pytest.raises(InputError, match="two shares"):
        required_reductions(sources(), emissions(), shares=shares(("A/1", "SO2", 1.0), ("A/1", "SO2", 1.0)))


def readings(*rows):
    draft = pd.DataFrame(rows, columns=["pollutant", "duration_s", "value_ugm3", "flag"])
    draft = draft.assign(
        station_id="P", time_start=pd.Timestamp("2024-11-01"), source_file="o", source_row=range(len(rows))
    )
    return schema.check(draft, "observations")


def test_readings_are_parts_of_the_single_maximum():
    made = limit_ratios(
        readings(
            ("SO2", 1200.0, 1000.0, "valid"),
            ("NO2", 3600.0, 100.0, "valid"),
            ("CO", 1200.0, 9000.0, "suspect"),
            ("SO2", 86400.0, 400.0, "valid"),
            ("H2S", 1200.0, 16.0, "valid"),
            ("PM10", 1200.0, -3.0, "below_detection"),
        ),
        norms.load(["KZ"]),
        without=("H2S",),
    ).set_index("pollutant")
    assert sorted(made.index) == ["NO2", "PM10", "SO2"]
    # 500 µg/m³ is the single maximum of SO2, 200 of NO2.
    assert made.loc["SO2", "ratio"] == 2.0
    assert made.loc["NO2", "ratio"] == 0.5
    assert made["understates"].to_dict() == {"SO2": False, "NO2": True, "PM10": False}
    assert made.loc["PM10", "ratio"] == 0.0
    with pytest.raises(InputError, match="under an hour"):
        limit_ratios(readings(), norms.load(["KZ"]), jurisdiction="EU")
