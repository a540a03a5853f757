"""Printed worked examples of OND-86 beside our numbers, and the steps that the text itself has."""

from __future__ import annotations

import numpy as np
import pandas as pd

APPENDIX = "OND-86, appendix, example 1"
PROBLEM = "published problem (secondary source)"

PRINTED: list[tuple[str, str, str, str]] = [
    (APPENDIX, "V₁ [m³/s]", "v1", "10.8"),
    (APPENDIX, "ΔT [K]", "delta_t", "100"),
    (APPENDIX, "f", "f", "0.56"),
    (APPENDIX, "vm [m/s]", "vm", "2.04"),
    (APPENDIX, "um [m/s]", "um", "2.2"),
    (APPENDIX, "xm [m]", "xm", "430"),
    (APPENDIX, "cm of SO₂ [mg/m³]", "cm", "0.19"),
    (PROBLEM, "cm [mg/m³]", "cm", "0.0600"),
    (PROBLEM, "xm [m]", "xm", "228.3"),
    (PROBLEM, "s₁ at 600 m", "s1", "0.595"),
    (PROBLEM, "largest permitted emission [g/s]", "limit", "3.12"),
]
"""Source, quantity, name of our value, and the number as it is printed."""


def ond86() -> pd.DataFrame:
    """Printed numbers and ours, to the digits of the print; then the steps of the text at its joints.

    Columns: example, quantity, printed, found (unrounded), agrees.
    """
    from sootprint.dispersion.kernels import ond86 as formulas
    from sootprint.dispersion.ond86 import concentration, single_source

    boiler = single_source(
        height_m=35, diameter_m=1.4, velocity_m_s=7, temperature_c=125, ambient_c=25, emission_g_s=12
    )
    stack = single_source(
        height_m=15,
        diameter_m=0.35,
        velocity_m_s=25,
        temperature_c=300,
        ambient_c=0,
        emission_g_s=1.16978,
        region_coefficient=140,
    )
    found = {
        APPENDIX: boiler.as_dict(),
        PROBLEM: stack.as_dict()
        | {
            "s1": float(concentration(stack, 600.0)) / stack.cm,
            "limit": (0.2 - 0.04) / stack.cm * stack.emission_g_s,
        },
    }
    rows = []
    for example, quantity, name, printed in PRINTED:
        digits = len(printed.partition(".")[2])
        value = float(found[example][name])
        rows.append(
            (example, quantity, printed, f"{value:.6g}", "yes" if f"{value:.{digits}f}" == printed else "NO")
        )
    after = float(np.nextafter(8.0, 9.0))
    joints = [
        (
            "n at v = 0.5",
            formulas.speed_coefficient(float(np.nextafter(0.5, 0))),
            formulas.speed_coefficient(0.5),
        ),
        (
            "n at v = 2",
            formulas.speed_coefficient(float(np.nextafter(2.0, 0))),
            formulas.speed_coefficient(2.0),
        ),
    ]
    for name, method in (("OND-86", formulas.OND86), ("MRR-2017", formulas.MRR2017)):
        for kind, settling in (("F ≤ 1.5", 1.0), ("F > 1.5", 3.0)):
            sides = [formulas.along_factor(z, settling, 50.0, method) for z in (8.0, after)]
            joints.append((f"s₁ at 8 xm, {name}, {kind}", sides[0], sides[1]))
    for quantity, before, behind in joints:
        step = f"{100 * (behind / before - 1):+.2f} %"
        rows.append(
            ("joint of the text", f"{quantity}: before, after, step", f"{before:.5f}", f"{behind:.5f}", step)
        )
    table = pd.DataFrame(rows, columns=["example", "quantity", "printed", "found", "agrees"])
    table.attrs["notes"] = [
        "Printed numbers are compared at their own digits. The inputs of the examples stand in "
        "`sootprint.cli.ond86_truth`. The last rows are steps that the formulas of the text themselves have "
        "where two branches meet; our numbers have the same.",
    ]
    return table
