"""Laws that the particle engine must hold, and how far it is from each."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

NOTES = (
    "Value: what was found; expected: what the law states; sd: standard deviation of a sampled value; bound: "
    "the largest distance of value and expected, 3 sd of a sampled value.",
    "Well mixed: particles start at even heights and walk an hour (the evening three) at the step of "
    "production; the value is that of the worst layer in standard deviations of independent particles. Of "
    "the {layers} layers together one is beyond 3 sd by chance in {alarm:.0f} of 100 runs with other random "
    "numbers. The air without the drift term must fail.",
    "Reciprocity: particles of each way start from the kernel that the other way counts by.",
    "Gradient transport: the analytic solution holds where eddies are short-lived beside the plume's age.",
)


def particles() -> pd.DataFrame:
    """Table of the laws; ``attrs["notes"]`` and ``attrs["metrics"]`` beside it.

    Columns: law, profile, what, value, expected, sd, bound, passed.
    """
    from sootprint.dispersion.particles.laws import laws
    from sootprint.dispersion.particles.laws.mixed import LAYERS

    found = laws()
    table = found.rename(columns={"error": "sd"})
    table["passed"] = np.where(found["passed"], "yes", "NO")
    mixed = found[(found["law"] == "well mixed") & ~found["profile"].str.contains("must fail")]
    count = len(mixed) * (len(LAYERS) + 2)
    alarm = 100.0 * (1.0 - 0.9973**count)
    passed = int(found["passed"].sum())
    notes = [text.format(layers=count, alarm=alarm) for text in NOTES]
    table.attrs["notes"] = [f"{passed} of {len(found)} rows hold.", *notes]
    table.attrs["metrics"] = metrics(found)
    return table


def metrics(found: pd.DataFrame) -> dict[str, Any]:
    """Worst well-mixed deviation by profile, reciprocity, divergence, and how many rows hold."""

    def rows(law: str) -> pd.DataFrame:
        return found[found["law"] == law]

    mixed, both = rows("well mixed"), rows("reciprocity")
    mutant = mixed["profile"].str.contains("must fail")
    return {
        "well_mixed_worst_sd": dict(
            zip(mixed.loc[~mutant, "profile"], mixed.loc[~mutant, "value"].abs(), strict=True)
        ),
        "without_drift_worst_sd": dict(
            zip(mixed.loc[mutant, "profile"], mixed.loc[mutant, "value"].abs(), strict=True)
        ),
        "reciprocity": [
            {"profile": row.profile, "what": row.what, "ratio": row.value, "sd": row.error}
            for row in both.itertuples()
        ],
        "largest_divergence_per_s": float(rows("divergence")["value"].max()),
        "rows": len(found),
        "hold": int(found["passed"].sum()),
    }
