"""Tables of sources in plane coordinates, and the concentrations of OND-86 written apart from the kernels."""

from __future__ import annotations

import numpy as np
import pandas as pd

from sootprint.core import schema
from sootprint.dispersion import ond86

STACK = {"height_m": 35.0, "diameter_m": 1.4, "velocity_m_s": 7.0, "temperature_c": 125.0, "ambient_c": 25.0}


def row(source_id, pollutant, emission, x=0.0, y=0.0, *, settling=1.0, mpc=0.5, method="ond86", **stack):
    one = ond86.single_source(**(STACK | stack), emission_g_s=emission, settling=settling, method=method)
    return {
        "source_id": source_id,
        "facility_id": source_id[0],
        "pollutant": pollutant,
        "method": method,
        "kind": "point",
        "x_m": x,
        "y_m": y,
        "emission_g_s": emission,
        "cm_mg_m3": one.cm,
        "xm_m": one.xm,
        "um_m_s": one.um,
        "height_m": one.height_m,
        "settling": settling,
        "mpc_mg_m3": mpc,
        "cm_over_mpc": one.cm / mpc,
    }


def table_of(*rows):
    return schema.check(pd.DataFrame(list(rows)), "ond86_sources")


def random_table(seed, sources, extent, *, method="ond86", pollutants=("SO2", "NO2", "soot")):
    rng = np.random.default_rng(seed)
    rows = []
    for number in range(sources):
        height = float(np.exp(rng.uniform(np.log(3.0), np.log(180.0))))
        stack = {
            "height_m": height,
            "diameter_m": min(0.03 * height + 0.3, 8.0) * rng.uniform(0.5, 1.5),
            "velocity_m_s": rng.uniform(2.0, 15.0),
            "temperature_c": rng.uniform(15.0, 180.0),
        }
        x, y = rng.uniform(-0.5 * extent, 0.5 * extent, 2)
        for pollutant in pollutants:
            settling = (2.0, 2.5, 3.0)[number % 3] if pollutant == "soot" else 1.0
            rate = float(np.exp(rng.normal(0.0, 1.5)))
            rows.append(row(f"s{number}", pollutant, rate, x, y, settling=settling, method=method, **stack))
    return table_of(*rows)


def plain_sum(table, pollutant, x, y, direction, speed):
    """Sum over the sources of one pollutant at one place, of shape direction × speed [mg m⁻³]."""
    rows = table.loc[table["pollutant"] == pollutant]
    sx, sy, cm, xm, um, high, settling = (
        rows[name].to_numpy(float)[:, None]
        for name in ("x_m", "y_m", "cm_mg_m3", "xm_m", "um_m_s", "height_m", "settling")
    )
    flow = np.deg2rad(np.asarray(direction) + 180.0)[None, :]
    along = (x - sx) * np.sin(flow) + (y - sy) * np.cos(flow)
    across = (x - sx) * np.cos(flow) - (y - sy) * np.sin(flow)
    made = np.empty((flow.size, len(speed)))
    with np.errstate(all="ignore"):
        tangent = np.where(along > 0.0, across / along, np.inf) ** 2
        for place, u in enumerate(speed):
            q = u / um
            r = np.where(q <= 1, 0.67 * q + 1.67 * q**2 - 1.34 * q**3, 3 * q / (2 * q**2 - q + 2))
            p = np.where(q <= 0.25, 3.0, np.where(q <= 1, 8.43 * (1 - q) ** 5 + 1, 0.32 * q + 0.68))
            z = np.maximum(along, 0.0) / (p * xm)
            near = 3 * z**4 - 8 * z**3 + 6 * z**2
            near = np.where(high < 10.0, 0.125 * (10 - high) + 0.125 * (high - 2) * near, near)
            s1 = np.where(z <= 1, near, 1.13 / (0.13 * z**2 + 1))
            a, b, c = (3.58, 35.2, 2.47) if table["method"].iloc[0] == "ond86" else (3.556, 35.2, 2.456)
            far = np.where(settling <= 1.5, z / (a * z**2 - b * z + 120), 1 / (0.1 * z**2 + c * z - 17.8))
            if table["method"].iloc[0] == "mrr2017":
                last = np.where(settling <= 1.5, 144.3, 37.76) * z ** (-7 / 3)
                far = np.where(z > 100, last, far)
            s1 = np.where(z > 8, far, s1)
            t = min(u, 5.0) * tangent
            s2 = 1 / (1 + 5 * t + 12.8 * t**2 + 17 * t**3 + 45.1 * t**4) ** 2
            made[:, place] = (cm * r * s1 * s2).sum(axis=0)
    return made
