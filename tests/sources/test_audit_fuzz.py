"""Whatever a readable inventory holds, the audit gives findings that fit their table."""

import csv

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from test_source_readers_fuzz import CELLS, RELAXED

from sootprint.core import schema
from sootprint.core.errors import SootprintError
from sootprint.sources import audit, read_sources
from sootprint.sources.readers.template import EXAMPLE, flat_columns

NAMES = [name for name in flat_columns() if name not in {"facility_id", "kind"}]
NUMBERS = st.sampled_from(["0", "0.0", "1", "1e-9", "8784", "359.9", "0.5", "1e8", "", "0,05"])
ROWS = st.lists(st.dictionaries(st.sampled_from(NAMES), st.one_of(CELLS, NUMBERS)), min_size=1, max_size=6)


@settings(RELAXED, max_examples=12)
@given(rows=ROWS)
def test_any_template(tmp_path, rows):
    path = tmp_path / "any.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, flat_columns())
        writer.writeheader()
        for number, row in enumerate(rows):
            whole = {**EXAMPLE, "source_id": f"works/{number:04d}", **row}
            writer.writerow({name: whole.get(name, "") for name in flat_columns()})
    try:
        tables = read_sources(path).tables
    except SootprintError:
        return
    found = audit(tables)
    assert schema.check(found, "audit_findings").equals(found)
    assert found["rule"].notna().all()
    ends = found[["expected_low", "expected_high"]].to_numpy(float)
    assert not (ends[:, 0] > ends[:, 1] + 1e-9 * np.abs(ends[:, 1])).any()
