"""Kind of a file told from its name and its first lines, where the person did not say it."""

from __future__ import annotations

from pathlib import Path

from sootprint.core.errors import InputError
from sootprint.core.raw import read_raw

WORDS: dict[str, tuple[str, ...]] = {
    "sources": (
        "height_m", "diameter_m", "exit_velocity", "source_id", "г/с", "т/год", "высота источника",
        "номер источника", "наименование источника", "диаметр устья",
    ),
    "complaints": ("complaint", "severity", "жалоб", "обращени", "өтініш"),
    "weather": (
        "cloud", "mixing_height", "pressure", "air_temperature", "humidity", "облачность", "давление",
    ),
    "observations": (
        "so2", "no2", "pm10", "pm25", "pm2.5", "co", "h2s", "o3", "pollutant", "parameter", "value",
        "stationid",
    ),
}  # fmt: skip
"""Words in headings that speak for a kind."""


def guess_kind(path: Path) -> str:
    """Kind of an evidence file: the one whose words are found most in its first lines.

    Raises
    ------
    InputError
        If the file cannot be read, or its kind cannot be told.
    """
    if path.suffix.lower() in {".sfc", ".pfl"}:
        return "weather"
    table = read_raw(path)[0]
    text = " ".join(str(cell) for cell in table.cells.head(12).to_numpy().ravel()).casefold()
    heads = {part for cell in text.split() for part in cell.replace("(", "_").split("_")} | set(text.split())
    votes = {
        kind: sum(word in text if len(word) > 4 else word in heads for word in words)
        for kind, words in WORDS.items()
    }
    best = sorted(votes, key=lambda kind: -votes[kind])
    if votes[best[0]] == 0 or votes[best[0]] == votes[best[1]]:
        raise InputError(
            "it cannot be told what kind of file this is",
            where=path.name,
            rule="headings speak for observations, weather, sources or complaints",
            cure="say it: sootprint add CASE FILE --as observations",
        )
    return best[0]
