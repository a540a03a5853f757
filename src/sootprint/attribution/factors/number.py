"""How many factors: what each number explains, and how steadily it is found.

References
----------
.. [1] Paatero, P. and Hopke, P. K. (2009). Rotational tools for factor analytic models. J. Chemometrics 23,
   91–100. doi:10.1002/cem.1197.
.. [2] Lee, E., Chan, C. K., Paatero, P. (1999). Application of positive matrix factorization in source
   apportionment of particulate pollutants in Hong Kong. Atmos. Environ. 33, 3201–3212.
   doi:10.1016/S1352-2310(99)00113-2 (the indices IM and IS).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from sootprint.attribution.factors.matrix import FactorMatrix
from sootprint.attribution.factors.pmf import Factorisation, FactorOptions, factorise


def compare_numbers(
    matrix: FactorMatrix, numbers: Sequence[int] = (2, 3, 4, 5, 6, 7, 8), options: FactorOptions | None = None
) -> tuple[pd.DataFrame, dict[int, Factorisation]]:
    """Criteria of each number of factors, and the solutions.

    Columns: factors; q_true, q_robust, q_expected and their ratio; fall_ratio, the fall of Q/Q_expected from
    the number before (a small fall says that the further factor explains noise); im and is_, the largest
    mean and the largest standard deviation of a species' scaled residuals (ref. 2: they step down at the
    right number); share_matched and q_spread of the starts; outliers, the share of |z| over α;
    least_own_share, the smallest over the factors of a factor's largest share in any species, low where a
    factor is the leading source of nothing. No number is chosen: the criteria disagree more often than not.
    """
    options = options or FactorOptions()
    rows, solutions = [], {}
    before = np.nan
    for count in numbers:
        made = factorise(matrix, replace(options, factors=count))
        solutions[count] = made
        z = made.scaled_residuals()
        ratio = made.q_true / made.q_expected if made.q_expected > 0 else np.nan
        starts = made.starts
        rows.append(
            {
                "factors": count,
                "q_true": made.q_true,
                "q_robust": made.q_robust,
                "q_expected": made.q_expected,
                "q_ratio": ratio,
                "fall_ratio": before - ratio,
                "im": float(np.nanmax(np.nanmean(z, axis=0))),
                "is_": float(np.nanmax(np.nanstd(z, axis=0, ddof=1))),
                "share_matched": float(starts["matched"].mean()),
                "q_spread": float(starts["q_robust"].max() / starts["q_robust"].min() - 1.0),
                "outliers": float((np.abs(z[matrix.known]) > options.alpha).mean()),
                "least_own_share": float(made.shares().max(axis=1).min()),
            }
        )
        before = ratio
    return pd.DataFrame(rows), solutions
