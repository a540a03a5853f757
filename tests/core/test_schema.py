"""Laws of the schema files themselves."""

import pandas as pd
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
