"""Cells outside the range of their column, for readers that keep the row."""

from __future__ import annotations

import numpy as np
import pandas as pd

from sootprint.core.findings import Finding
from sootprint.core.schema import schema
from sootprint.weather.readers.codes import finding


def blank_out_of_range(
    draft: pd.DataFrame, table: str, name: str, found: list[Finding], *, keep: tuple[str, ...] = ()
) -> pd.DataFrame:
    """Draft with the number cells that break the schema of a table missing, each with a finding.

    An infinite number breaks it wherever the schema has a bound. Columns in ``keep`` are left as they are;
    the draft's ``source_row`` names the row.
    """
    made = draft.copy()
    rules = schema(table)
    for column, low, high in zip(rules["column"], rules["minimum"], rules["maximum"], strict=True):
        if column not in made or made[column].dtype != np.float64 or column in keep or not (low or high):
            continue
        values = made[column]
        outside = (values < float(low or -np.inf)) | (values > float(high or np.inf)) | np.isinf(values)
        for row, value in zip(made.loc[outside, "source_row"], values[outside], strict=True):
            found.append(finding("WX-RANGE", table, value=value, file=name, row=int(row), column=column))
        made[column] = values.where(~outside)
    return made
