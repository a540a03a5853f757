"""Coverage-guided fuzzing of the readers of monitors, run by hand.

``python tests/fuzz/fuzz_observations.py -runs=20000`` (needs the group ``fuzz``); further arguments are those
of libFuzzer. The first byte of the input chooses the kind of file.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["sootprint"]):
    from sootprint.core.errors import SootprintError
    from sootprint.core.schema import faults
    from sootprint.monitors.readers.complaints import read_complaints
    from sootprint.monitors.readers.observations import read_observations

SUFFIXES = (".csv", ".csv", ".csv", ".csv.gz", ".xlsx", ".parquet", ".txt", ".xls")
OPTIONS = (
    {},
    {"units": "ug/m3", "duration_s": 3600},
    {"units": "ppb", "temperature_c": 25, "stamp": "ending", "decimal": ","},
    {"bounds": [82.0, 49.0, 83.0, 50.0], "zero_means_missing": True, "station_id": "A"},
)
SEEDS = (
    b"\x00\x00station,pollutant,time,value,unit\nA,SO2,2024-02-29 23:00,5,ug/m3\n"
    b"A,SO2,2024-03-01 00:00,<1,ug/m3\n",
    b"\x00\x00date,ws,wd,SO2_1h_ppb,SO2_1h_ugm3\n"
    b"2019-01-01 00:00:00,1.1,257.6,7.0,18.3\n2019-01-01 01:00,,,,\n",
    b"\x00\x01Time;SO2;PM10\n01.02.2024 24:00;0,5;-999\n02.02.2024 01:00;1e34;0\n",
    b"\x00\x00station_id,lon,lat\nA,82.38,49.58\nB,49.9,82.6\n",
    b"\x00\x03id,time,lon,lat,kind,severity\n1,2025-11-01 08:00,82.6,49.95,smell,4\n",
    b"\x00\x00location_id,sensors_id,location,datetime,lat,lon,parameter,units,value\n"
    b"7,1,P,2024-03-01T01:00:00+06:00,49.9,82.6,pm25,\xc2\xb5g/m\xc2\xb3,5\n"
    b"7,1,P,2024-03-01T02:00:00+06:00,49.9,82.6,pm25,\xc2\xb5g/m\xc2\xb3,6\n",
)
FOLDER = Path(tempfile.mkdtemp())


def one_input(data: bytes) -> None:
    """Reads one input both ways; anything but our own input errors is a find."""
    if len(data) < 3:
        return
    path = FOLDER / f"data{SUFFIXES[data[0] % len(SUFFIXES)]}"
    path.write_bytes(data[2:])
    for reader in (read_observations, read_complaints):
        try:
            result = reader(
                path, zone="Asia/Almaty", options=OPTIONS[data[1] % len(OPTIONS)], now="2026-01-01"
            )
        except SootprintError as error:
            if error.exit_code != 2:
                raise
            continue
        for name, table in result.tables.items():
            if len(faults(table, name)):
                raise AssertionError(f"table {name} breaks its schema")


def main() -> None:
    """Starts libFuzzer on the seeds."""
    corpus = FOLDER / "corpus"
    corpus.mkdir()
    for number, seed in enumerate(SEEDS):
        (corpus / f"seed{number}").write_bytes(seed)
    atheris.Setup([*sys.argv, str(corpus)], one_input)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
