"""Coverage-guided fuzzing of the inventory readers: ``python fuzz_sources.py -max_total_time=180``."""

import sys
import tempfile
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["sootprint.sources", "sootprint.core"]):
    from sootprint.core import schema
    from sootprint.core.errors import SchemaError, SootprintError
    from sootprint.sources import read_sources
    from sootprint.sources.readers import assemble, checks, form, inventory, template  # noqa: F401

FOLDER = Path(tempfile.mkdtemp(prefix="fuzz_sources_"))
TEMPLATE = (
    b"source_id,facility_id,kind,lon,lat,height_m,geometry_wkt,valid_from,pollutant,rate_g_s,annual_t\n"
)
FORM = (
    "Номер источника выброса;Высота, м;Диаметр, м;скорость, м/с;объем, м3/с;температура;X1;Y1;X2;Y2;Ширина;"
    "Код вещества;Наименование вещества;г/с;мг/нм3;т/год\n"
).encode()
HEADS = (b"", TEMPLATE, FORM)
OPTIONS = {"origin_lon": 82.6, "origin_lat": 49.9, "rotation_deg": 10.0}


def one_input(data: bytes) -> None:
    """First byte chooses the headings, the rest is the content."""
    if not data:
        return
    path = FOLDER / "f.csv"
    path.write_bytes(HEADS[data[0] % len(HEADS)] + data[1:])
    try:
        made = read_sources(path, options=OPTIONS, crs="EPSG:32644")
    except SchemaError:
        raise
    except SootprintError:
        return
    for name in ("facilities", "sources", "emissions"):
        schema.check(made.tables[name], name)


if __name__ == "__main__":
    atheris.Setup(sys.argv, one_input)
    atheris.Fuzz()
