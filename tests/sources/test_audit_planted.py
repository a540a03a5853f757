"""Each fault planted once into a clean inventory is found, once, and nothing else is."""

import math

import pytest
from audit_cases import STACKS, changed, codes, inventory, table, with_emission, with_source, without

from sootprint.core import schema
from sootprint.core.errors import ConfigError
from sootprint.sources import audit
from sootprint.sources.auditing.rules import rules


def flat_exit(tables):
    return changed(
        "sources",
        lambda rows: rows["source_id"].isin(["P/0002", "P/0003", "P/0004", "P/0005"]),
        {"exit_temperature_k": 348.15, "exit_velocity_m_s": 8.4, "flow_m3_s": math.nan},
        changed("emissions", lambda rows: rows["rate_g_s"] > 0, {"concentration_mg_nm3": math.nan}, tables),
    )


def same_rate(tables):
    return changed(
        "emissions",
        lambda rows: (rows["pollutant"] == "TSP") | (rows["source_id"] + rows["pollutant"] == "P/0002TSP"),
        {"rate_g_s": 2.34, "annual_t": 40.0, "concentration_mg_nm3": math.nan},
        tables,
    )


NO_CONCENTRATION = {"concentration_mg_nm3": math.nan}

PLANTED = {
    "AUD-LOAD-FACTOR": lambda: with_emission("0002", "SO2", annual_t=1200.0),
    "AUD-LOAD-FACTOR-LOW": lambda: with_emission("0002", "SO2", annual_t=6.5),
    "AUD-HOURS": lambda: with_source("0005", hours_per_year=0.0) | {
        "emissions": with_emission("0005", "CO", annual_t=0.00001)["emissions"]
    },
    "AUD-FLOW": lambda: changed(
        "emissions", lambda rows: rows["source_id"] == "P/0002", NO_CONCENTRATION,
        with_source("0002", flow_m3_s=140.0),
    ),
    "AUD-CONCENTRATION": lambda: with_emission("0003", "SO2", concentration_mg_nm3=28.0),
    "AUD-PARTICLES": lambda: with_emission("0003", "PM10", rate_g_s=2.9, concentration_mg_nm3=math.nan),
    "AUD-NITROGEN-SPLIT": lambda: with_emission("0001", "NO", rate_g_s=31.4, concentration_mg_nm3=math.nan),
    "AUD-CLEANING-FRACTION": lambda: with_emission("0001", "TSP", cleaning_efficiency=0.95),
    "AUD-CLEANING-MAXIMUM": lambda: with_emission(
        "0001", "TSP", cleaning_efficiency=96.0, cleaning_efficiency_max=94.0
    ),
    "AUD-CLEANING-DEVICE": lambda: with_emission("0001", "TSP", cleaning_device="Скруббер"),
    "AUD-SETTLING": lambda: with_emission("0001", "TSP", cleaning_efficiency=95.0, settling=3.0),
    "AUD-VELOCITY": lambda: changed(
        "emissions", lambda rows: rows["source_id"] == "P/0002", NO_CONCENTRATION,
        with_source("0002", exit_velocity_m_s=0.6, flow_m3_s=math.nan),
    ),
    "AUD-TEMPERATURE": lambda: changed(
        "emissions", lambda rows: rows["source_id"] == "P/0001", NO_CONCENTRATION,
        with_source("0001", exit_temperature_k=640.15),
    ),
    "AUD-COLD-COMBUSTION": lambda: changed(
        "emissions", lambda rows: rows["source_id"] == "P/0001", NO_CONCENTRATION,
        with_source("0001", exit_temperature_k=293.15),
    ),
    "AUD-DIAMETER": lambda: changed(
        "emissions", lambda rows: rows["source_id"] == "P/0001", NO_CONCENTRATION,
        with_source("0001", diameter_m=16.5, flow_m3_s=math.nan),
    ),
    "AUD-SLENDER": lambda: with_source("0005", height_m=0.5),
    "AUD-MISSING-POLLUTANT": lambda: without("0002", "CO"),
    "AUD-COPIED-EXIT": lambda: flat_exit(inventory()),
    "AUD-COPIED-RATE": lambda: same_rate(inventory()),
    "AUD-COPIED-SUBSTANCE": lambda: with_emission(
        "0002", "CO", rate_g_s=12.8, concentration_mg_nm3=math.nan
    ),
    "AUD-SAME-PLACE": lambda: with_source(
        "0004", lon=82.6187 + STACKS["0003"][4], lat=49.9773 + STACKS["0003"][5]
    ),
    "AUD-FAR-FROM-PLANT": lambda: with_source("0004", lon=83.6187),
    "AUD-SWAPPED": lambda: with_source("0004", lon=49.9773, lat=82.6187),
}  # fmt: skip


def test_a_clean_inventory_has_no_finding():
    assert codes(inventory()) == []


@pytest.mark.parametrize("code", PLANTED)
def test_the_planted_fault_is_found_and_no_other(code):
    tables = PLANTED[code]()
    found = audit(tables)
    assert found["code"].tolist() == [code]
    row = found.iloc[0]
    rule = rules()[code]
    assert (row["severity"], row["rule"], row["document"]) == (rule.severity, rule.rule, rule.document)
    assert row["file"] == "clean.csv"
    assert row["row"] >= 2
    if math.isfinite(row["expected_low"]) and math.isfinite(row["expected_high"]) and code != "AUD-SETTLING":
        assert not row["expected_low"] <= row["value"] <= row["expected_high"]


def test_the_values_of_a_load_factor():
    found = audit(with_emission("0002", "SO2", annual_t=1200.0)).iloc[0]
    assert found["value"] == 1200.0
    assert found["expected_high"] == pytest.approx((31.7 + 0.05) * 3.6e-3 * 8000.5 + 0.5, rel=1e-6)
    assert "load factor 1.31" in found["note"]


def test_a_flow_that_is_the_one_at_zero_degrees_is_told():
    cold = round(math.pi / 4 * 4.2**2 * 12.4 * 273.15 / (273.15 + 118), 1)
    tables = with_source("0002", flow_m3_s=cold)
    found = audit(tables)
    found = found.loc[found["code"] == "AUD-FLOW"].iloc[0]
    assert "0 °C" in found["note"]
    assert found["expected_low"] == pytest.approx(math.pi / 4 * 4.15**2 * 12.35 - 0.5, rel=1e-6)
    assert found["expected_high"] == pytest.approx(math.pi / 4 * 4.25**2 * 12.45 + 0.5, rel=1e-6)


def test_rounding_of_printed_digits_is_no_fault():
    area = math.pi / 4 * 4.2**2
    for flow in (area * 12.36, area * 12.44, math.pi / 4 * 4.16**2 * 12.4):
        tables = with_source("0002", flow_m3_s=round(flow, 1))
        assert "AUD-FLOW" not in codes(tables)


def test_printed_digits_are_taken_where_they_are():
    tables = changed(
        "emissions",
        lambda rows: rows["source_id"] == "P/0002",
        NO_CONCENTRATION,
        with_source("0002", flow_m3_s=172.5),
    )
    assert "AUD-FLOW" not in codes(tables)
    cells = [
        {"source_id": "P/0002", "column": column, "text": text, "value": value, "half_step": half}
        for column, text, value, half in (
            ("diameter_m", "4,200", 4.2, 0.0005),
            ("exit_velocity_m_s", "12,400", 12.4, 0.0005),
            ("flow_m3_s", "172,5", 172.5, 0.05),
        )
    ]
    found = audit(tables | {"declared_cells": table("declared_cells", *cells)})
    assert found["code"].tolist() == ["AUD-FLOW"]


def test_a_rectangular_mouth_is_checked_by_its_sides():
    tables = with_source("0002", mouth_length_m=5.0, mouth_width_m=4.0)
    found = audit(tables)
    assert "AUD-FLOW" in found["code"].tolist()
    tables = with_source("0002", mouth_length_m=5.0, mouth_width_m=4.0, flow_m3_s=248.0)
    assert "AUD-FLOW" not in codes(tables)


def test_like_stacks_are_no_copies():
    tables = flat_exit(inventory())
    tables = changed(
        "sources",
        lambda rows: rows["source_id"].isin(["P/0002", "P/0003", "P/0004", "P/0005"]),
        {"height_m": 60.0, "diameter_m": 2.1},
        tables,
    )
    assert "AUD-COPIED-EXIT" not in codes(tables)


def test_a_boundary():
    around = "POLYGON ((82.60 49.96, 82.64 49.96, 82.64 49.99, 82.60 49.99, 82.60 49.96))"
    assert codes(inventory(), options={"boundaries": {"P": around}}) == []
    tight = "POLYGON ((82.617 49.96, 82.64 49.96, 82.64 49.99, 82.617 49.99, 82.617 49.96))"
    found = audit(inventory(), options={"boundaries": {"P": tight}})
    assert found["code"].tolist() == ["AUD-OUTSIDE-BOUNDARY"]
    assert found["source_id"].tolist() == ["P/0005"]
    assert found["value"].iloc[0] == pytest.approx(93.0, abs=2.0)
    with pytest.raises(ConfigError):
        audit(inventory(), options={"boundaries": {"P": "POINT (1 2)"}})


def test_hours_that_the_reader_kept_out_are_seen_in_the_printed_cells():
    cells = table(
        "declared_cells",
        {
            "source_id": "P/0009",
            "column": "hours_per_year",
            "text": "9000",
            "value": 9000.0,
            "half_step": 0.5,
        },
    )
    found = audit(inventory() | {"declared_cells": cells})
    assert found["code"].tolist() == ["AUD-HOURS"]
    assert (found["value"].iloc[0], found["row"].iloc[0]) == (9000.0, 2)


def totals(*rows):
    return table("declared_totals", *({"facility_id": "P", "label": "Итого", **row} for row in rows))


def printed(tables):
    rows = []
    for row in tables["emissions"].to_dict("records"):
        for column in ("rate_g_s", "annual_t"):
            rows.append(
                {
                    "source_id": row["source_id"], "pollutant": row["pollutant"], "column": column,
                    "text": str(row[column]), "value": row[column], "half_step": 0.005,
                    "source_file": "clean.csv", "source_row": row["source_row"],
                }
            )  # fmt: skip
    return table("declared_cells", *rows)


def test_sums_of_a_plant_and_of_a_section():
    tables = inventory()
    tables["declared_cells"] = printed(tables)
    so2 = float(tables["emissions"].query("pollutant == 'SO2'")["annual_t"].sum())
    whole = float(tables["emissions"]["annual_t"].sum())
    place = {"source_file": "clean.csv", "source_row": 90}
    good = totals(
        {"scope": "plant", "pollutant": "SO2", "annual_t": so2, **place},
        {"scope": "unclear", "annual_t": whole + 0.03, **place, "source_row": 91},
    )
    assert codes(tables, totals=good) == []
    bad = totals({"scope": "plant", "pollutant": "SO2", "annual_t": so2 + 1.0, **place})
    found = audit(tables, totals=bad)
    assert found["code"].tolist() == ["AUD-TOTAL"]
    assert found["value"].iloc[0] == pytest.approx(so2 + 1.0)
    assert found["expected_high"].iloc[0] == pytest.approx(so2 + 0.015, abs=1e-4)


def test_an_option_that_is_not_known_is_refused():
    with pytest.raises(ConfigError, match="no such option"):
        audit(inventory(), options={"limit": {}})
    with pytest.raises(ConfigError, match="no limit"):
        audit(inventory(), options={"limits": {"nonsense": 1.0}})
    with pytest.raises(ConfigError, match="no such process"):
        audit(inventory(), options={"processes": {"P/0001": "alchemy"}})


def test_an_empty_inventory_has_no_finding():
    found = audit({name: schema.empty(name) for name in ("facilities", "sources", "emissions")})
    assert len(found) == 0
    assert found.columns.tolist() == schema.columns("audit_findings")
