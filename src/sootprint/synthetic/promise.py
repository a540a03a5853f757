"""A promised cut that was not kept, and the stack monitor that shows it.

The emissions of the city stay as they are: a plant promises a cut for the week in which it happened to emit
about `MADE_CUT` less than in the rest of the period. What its monitor reports follows the true emission.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from sootprint.core.constants import KELVIN_OFFSET
from sootprint.core.timeaxis import to_local

if TYPE_CHECKING:
    from sootprint.synthetic.city import City

POLLUTANT = "SO2"
PROMISED_CUT = 0.20
"""Share of its emission that the plant says it leaves out [1]."""

MADE_CUT = 0.05
"""Share that it leaves out, as nearly as a week of the city has it [1]."""

WINDOW_D = 7
EDGE_D = 4
"""Days at both ends of the period that are kept for the comparison [d]."""

MONITOR_ERROR = 0.03
"""Standard deviation of the monitor's reading, relative [1]."""

MISSING_SHARE = 0.01
STANDING_H, SILENT_H = 18, 10
"""Length of a stretch of one value and of a silence of the monitor [h]."""

FAULTS = {"test_rows": 4, "overflow_rows": 1, "future_rows": 1}
"""Faulty rows of each kind in the file of the monitor."""


@dataclass(frozen=True)
class Promise:
    """Promise of a cut and its truth.

    Attributes
    ----------
    facility_id, pollutant : str
        Who promised, of what.
    start, end : Timestamp
        First and last local date, both included.
    promised_cut, true_cut : float
        Share promised, and one less the mean true rate of the window over that of the other hours [1].
    """

    facility_id: str
    pollutant: str
    start: pd.Timestamp
    end: pd.Timestamp
    promised_cut: float
    true_cut: float

    def setting(self) -> dict[str, object]:
        """Entry of ``[[promised_cuts]]`` of the case."""
        return {
            "plant": self.facility_id,
            "pollutant": self.pollutant,
            "from": self.start.date(),
            "to": self.end.date(),
            "cut": self.promised_cut,
            "note": "synthetic promise",
        }


def promised_cut(city: City) -> Promise | None:
    """Promise of the largest plant whose stacks all emit about as declared; None in a city under 16 days.

    The window is the week, of those that leave `EDGE_D` days at both ends, whose true mean over that of all
    other hours is nearest to one less `MADE_CUT`.
    """
    if city.days < WINDOW_D + 2 * EDGE_D + 1:
        return None
    plant = _plant(city)
    if plant is None:
        return None
    total = city.truth.sel(source=_stacks(city, plant), pollutant=POLLUTANT).sum("source").to_numpy()
    window, best, found = 24 * WINDOW_D, math.inf, (0, 0.0)
    for first in range(24 * EDGE_D, len(total) - window - 24 * EDGE_D + 1, 24):
        inside = total[first : first + window].mean()
        cut = 1.0 - inside / np.delete(total, slice(first, first + window)).mean()
        if abs(cut - MADE_CUT) < best:
            best, found = abs(cut - MADE_CUT), (first, float(cut))
    time = pd.DatetimeIndex(city.truth["time"].to_numpy())
    start = to_local(pd.Series([time[found[0]]]), city.zone).iloc[0].normalize()
    end = start + pd.Timedelta(days=WINDOW_D - 1)
    return Promise(plant, POLLUTANT, start, end, PROMISED_CUT, found[1])


def promise_table(promise: Promise | None) -> pd.DataFrame:
    """Truth of a promise: ``facility_id, pollutant, start, end, promised_cut, true_cut``; empty of none."""
    names = ["facility_id", "pollutant", "start", "end", "promised_cut", "true_cut"]
    rows = [] if promise is None else [{name: getattr(promise, name) for name in names}]
    return pd.DataFrame(rows, columns=names)


def monitor_rows(city: City, facility_id: str) -> pd.DataFrame:
    """Hourly rows of the monitors of a plant's stacks, in the headings of the national table.

    The rate is the true one with `MONITOR_ERROR`; a stretch of one value, a silence, missing cells and
    `FAULTS` are put in. The ratio to the limit is that to the declared largest rate and is often missing.
    """
    rng = np.random.default_rng([city.seed, 78])
    time = pd.Series(pd.DatetimeIndex(city.truth["time"].to_numpy()))
    clock = to_local(time, city.zone).dt.strftime("%Y-%m-%d %H:%M")
    stacks = city.sources.set_index("source_id")
    largest = city.declared.set_index(["source_id", "pollutant"])["rate_g_s"]
    plant = city.facilities.set_index("facility_id").loc[facility_id, "name"]
    parts = []
    for source in _stacks(city, facility_id):
        row = stacks.loc[source]
        rate = city.truth.sel(source=source, pollutant=POLLUTANT).to_numpy() * (
            1.0 + MONITOR_ERROR * rng.standard_normal(len(time))
        )
        normal = math.pi / 4.0 * row["diameter_m"] ** 2 * row["exit_velocity_m_s"]
        normal *= KELVIN_OFFSET / row["exit_temperature_k"]
        standing = 24 if len(time) > 72 else 0
        rate[standing : standing + STANDING_H] = rate[standing]
        kept = rng.random(len(time)) >= MISSING_SHARE
        kept[standing + 36 : standing + 36 + SILENT_H] = False
        ratio = np.where(rng.random(len(time)) < 0.3, np.nan, rate / largest[(source, POLLUTANT)])
        parts.append(
            pd.DataFrame(
                {
                    "registered_at": clock,
                    "region": "Восточно-Казахстанская область",
                    "organization_name": plant,
                    "source_name": f"Источник № {row['source_number']} (синтетический)",
                    "emission_type": "Диоксид серы",
                    "air_excess_ratio": ratio.round(3),
                    "emission": np.where(kept, rate, np.nan).round(3),
                    "pollutant_concentration": np.where(kept, rate * 1000.0 / normal, np.nan).round(1),
                }
            )
        )
    table = pd.concat(parts, ignore_index=True)
    wrong = [
        table.iloc[: FAULTS["test_rows"]].assign(organization_name="Тест АСМ"),
        table.iloc[100 : 100 + FAULTS["overflow_rows"]].assign(emission=1e34),
        table.iloc[200 : 200 + FAULTS["future_rows"]].assign(registered_at="2030-12-22 10:00"),
    ]
    return pd.concat([table, *wrong], ignore_index=True)


def _plant(city: City) -> str | None:
    """Plant with the largest declared SO₂ whose stacks are all declared within their uncertainty."""
    rows = city.rate_table.loc[city.rate_table["pollutant"] == POLLUTANT]
    stacks = city.sources.loc[city.sources["kind"] == "point", ["source_id", "facility_id"]]
    rows = rows.merge(stacks, on="source_id")
    wrong = set(rows.loc[rows["wrongly_declared"].astype(bool), "facility_id"])
    totals = rows.groupby("facility_id", sort=True)["declared_g_s"].sum()
    sound = totals.loc[~totals.index.isin(wrong)]
    return str(sound.idxmax()) if len(sound) else None


def _stacks(city: City, facility_id: str) -> list[str]:
    rows = city.sources.loc[(city.sources["facility_id"] == facility_id) & (city.sources["kind"] == "point")]
    return [str(name) for name in rows["source_id"]]
