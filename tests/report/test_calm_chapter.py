"""Table of the calm days in the chapter of the scorecard."""

import made_up_results as factory
import pandas as pd
import pytest

from sootprint.core import schema
from sootprint.report.blocks import Table
from sootprint.report.chapters import scorecard
from sootprint.report.view import View


def results():
    row = {
        "pollutant": "SO2", "component": "all", "source_id": None, "class": None, "true_ugm3": 300.0,
        "true_error_ugm3": 9.0, "true_share": 1.0, "modelled_ugm3": 120.0, "modelled_q05_ugm3": 90.0,
        "modelled_q95_ugm3": 160.0, "modelled_share": 1.0, "holds": False, "hours": 96, "share_served": 0.25,
        "share_dropped": 0.8, "rank_correlation": 0.5,
    }  # fmt: skip
    stacks = {**row, "component": "class", "class": "stack", "true_share": 0.6, "rank_correlation": None}
    made = schema.check(pd.DataFrame([stacks, row]), "scorecard_calm")
    whole = factory.full_results()
    return factory.full_results(tables={**whole.tables, "scorecard_calm": made})


@pytest.mark.parametrize(("language", "title"), [("en", "Calm days"), ("ru", "Штилевые"), ("kk", "Желсіз")])
def test_calm_days_have_a_table(language, title):
    blocks = scorecard.chapter(View(results(), language)).blocks
    [table] = [item for item in blocks if isinstance(item, Table) and item.caption.startswith(title)]
    assert len(table.rows) == 2
    texts = [cell.text for cell in table.rows[1]]
    assert "300" in texts[2]
    assert "96" in table.note
