"""Results of a run as a Parquet file, written while it runs."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from sootprint.dispersion.decks.averages import Mean
from sootprint.dispersion.decks.calendar import Hours
from sootprint.dispersion.decks.runner import HOURLY, SERVED, Block, DeckRun, Progress

MICROSECONDS_AN_HOUR = 3_600_000_000
SHORT_YEAR = 100

_WORDS = pa.dictionary(pa.int32(), pa.string())

SCHEMA = pa.schema(
    [
        ("yymmddhh", pa.int32()),
        ("time_start", pa.timestamp("us")),
        ("duration_s", pa.float64()),
        ("receptor", pa.int32()),
        ("x", pa.float64()),
        ("y", pa.float64()),
        ("zelev", pa.float64()),
        ("zhill", pa.float64()),
        ("zflag", pa.float64()),
        ("ave", _WORDS),
        ("group", _WORDS),
        ("net_id", _WORDS),
        ("concentration_ugm3", pa.float64()),
        ("reason", _WORDS),
        ("hours", pa.int32()),
        ("valid_hours", pa.int32()),
    ]
)
"""Columns of the results.

``yymmddhh`` is the end of the interval and ``time_start`` its beginning, both in local standard time;
``receptor`` is the number in the deck, from 1; ``concentration_ugm3`` is missing where ``reason`` is not
``served``; ``hours`` and ``valid_hours`` are those of the interval.
"""

NO_VALID_HOUR = "no valid hour"


def write_results(
    run: DeckRun, path: Path, *, averages: Sequence[str] = (), progress: Progress | None = None
) -> int:
    """Results of a run in a Parquet file; the number of its rows.

    Rows are in the order of time, then group, then receptor. The file appears when it is complete.

    Parameters
    ----------
    run : DeckRun
        The run.
    path : Path
        File to be written.
    averages : sequence of str
        Means besides the hours, as ``24-HR`` or ``PERIOD``: rows with that word in ``ave``.
    progress : callable, optional
        Told after each block how many hours are done.
    """
    rows = _Rows(run, averages)
    part = path.with_name(f".{path.name}.part")
    count = 0
    try:
        with pq.ParquetWriter(part, SCHEMA, compression="zstd") as writer:
            for block in run.blocks(averages, progress):
                table = pa.concat_tables([rows.hourly(block), *(rows.mean(mean) for mean in block.means)])
                writer.write_table(table)
                count += table.num_rows
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)
    return count


class _Rows:
    """Tables of rows of a run: what is the same for every hour is made once."""

    def __init__(self, run: DeckRun, averages: Sequence[str]) -> None:
        self.run = run
        self.averages = list(dict.fromkeys([HOURLY, *averages]))
        receptors = run.deck.receptors
        self.receptors = len(receptors)
        self.groups = len(run.groups)
        self.numbers: dict[str, NDArray[Any]] = {
            "receptor": np.arange(1, self.receptors + 1, dtype=np.int32),
            "x": receptors.x,
            "y": receptors.y,
            "zelev": receptors.elevation,
            "zhill": receptors.hill_height,
            "zflag": receptors.flagpole,
        }
        self.network = _coded(receptors.network)
        self.names = pa.array([name for name, _, _ in run.groups])
        words = sorted({*run.reasons.tolist(), SERVED, NO_VALID_HOUR})
        self.words = {word: code for code, word in enumerate(words)}
        self.codes = np.array([self.words[word] for word in run.reasons.tolist()], dtype=np.int32)
        self.starts = _starts(run.hours)
        self.ends = (run.hours.stamps() % (SHORT_YEAR * 1_000_000)).astype(np.int32)

    def hourly(self, block: Block) -> pa.Table:
        """Rows of the hours of a block."""
        hours = np.arange(block.first, block.first + len(block.values))
        valid = (self.run.reasons[hours] == SERVED).astype(np.int32)
        each = self.groups * self.receptors
        columns = self._shared(len(hours)) | {
            "yymmddhh": np.repeat(self.ends[hours], each),
            "time_start": np.repeat(self.starts[hours], each),
            "duration_s": np.full(len(hours) * each, 3600.0),
            "ave": self._average(HOURLY, len(hours) * each),
            "concentration_ugm3": _missing(block.values.ravel()),
            "reason": self._reason(np.repeat(self.codes[hours], each)),
            "hours": np.ones(len(hours) * each, dtype=np.int32),
            "valid_hours": np.repeat(valid, each),
        }
        return pa.table(columns, schema=SCHEMA)

    def mean(self, mean: Mean) -> pa.Table:
        """Rows of a mean."""
        each = self.groups * self.receptors
        span = int(self.starts[mean.last] - self.starts[mean.first]) + MICROSECONDS_AN_HOUR
        columns = self._shared(1) | {
            "yymmddhh": np.full(each, self.ends[mean.last]),
            "time_start": np.full(each, self.starts[mean.first]),
            "duration_s": np.full(each, span / 1e6),
            "ave": self._average(mean.average, each),
            "concentration_ugm3": _missing(mean.values.ravel()),
            "reason": self._reason(
                np.full(each, self.words[SERVED if mean.valid else NO_VALID_HOUR], np.int32)
            ),
            "hours": np.full(each, mean.hours, dtype=np.int32),
            "valid_hours": np.full(each, mean.valid, dtype=np.int32),
        }
        return pa.table(columns, schema=SCHEMA)

    def _average(self, word: str, count: int) -> pa.DictionaryArray:
        codes = np.full(count, self.averages.index(word), dtype=np.int32)
        return pa.DictionaryArray.from_arrays(codes, pa.array(self.averages))

    def _reason(self, codes: NDArray[np.int32]) -> pa.DictionaryArray:
        return pa.DictionaryArray.from_arrays(codes, pa.array(list(self.words)))

    def _shared(self, hours: int) -> dict[str, Any]:
        """Columns of receptors and groups for a number of intervals."""
        times = hours * self.groups
        made: dict[str, Any] = {name: np.tile(values, times) for name, values in self.numbers.items()}
        groups = np.tile(np.repeat(np.arange(self.groups, dtype=np.int32), self.receptors), hours)
        made["group"] = pa.DictionaryArray.from_arrays(groups, self.names)
        codes, words = self.network
        made["net_id"] = pa.DictionaryArray.from_arrays(np.tile(codes, times), words)
        return made


def _starts(hours: Hours) -> NDArray[np.int64]:
    """Beginnings of hours [µs since 1970] in local standard time."""
    days = np.array(
        [f"{y:04d}-{m:02d}-{d:02d}" for y, m, d in zip(hours.year, hours.month, hours.day, strict=True)],
        dtype="datetime64[us]",
    ).astype(np.int64)
    return days + (hours.hour - 1) * MICROSECONDS_AN_HOUR


def _coded(texts: Sequence[str]) -> tuple[NDArray[np.int32], pa.Array]:
    """Codes and words of texts that repeat."""
    words = list(dict.fromkeys(texts)) or [""]
    places = {word: code for code, word in enumerate(words)}
    return np.array([places[text] for text in texts], dtype=np.int32), pa.array(words)


def _missing(values: NDArray[np.float64]) -> pa.Array:
    return pa.array(values, from_pandas=True)
