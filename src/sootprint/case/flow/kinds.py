"""Kind of a file told from its name and its first lines, where the person did not say it."""

from __future__ import annotations

import gzip
import re
import tempfile
from pathlib import Path

import pandas as pd

from sootprint.core.errors import InputError
from sootprint.core.pollutants import find_pollutant
from sootprint.core.raw import read_raw

SPEAKS = {
    "stack_monitoring": (
        *(r"\bair_excess_ratio\b", r"\bpollutant_concentration\b", r"\bregistered_date\b"),
        *(r"\borganization_name\b", r"\bsource_name\b", r"\bsdu_load_date\b"),
    ),
    "fuel_use": (
        *(r"\bfuel", r"\bsulphur_|sulfur", r"\bash_|\bash\b", r"heating_value|calorific"),
        *(r"топлив", r"зольност", r"сернистост|содержание серы", r"теплот.. сгорания"),
    ),
    "material_balance": (
        *(r"\bbalance\b", r"\bstream\b|\bflow_kind\b", r"concentrate", r"\bslag\b", r"баланс"),
        *(r"концентрат[ыа]? ", r"\bшлак", r"сера в|содержание серы"),
    ),
    "complaints": (r"complaint", r"severity", r"жалоб", r"обращени", r"шағым"),
    "sources": (
        *(r"\bsource_id\b", r"(?<!inlet_)height_m\b", r"\bdiameter", r"exit_velocity", r"\brate_g_s\b"),
        *(r"г/с", r"т/год", r"источник", r"устья", r"выброс", r"\bg/s\b"),
    ),
    "weather": (
        *(r"\bcloud", r"mixing_height", r"\bpressure\b", r"temperature", r"humidity", r"wind"),
        *(r"облачност", r"давлени", r"температур", r"ветер|ветра", r"влажност"),
    ),
    "observations": (
        *(r"\bpollutant\b", r"\bparameter\b", r"\bvalue\b", r"\bstation", r"\binlet_height"),
        *(r"вещество", r"значени", r"\bпост", r"концентраци", r"µg/m|ug/m|мкг|мг/м|ugm3"),
    ),
}
"""What speaks for a kind in headings and first rows."""

LEAST = {
    "stack_monitoring": 3,
    "fuel_use": 2,
    "material_balance": 2,
    "complaints": 1,
    "sources": 2,
    "weather": 2,
    "observations": 1,
}
"""How many words a kind needs; the first in this order that has them is taken."""


ELEVATION = (".hgt", ".tif", ".tiff")
"""Endings of elevation models: SRTM tiles and GeoTIFF."""

HEAD_BYTES = 200_000
"""Beginning of a long text that is read for its kind [bytes]."""


def guess_kind(path: Path) -> str:
    """Kind of an evidence file, told from the words of its first lines.

    Raises
    ------
    InputError
        If the file cannot be read, or its kind cannot be told.
    """
    if path.suffix.lower() in {".sfc", ".pfl"}:
        return "weather"
    if path.suffix.lower() in ELEVATION:
        return "elevation"
    cells = [str(cell) for cell in _first_rows(path).head(12).to_numpy().ravel()]
    text = " ".join(cells).casefold()
    votes = {kind: sum(bool(re.search(word, text)) for word in words) for kind, words in SPEAKS.items()}
    named = {re.split(r"[_ ,(]", cell)[0] for cell in cells if cell}
    votes["observations"] += sum(find_pollutant(name) is not None for name in named)
    if votes["observations"] > votes["weather"]:
        votes["weather"] = 0
    for kind, least in LEAST.items():
        if votes[kind] >= least:
            return kind
    raise InputError(
        "it cannot be told what kind of file this is",
        where=path.name,
        rule=f"headings speak for one of: {', '.join(LEAST)}",
        cure="say it: sootprint add CASE FILE --as observations",
    )


def _first_rows(path: Path) -> pd.DataFrame:
    """Cells of the first rows; of a long text only its beginning is read."""
    name = path.name.removesuffix(".gz")
    if path.suffix.lower() not in {".csv", ".tsv", ".txt", ".dat", ".gz"} or path.stat().st_size < HEAD_BYTES:
        return read_raw(path)[0].cells
    with gzip.open(path) if path.suffix.lower() == ".gz" else path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    with tempfile.TemporaryDirectory(prefix="sootprint-kind-") as scratch:
        beginning = Path(scratch) / name
        beginning.write_bytes(head[: head.rfind(b"\n") + 1] or head)
        return read_raw(beginning)[0].cells
