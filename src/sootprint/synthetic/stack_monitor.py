"""A table of continuous stack monitoring with a known truth, and with the faults of the real one.

The layout and the faults are those described of a national data bank's yearly table: ``;`` between quoted
cells, a date without a time, names instead of identifiers, test organisations, dates until 2030, overflows
near 1e34. Plants, names and numbers are invented.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

COLUMNS = (
    "registered_date",
    "region",
    "organization_name",
    "source_name",
    "emission_type",
    "air_excess_ratio",
    "emission",
    "pollutant_concentration",
    "sdu_load_date",
)
"""Headings of the table, in their order."""

SUBSTANCES = (
    "Диоксид серы",
    "Диоксид азота",
    "Оксид азота",
    "Оксид углерода",
    "Пыль (взвешенные частицы)",
    "Взвешенные частицы",
    "Сероводород",
    "Аммиак",
    "Метан",
    "Хлор",
    "Фтористый водород",
    "Хлористый водород",
    "Сажа",
    "Свинец",
    "Ртуть",
)
"""Names of the substances; the two of dust mean the same, mercury is in no table of pollutants of ours."""

WASTE_WATER = "Сточные воды"
TEST_ORGANIZATION = "Тест АСМ"
REGION = "Восточно-Казахстанская область"
REGION_MISSPELT = "Восточно-Казхастанская область"
OTHER_REGIONS = ("Карагандинская область", "Павлодарская область", "Атырауская область", "г. Алматы")

POWER_PLANT = "ТЭЦ «Нижняя»"
"""Nine in ten of its readings are over their limit."""
SMELTER = "ТОО «Плавильный комплекс»"
"""Its rows have no ratio to a limit at all."""
UNTIDY = 'ТОО\t"Химия\nи краски"'
"""Its name has a tab, a line break and quotes."""
JUMPING = "АО «Цементный завод»"
"""Its sulphur dioxide is a thousand times too high in every third month of the table."""
FROZEN = "ТОО «Кокс»"
"""Its instrument stands still for days, is silent for days, and reports zeros."""

SHARES: Mapping[str, float] = {
    "test": 0.0678,
    "waste": 0.01,
    "unreadable_date": 2e-5,
    "future": 0.004,
    "outside": 0.138,
    "not_a_number": 2e-5,
    "overflow": 5e-5,
    "negative": 1e-4,
    "no_rate": 0.2137,
    "no_concentration": 0.2146,
    "misspelt_region": 0.05,
}
"""Share of the rows that have each fault; several can meet in one row."""

QUARANTINE = ("test", "waste", "unreadable_date", "future", "outside", "not_a_number", "overflow", "negative")
"""Faults that keep a row out, in the order in which the first one counts."""

INTERVAL_S = 1200.0
FLAT_DAYS, SILENT_DAYS = (3, 6), (8, 10)
"""First and last day (exclusive) of a standing and a silent instrument, counted from the first day."""


@dataclass
class StackTruth:
    """What a table holds.

    Attributes
    ----------
    rows : int
        Rows below the heading.
    quarantined : dict of str to int
        Rows of each fault of `QUARANTINE`, a row counting for the first one.
    misspelt : int
        Rows in use whose region is misspelt.
    over_limit, with_ratio : int
        Rows in use of the power plant over their limit, and with a ratio.
    mass : DataFrame
        organization, source_name, substance, month, mass_t [t], n_rate: the rows in use.
    period : tuple of Timestamp
        First day, and day after the last, of the rows in use.
    """

    rows: int = 0
    quarantined: dict[str, int] = field(default_factory=lambda: dict.fromkeys(QUARANTINE, 0))
    misspelt: int = 0
    over_limit: int = 0
    with_ratio: int = 0
    mass: pd.DataFrame = field(default_factory=pd.DataFrame)
    period: tuple[pd.Timestamp, pd.Timestamp] = (pd.Timestamp(0), pd.Timestamp(0))


@dataclass(frozen=True)
class _Series:
    """One entry an instrument: a source and a substance."""

    organization: NDArray[np.object_]
    source: NDArray[np.object_]
    substance: NDArray[np.intp]
    region: NDArray[np.object_]
    rate: NDArray[np.float64]
    concentration: NDArray[np.float64]
    ratio_share: NDArray[np.float64]
    over_share: NDArray[np.float64]


def _series(rng: np.random.Generator, sources: int) -> _Series:
    special = [POWER_PLANT, SMELTER, UNTIDY, JUMPING, FROZEN]
    plants = max(1, sources * 69 // 169 - len(special))
    rows = []
    for number in range(sources):
        if number < len(special):
            organization, source = special[number], f"Дымовая труба {number + 1:04d}"
        elif number < len(special) + min(8, sources // 8):
            organization, source = SMELTER, f"{220 + number:04d} Плавильный  цех №{number}"
        else:
            organization = f"Товарищество с ограниченной ответственностью «Предприятие {number % plants + 1}»"
            source = f"Источник №{number + 1:04d}" if number % 3 else f'Труба "{number}"\nкотельной'
        home = organization in special or number % 7 == 0
        region = REGION if home else OTHER_REGIONS[number % len(OTHER_REGIONS)]
        others = rng.permutation(np.arange(1, len(SUBSTANCES)))[: 3 + number % 3]
        rows += [(organization, source, int(kind), region) for kind in (0, *others)]
    made = np.array(rows, dtype=object)
    plant = made[:, 0]
    count = len(made)
    ratio_share = np.where(plant == POWER_PLANT, 1.0, np.where(plant == SMELTER, 0.0, 0.31))
    return _Series(
        organization=plant,
        source=made[:, 1],
        substance=made[:, 2].astype(np.intp),
        region=made[:, 3],
        rate=np.round(rng.lognormal(1.0, 1.2, count) + 0.5, 2),
        concentration=np.round(rng.lognormal(4.5, 0.8, count) + 5.0, 1),
        ratio_share=ratio_share,
        over_share=np.where(plant == POWER_PLANT, 0.891, 0.02),
    )


def write_stack_table(
    path: str | Path,
    *,
    rows: int,
    seed: int = 1,
    sources: int = 169,
    readings_a_day: int = 72,
    first_day: str = "2025-01-01",
    shares: Mapping[str, float] | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> StackTruth:
    """A table of stack monitoring with faults, written day by day, and its truth.

    Parameters
    ----------
    path : str or Path
        File to write (UTF-8, ``;``, text in quotes): about 200 bytes a row.
    rows : int
        Rows below the heading; the table ends in the middle of a day where they end.
    seed : int
        Seed; the same arguments give the same bytes.
    sources : int
        Stacks, with four to six substances each; at least six.
    readings_a_day : int
        Readings of each instrument a day; each stands for 20 minutes.
    first_day : str
        First day of the rows that have no false date.
    shares : dict, optional
        Other shares than `SHARES`.
    progress : callable, optional
        Called with rows written and rows wanted.

    Returns
    -------
    StackTruth

    Raises
    ------
    ValueError
        If there are fewer than six sources, or a share is not known.
    """
    if sources < 6:
        raise ValueError("a table needs at least six sources")
    unknown = set(shares or {}) - set(SHARES)
    if unknown:
        raise ValueError(f"no such fault: {', '.join(sorted(unknown))}")
    return _Writer(np.random.default_rng(seed), {**SHARES, **(shares or {})}, sources, readings_a_day).write(
        Path(path), rows, pd.Timestamp(first_day), progress
    )


class _Writer:
    """The state of one table: its instruments, its generator and its truth."""

    def __init__(self, rng: np.random.Generator, shares: Mapping[str, float], sources: int, daily: int):
        self.rng, self.shares, self.daily = rng, shares, daily
        self.series = _series(rng, sources)
        self.truth = StackTruth()
        self.sums: list[pd.DataFrame] = []

    def write(
        self, path: Path, rows: int, first: pd.Timestamp, progress: Callable[[int, int], None] | None
    ) -> StackTruth:
        import pyarrow as pa
        from pyarrow import csv

        text = [pa.field(name, pa.string()) for name in COLUMNS]
        day = first
        with csv.CSVWriter(
            path, pa.schema(text), write_options=csv.WriteOptions(delimiter=";", quoting_style="needed")
        ) as file:
            while self.truth.rows < rows:
                cells = self._day(day, (day - first).days, rows - self.truth.rows)
                file.write_table(pa.table(dict(zip(COLUMNS, cells, strict=True))))
                day += pd.Timedelta(days=1)
                if progress:
                    progress(self.truth.rows, rows)
        keys = ["organization", "source_name", "substance", "month"]
        if self.sums:
            self.truth.mass = pd.concat(self.sums).groupby(keys, as_index=False).sum()
        self.truth.period = (first, day)
        return self.truth

    def _day(self, day: pd.Timestamp, number: int, wanted: int) -> list:
        series, rng = self.series, self.rng
        at = np.repeat(np.arange(len(series.rate)), self.daily)
        frozen = series.organization[at] == FROZEN
        if SILENT_DAYS[0] <= number < SILENT_DAYS[1]:
            at, frozen = at[~frozen], frozen[~frozen]
        at, frozen = at[:wanted], frozen[:wanted]
        noise = np.exp(0.25 * rng.standard_normal((2, len(at))))
        rate, concentration = series.rate[at] * noise[0], series.concentration[at] * noise[1]
        sulphur = series.substance[at] == 0
        if day.month % 3 == 0:
            jump = (series.organization[at] == JUMPING) & sulphur
            rate[jump] *= 1000.0
        if FLAT_DAYS[0] <= number < FLAT_DAYS[1]:
            rate[frozen], concentration[frozen] = series.rate[at[frozen]], series.concentration[at[frozen]]
        elif number % 2:
            zero = frozen & sulphur
            rate[zero] = concentration[zero] = 0.0
        faults = {name: rng.random(len(at)) < share for name, share in self.shares.items()}
        ratio = np.where(
            rng.random(len(at)) < series.over_share[at],
            1.0 + rng.exponential(0.6, len(at)) + 0.01,
            rng.random(len(at)) * 0.99,
        )
        has_ratio = rng.random(len(at)) < series.ratio_share[at]
        rate, concentration = np.round(rate, 3), np.round(concentration, 2)
        self._count(day, at, faults, rate, ratio, has_ratio)
        return self._cells(day, at, faults, rate, concentration, np.where(has_ratio, ratio, np.nan))

    def _count(self, day, at, faults, rate, ratio, has_ratio) -> None:
        series, truth = self.series, self.truth
        free = np.ones(len(at), dtype=bool)
        for name in QUARANTINE:
            truth.quarantined[name] += int((free & faults[name]).sum())
            free &= ~faults[name]
        truth.rows += len(at)
        truth.misspelt += int((free & faults["misspelt_region"] & (series.region[at] == REGION)).sum())
        power = free & has_ratio & (series.organization[at] == POWER_PLANT)
        truth.with_ratio += int(power.sum())
        truth.over_limit += int((power & (np.round(ratio, 3) > 1)).sum())
        used = free & ~faults["no_rate"]
        keep = np.flatnonzero(np.bincount(at[used], minlength=len(series.rate)))
        mass = np.bincount(at[used], weights=rate[used], minlength=len(series.rate)) * INTERVAL_S / 1e6
        self.sums.append(
            pd.DataFrame(
                {
                    "organization": series.organization[keep],
                    "source_name": series.source[keep],
                    "substance": np.array(SUBSTANCES, dtype=object)[series.substance[keep]],
                    "month": day.strftime("%Y-%m"),
                    "mass_t": mass[keep],
                    "n_rate": np.bincount(at[used], minlength=len(series.rate))[keep],
                }
            )
        )

    def _cells(self, day, at, faults, rate, concentration, ratio) -> list:
        import pyarrow as pa

        series, rng = self.series, self.rng
        test, size = faults["test"], len(at)

        def text(values, index):
            return pa.array(np.asarray(values, dtype=object), pa.string()).take(pa.array(index))

        other_years = pd.date_range("2019-01-01", periods=6 * 365).strftime("%Y-%m-%d").tolist()
        future = pd.date_range("2027-06-01", "2030-12-22").strftime("%Y-%m-%d").tolist()
        dates = [day.strftime("%Y-%m-%d"), "2025-02-31", *other_years, *future]
        picked = np.zeros(size, dtype=np.intp)
        picked[faults["outside"]] = 2 + rng.integers(0, len(other_years), int(faults["outside"].sum()))
        picked[faults["future"]] = (
            2 + len(other_years) + rng.integers(0, len(future), int(faults["future"].sum()))
        )
        picked[faults["unreadable_date"]] = 1
        count = len(series.rate)
        regions = np.concatenate([series.region, [REGION_MISSPELT]])
        misspelt = faults["misspelt_region"] & (series.region[at] == REGION)
        kinds = [*SUBSTANCES, WASTE_WATER]
        rate = np.where(faults["negative"], -rate - 0.001, rate)
        rate = np.where(faults["overflow"], 1.2345678e34, rate)
        missing = faults["no_rate"] & ~faults["negative"] & ~faults["overflow"]
        rates = pa.array(rate).cast(pa.string())
        rates = _where(faults["not_a_number"], pa.scalar("ошибка"), rates)
        rates = _where(missing & ~faults["not_a_number"], pa.scalar(None, pa.string()), rates)
        empty = pa.scalar(None, pa.string())
        return [
            text(dates, picked),
            text(regions, np.where(misspelt, count, at)),
            text([*series.organization, TEST_ORGANIZATION], np.where(test, count, at)),
            text([*series.source, "Тестовый источник"], np.where(test, count, at)),
            text(kinds, np.where(faults["waste"], len(SUBSTANCES), series.substance[at])),
            _where(np.isnan(ratio), empty, pa.array(np.round(ratio, 3)).cast(pa.string())),
            rates,
            _where(faults["no_concentration"], empty, pa.array(concentration).cast(pa.string())),
            text([(day + pd.Timedelta(days=1)).strftime("%Y-%m-%d")], np.zeros(size, dtype=np.intp)),
        ]


def _where(mask, yes, no):
    import pyarrow as pa
    import pyarrow.compute as pc

    return pc.if_else(pa.array(mask), yes, no)
