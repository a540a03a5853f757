"""Reading a vertical profile between its levels."""

from __future__ import annotations

from sootprint.dispersion.engines.arrays import Floats
from sootprint.dispersion.kernels.compile import compiled


@compiled
def at_height(heights: Floats, values: Floats, height: float) -> float:
    """Value of a profile at a height, linear between levels, constant beyond the first and the last.

    Parameters
    ----------
    heights, values : array, shape (level,)
        Rising heights [m] and the profile.
    height : float
        Height [m].
    """
    last = heights.size - 1
    if height <= heights[0]:
        return values[0]
    if height >= heights[last]:
        return values[last]
    low, high = 0, last
    while high - low > 1:
        middle = (low + high) // 2
        if heights[middle] > height:
            high = middle
        else:
            low = middle
    share = (height - heights[low]) / (heights[high] - heights[low])
    return values[low] + share * (values[high] - values[low])
