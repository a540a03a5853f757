"""A hand-made inventory without a fault, and ways to plant one."""

import numpy as np
import pandas as pd

from sootprint.core import schema
from sootprint.sources.auditing import audit

STACKS = {
    # number: height, diameter, velocity, °C, east, north, process
    "0001": (180.0, 6.5, 16.2, 135.0, 0.00, 0.00, "coal_boiler"),
    "0002": (100.0, 4.2, 12.4, 118.0, 0.004, 0.001, "boiler"),
    "0003": (60.0, 2.1, 10.3, 75.0, 0.002, 0.003, "аспирация"),
    "0004": (30.0, 1.4, 7.1, 42.0, 0.001, -0.002, None),
    "0005": (25.0, 0.8, 9.6, 31.0, -0.003, 0.002, None),
}
RATES = {
    ("0001", "SO2"): 214.0, ("0001", "NO2"): 96.0, ("0001", "NO"): 15.6, ("0001", "CO"): 11.3,
    ("0001", "TSP"): 52.5, ("0002", "SO2"): 31.7, ("0002", "NO2"): 12.8, ("0002", "CO"): 4.61,
    ("0003", "SO2"): 1.23, ("0003", "TSP"): 2.34, ("0003", "PM10"): 1.12, ("0004", "TSP"): 0.417,
    ("0005", "CO"): 0.0583,
}  # fmt: skip


def inventory():
    """Tables of the clean inventory."""
    sources, emissions = [], []
    for row, (number, (height, diameter, velocity, celsius, east, north, process)) in enumerate(
        STACKS.items(), 2
    ):
        sources.append(
            {
                "source_id": f"P/{number}", "facility_id": "P", "source_number": number, "kind": "point",
                "name": f"Stack {number}", "lon": 82.6187 + east, "lat": 49.9773 + north, "height_m": height,
                "diameter_m": diameter, "exit_velocity_m_s": velocity,
                "exit_temperature_k": round(celsius + 273.15, 2), "hours_per_year": 8000.0,
                "flow_m3_s": round(np.pi / 4 * diameter**2 * velocity, 2), "process": process,
                "source_file": "clean.csv", "source_row": row,
            }
        )  # fmt: skip
    for row, ((number, pollutant), rate) in enumerate(RATES.items(), 10):
        _, diameter, velocity, celsius, *_ = STACKS[number]
        normal = np.pi / 4 * diameter**2 * velocity * 273.15 / (273.15 + celsius)
        emissions.append(
            {
                "source_id": f"P/{number}", "pollutant": pollutant, "basis": "declared", "rate_g_s": rate,
                "annual_t": round(rate * 3600 * 8000 / 1e6 * 0.71, 2),
                "concentration_mg_nm3": round(rate * 1000 / normal, 2),
                "source_file": "clean.csv", "source_row": row,
            }
        )  # fmt: skip
    return {
        "facilities": schema.check(pd.DataFrame([{"facility_id": "P", "kind": "power"}]), "facilities"),
        "sources": schema.check(pd.DataFrame(sources), "sources"),
        "emissions": schema.check(pd.DataFrame(emissions), "emissions"),
    }


def with_source(number, **values):
    """Inventory with some cells of a source changed."""
    return changed("sources", lambda table: table["source_id"] == f"P/{number}", values)


def with_emission(number, pollutant, **values):
    """Inventory with some cells of an emission changed."""
    return changed(
        "emissions",
        lambda table: (table["source_id"] == f"P/{number}") & (table["pollutant"] == pollutant),
        values,
    )


def changed(name, where, values, tables=None):
    """Tables with cells changed where a mask holds."""
    tables = dict(tables or inventory())
    table = tables[name].copy()
    mask = where(table)
    assert mask.any()
    for column, value in values.items():
        table.loc[mask, column] = value
    tables[name] = schema.check(table, name)
    return tables


def without(number, pollutant):
    """Inventory without an emission."""
    tables = inventory()
    table = tables["emissions"]
    mask = (table["source_id"] == f"P/{number}") & (table["pollutant"] == pollutant)
    assert mask.any()
    return tables | {"emissions": table.loc[~mask].reset_index(drop=True)}


def table(name, *rows):
    """Table of a schema made of rows, with a file and row numbers."""
    extra = [
        {"source_file": f"{name}.csv", "source_row": number, **row} for number, row in enumerate(rows, 2)
    ]
    return schema.check(pd.DataFrame(extra), name)


def codes(tables, **given):
    """Codes that the audit gives, in their order."""
    return audit(tables, **given)["code"].tolist()
