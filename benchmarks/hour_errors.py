"""What the error of particular hours rests on: ``python benchmarks/hour_errors.py [cities] [--seed N]``.

On random cities kept for development, modelled contributions at the true rates are set against the true ones
in windows of some hours of wind or of light wind at one post. Printed for sources that the engine gives at
least 1 % of the observed: how often the smoke missed (under a twentieth of the modelled), and the spread of
ln(true / modelled) where it did not; and for windows in which the engine gives under a tenth of its usual
mean: how often over a tenth of it came nevertheless, and the true mean over the usual one. Beside them what
`attribution/data/hour_errors.csv` says; its spread leaves out what the rates take up.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator

import numpy as np
import pandas as pd

from sootprint import synthetic
from sootprint.attribution.inverse.declared import profile_activity
from sootprint.attribution.inverse.hours import hour_error
from sootprint.attribution.inverse.model import windy_hours

FIRST_SEED = 1_000_000
WINDOWS = (1, 3, 6, 12, 24, 48)
MOST_WINDOWS = 60
STACK_M = 40.0
SEEN, MISSED, STRAY = 0.01, 0.05, 0.1


def city_rows(seed: int, rng: np.random.Generator) -> Iterator[pd.DataFrame]:
    """Modelled and true means of each window, post and source of a city; their usual mean; the observed."""
    twin = synthetic.make_twin(seed)
    given, _ = synthetic.investigation(twin)
    response = given["operator"]["H"].transpose("time", "receptor", "source")
    names = [str(name) for name in response["source"].to_numpy()]
    place = {"time": response["time"].to_numpy(), "station": response["receptor"].to_numpy()}
    true = twin.parts["contribution"].sel(place)
    total = true.sum("source") + twin.parts["background"].sel(place)
    values = response.to_numpy()
    windy = windy_hours(given["operator"], given["weather"], 2.0)
    served = np.isfinite(values).all(axis=(1, 2))
    table = given["sources"].set_index("source_id").loc[names]
    stack = ((table["kind"] == "point") & (table["height_m"] >= STACK_M)).to_numpy()
    for pollutant in true["pollutant"].to_numpy():
        own = twin.rate_table.query("pollutant == @pollutant").set_index("source_id")
        rate = own["true_g_s"].reindex(names).to_numpy(float)
        here = np.flatnonzero(rate > 0)
        factor = profile_activity(given["operator"], given["emissions"], pollutant, names, given["zone"])
        modelled = values[:, :, here] * (factor.to_numpy()[:, None, here] * 1e6 * rate[here])
        part = true.sel(pollutant=pollutant, source=[names[k] for k in here])
        part = part.transpose("time", "station", "source").to_numpy()
        observed = total.sel(pollutant=pollutant).transpose("time", "station").to_numpy()
        for air, chosen in (("windy", windy & served), ("light", ~windy & served)):
            if not chosen.any():
                continue
            usual = modelled[chosen].mean(axis=0)
            for hours in WINDOWS:
                for rows in windows(chosen, hours, rng):
                    m, t, y = (item[rows].mean(axis=0) for item in (modelled, part, observed))
                    yield pd.DataFrame(
                        {
                            "air": air,
                            "class": np.where(np.tile(stack[here], len(m)), "stack", "low"),
                            "hours": hours,
                            "modelled": m.ravel(),
                            "true": t.ravel(),
                            "usual": usual.ravel(),
                            "observed": np.repeat(y, m.shape[1]),
                        }
                    )


def windows(chosen: np.ndarray, hours: int, rng: np.random.Generator) -> Iterator[np.ndarray]:
    """Hours of windows of which seven tenths are of the air asked for, some drawn where there are many."""
    count = len(chosen) // hours
    inside = chosen[: count * hours].reshape(count, hours)
    found = np.flatnonzero(inside.sum(axis=1) >= max(1.0, 0.7 * hours))
    if len(found) > MOST_WINDOWS:
        found = np.sort(rng.choice(found, MOST_WINDOWS, replace=False))
    for number in found:
        yield number * hours + np.flatnonzero(inside[number])


def summary(table: pd.DataFrame) -> pd.DataFrame:
    """A row an air, class and length of window."""
    rows = []
    for (air, kind, hours), group in table.groupby(["air", "class", "hours"]):
        seen = group[group["modelled"] > SEEN * group["observed"]]
        hit = seen[seen["true"] >= MISSED * seen["modelled"]]
        away = group[
            (group["modelled"] < STRAY * group["usual"]) & (group["usual"] > 0.003 * group["observed"])
        ]
        law = hour_error(int(hours), str(air), str(kind))
        rows.append(
            {
                "air": air, "class": kind, "hours": hours, "seen": len(seen),
                "missed": 1.0 - len(hit) / max(len(seen), 1), "law missed": law.miss,
                "ln spread": float(np.log(hit["true"] / hit["modelled"]).std()),
                "law spread": law.variance**0.5,
                "stray": float((away["true"] > STRAY * away["usual"]).mean()), "law stray": law.stray,
                "stray mean": float((away["true"] / away["usual"]).mean()),
                "law stray mean": law.stray * law.stray_mean,
            }
        )  # fmt: skip
    return pd.DataFrame(rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("cities", nargs="?", type=int, default=12)
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    rng = np.random.default_rng(asked.seed)
    parts = []
    for seed in range(FIRST_SEED, FIRST_SEED + asked.cities):
        parts += list(city_rows(seed, rng))
        print(f"city {seed}", flush=True)
    print(summary(pd.concat(parts, ignore_index=True)).round(3).to_string(index=False))


if __name__ == "__main__":
    main()
