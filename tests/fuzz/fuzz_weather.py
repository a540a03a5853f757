"""Coverage-guided fuzzing of the weather readers: ``python fuzz_weather.py -max_total_time=180``."""

import sys
import tempfile
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["sootprint.weather", "sootprint.core"]):
    import pandas as pd

    from sootprint.core import schema
    from sootprint.core.errors import SchemaError, SootprintError
    from sootprint.weather import read_weather
    from sootprint.weather.readers import aermod, clock, draft, isd_lite, table  # noqa: F401

FOLDER = Path(tempfile.mkdtemp(prefix="fuzz_weather_"))
SUFFIXES = (".csv", ".sfc", ".pfl", "", ".csv.gz")
HEADS = (b"", b"time,ws,wd,temp\n", "Дата;Час;Скорость ветра, м/с;Давление, мм рт.ст.\n".encode("cp1251"))


def one_input(data: bytes) -> None:
    """First byte chooses the kind of file, the rest is its content."""
    if not data:
        return
    path = FOLDER / f"f{SUFFIXES[data[0] % len(SUFFIXES)]}"
    path.write_bytes(HEADS[data[0] // len(SUFFIXES) % len(HEADS)] + data[1:])
    options = {"layout": "isd_lite"} if path.suffix == "" and data[0] > 127 else None
    try:
        made = read_weather(path, zone="Asia/Almaty", options=options, now=pd.Timestamp("2026-01-01"))
    except SchemaError:
        raise
    except SootprintError:
        return
    schema.check(made.tables["weather"], "weather")


if __name__ == "__main__":
    atheris.Setup(sys.argv, one_input)
    atheris.Fuzz()
