"""Laws of the schema files themselves."""

import numpy as np
import pandas as pd
import pandera.errors
import pytest

from sootprint.core import schema
from sootprint.core.errors import SchemaError


@pytest.mark.parametrize("name", schema.table_names())
def test_schema_file_is_well_formed(name):
    table = schema.schema(name)
    assert list(table.columns) == [
        "column", "type", "unit", "required", "minimum", "maximum", "allowed", "description",
    ]  # fmt: skip
    assert set(table["type"]) <= set(schema.DTYPES)
    assert set(table["required"]) <= {"yes", ""}
    assert table["column"].is_unique
    assert (table["description"] != "").all()
    assert len(schema.check(schema.empty(name), name)) == 0


def test_unknown_column_is_named():
    with pytest.raises(SchemaError, match="wind_sped"):
        schema.coerce(pd.DataFrame({"wind_sped": [1.0]}), "weather")


def test_faults_name_cell_and_rule():
    table = schema.coerce(
        pd.DataFrame({"station_id": ["a", None], "lat": [91.0, 10.0], "kind": ["manual", "odd"]}), "stations"
    )
    found = schema.faults(table, "stations").set_index("column")
    assert found.loc["lat", "index"] == 0
    assert "at most 90" in found.loc["lat", "rule"]
    assert found.loc["station_id", "rule"] == "a value is required"
    assert found.loc["kind", "index"] == 1


def pandera_finds(table, name):
    try:
        schema.pandera_schema(name).validate(table, lazy=True)
    except pandera.errors.SchemaErrors:
        return True
    return False


def cells(rule, rng, size):
    """Values on, within and just outside the rule of a column, some missing."""
    low = float(rule.minimum) if rule.minimum else -5.0
    high = float(rule.maximum) if rule.maximum else 1e6
    if rule.type == "float":
        choices = [
            low,
            high,
            0.5 * (low + high),
            np.nextafter(low, -np.inf),
            np.nextafter(high, np.inf),
            np.inf,
        ]
    elif rule.type == "int":
        choices = [int(low), int(high), int(low) + 1, int(low) - 1, int(high) + 1]
    elif rule.type == "bool":
        choices = [True, False]
    elif rule.type == "datetime":
        choices = [pd.Timestamp("2024-02-29 23:00"), pd.Timestamp("1990-01-01")]
    else:
        choices = [*(rule.allowed.split("|") if rule.allowed else ["a", ""]), "odd"]
    faulty = rng.random() < 0.05
    sound = choices[: 3 if rule.type in ("float", "int") else 2]
    made = [
        (choices if faulty else sound)[rng.integers(len(choices if faulty else sound))] for _ in range(size)
    ]
    if rule.required != "yes" or rng.random() < 0.02:
        made[rng.integers(size)] = None
    return made


@pytest.mark.parametrize("name", schema.table_names())
def test_the_quick_check_agrees_with_pandera(name):
    rng = np.random.default_rng([7, *name.encode()])
    verdicts = set()
    for _ in range(8):
        raw = {rule.column: cells(rule, rng, 4) for rule in schema.schema(name).itertuples()}
        table = schema.coerce(pd.DataFrame(raw, dtype=object), name)
        assert schema.holds(table, name) == (not pandera_finds(table, name))
        verdicts.add(schema.holds(table, name))
    assert True in verdicts


def single_faults(name):
    """Every rule of a schema, broken once."""
    for rule in schema.schema(name).itertuples():
        if rule.required == "yes":
            yield rule.column, None
        if rule.minimum:
            yield rule.column, float(rule.minimum) - 1.0
        if rule.maximum:
            yield rule.column, float(rule.maximum) + 1.0
        if rule.allowed:
            yield rule.column, "odd"


def sound_row(name):
    rng = np.random.default_rng(0)
    row = {}
    for rule in schema.schema(name).itertuples():
        low = float(rule.minimum) if rule.minimum else 0.0
        made = {
            "float": low,
            "int": int(low),
            "bool": bool(rng.random() < 0.5),
            "datetime": pd.Timestamp("2024-02-29 23:00"),
            "string": rule.allowed.split("|")[0] if rule.allowed else "a",
        }
        row[rule.column] = [made[rule.type]]
    return pd.DataFrame(row)


@pytest.mark.parametrize("name", schema.table_names())
def test_each_single_fault_is_found_and_named(name):
    sound = sound_row(name).astype(object)
    assert schema.holds(schema.coerce(sound, name), name)
    rows, expected = [], []
    for number, (column, value) in enumerate(single_faults(name)):
        rows.append(sound.assign(**{column: pd.Series([value], dtype=object)}))
        assert not schema.holds(schema.coerce(rows[-1], name), name), (column, value)
        expected.append((number, column))
    if rows:
        found = schema.faults(schema.coerce(pd.concat(rows, ignore_index=True), name), name)
        assert sorted(zip(found["index"], found["column"], strict=True)) == sorted(expected)


def test_a_table_in_another_order_or_type_is_not_waved_through():
    table = schema.coerce(sound_row("stations"), "stations")
    assert schema.holds(table, "stations")
    assert not schema.holds(table[table.columns[::-1]], "stations")
    assert not schema.holds(table.drop(columns="lat"), "stations")
    assert not schema.holds(table.astype({"lat": "float32"}), "stations")


def test_an_empty_table_is_the_callers_own():
    first = schema.empty("stations")
    first.loc[0, "station_id"] = "a"
    assert len(schema.empty("stations")) == 0
