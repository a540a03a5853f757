"""Airport cards: what a card says, and what becomes of a faulty one."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sootprint.core import schema
from sootprint.core.errors import InputError, SchemaError, SootprintError
from sootprint.weather import read_weather

RELAXED = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def card(
    moment="93061507", direction="27", speed="12", pressure="2962", temperature="064", humidity="075",
    total="7", opaque="4", station="98765",
):  # fmt: skip
    cells = [" "] * 79
    for at, text in [(0, station), (5, moment), (13, "050"), (38, direction), (40, speed), (42, pressure),
                     (46, temperature), (52, humidity), (55, total), (78, opaque)]:  # fmt: skip
        cells[at : at + len(text)] = text
    return "".join(cells)


def read(tmp_path, *cards, **options):
    path = tmp_path / "98765.DAT"
    path.write_text("\r\n".join(cards) + "\r\n\x1a")
    return read_weather(path, zone="America/Chicago", options=options)


def test_a_card(tmp_path):
    made = read(tmp_path, card(), measurement_height=10.0)
    row = made.tables["weather"].iloc[0]
    assert made.findings.empty
    # The hour that ends at 7 in Central Standard Time, whatever the clocks show in June.
    assert row["time_start"] == pd.Timestamp("1993-06-15 12:00")
    assert row["station_id"] == "98765"
    assert row["wind_speed"] == pytest.approx(12 * 1852 / 3600)
    assert row["wind_from_direction"] == 270.0
    assert row["pressure"] == pytest.approx(29.62 * 3386.389)
    assert row["air_temperature"] == pytest.approx(273.15 + 32 / 1.8)
    assert row["humidity"] == pytest.approx(0.75)
    assert row["cloud"] == 0.4
    assert row["measurement_height"] == 10.0
    assert {guess.subject for guess in made.guesses} == {"zone", "stamp"}


@pytest.mark.parametrize(
    ("given_cells", "column", "value"),
    [
        ({"direction": "00", "speed": "00"}, "wind_speed", 0.0),
        ({"direction": "00", "speed": "00"}, "wind_from_direction", np.nan),
        ({"direction": "00", "speed": "03"}, "wind_from_direction", np.nan),
        ({"direction": "36"}, "wind_from_direction", 360.0),
        ({"speed": "  "}, "wind_speed", np.nan),
        ({"speed": "A5"}, "wind_speed", 115 * 1852 / 3600),
        ({"temperature": "-04"}, "air_temperature", (-4 - 32) / 1.8 + 273.15),
        ({"temperature": "X12"}, "air_temperature", (-12 - 32) / 1.8 + 273.15),
        ({"temperature": "102"}, "air_temperature", 70 / 1.8 + 273.15),
        ({"temperature": "   "}, "air_temperature", np.nan),
        ({"opaque": "-"}, "cloud", 1.0),
        ({"opaque": " ", "total": "3"}, "cloud", 0.3),
        ({"opaque": " ", "total": " "}, "cloud", np.nan),
        ({"humidity": "100"}, "humidity", 1.0),
        ({"pressure": "    "}, "pressure", np.nan),
        ({"moment": "05061507"}, "time_start", pd.Timestamp("2005-06-15 12:00")),
        ({"moment": "93010100"}, "time_start", pd.Timestamp("1993-01-01 05:00")),
    ],
)
def test_fields(tmp_path, given_cells, column, value):
    row = read(tmp_path, card(), card("93061508"), card(**{"moment": "93061509"} | given_cells)).tables[
        "weather"
    ]
    found = row.loc[row["source_row"] == 3, column].iloc[0]
    assert found == value if isinstance(value, pd.Timestamp) else found == pytest.approx(value, nan_ok=True)


@pytest.mark.parametrize(
    ("broken", "code"),
    [
        ({"speed": "1?"}, "WX-NOT-A-NUMBER"),
        ({"direction": "x7"}, "WX-NOT-A-NUMBER"),
        ({"direction": "77"}, "WX-DIRECTION"),
        ({"temperature": "6 4"}, "WX-NOT-A-NUMBER"),
        ({"temperature": "9" * 3}, "WX-TEMPERATURE"),
        ({"opaque": "?"}, "WX-NOT-A-NUMBER"),
        ({"pressure": "29x2"}, "WX-NOT-A-NUMBER"),
        ({"moment": "93061507"}, "WX-DUPLICATE"),
        ({"moment": "93023007"}, "WX-TIME"),
        ({"moment": "93061527"}, "WX-SHORT-ROW"),
    ],
)
def test_faults_become_findings(tmp_path, broken, code):
    made = read(tmp_path, card(), card(**{"moment": "93061508"} | broken), card("93061509"), layout="cd144")
    assert made.findings.loc[made.findings["severity"] == "quarantine", "code"].tolist() == [code]
    assert made.findings["row"].tolist() == [2]
    assert made.tables["weather"]["source_row"].tolist() == [1, 3]


def test_a_file_without_cards_is_refused(tmp_path):
    with pytest.raises(InputError, match="card"):
        read(tmp_path, "nothing of the kind", layout="cd144")


@RELAXED
@given(st.lists(st.tuples(st.integers(0, 160), st.binary(min_size=1, max_size=2)), max_size=10))
def test_changed_bytes_never_crash(tmp_path, changes):
    data = bytearray("\n".join([card(), card("93061508")]).encode())
    for place, put in changes:
        data[place : place + len(put)] = put
    path = tmp_path / "c.dat"
    path.write_bytes(bytes(data))
    try:
        made = read_weather(path, zone="America/Chicago", options={"layout": "cd144"})
        schema.check(made.tables["weather"], "weather")
        schema.check(made.findings, "findings")
    except SchemaError:
        raise
    except SootprintError:
        return
