"""Settings and vocabulary of the check of a promised cut."""

from __future__ import annotations

from dataclasses import dataclass

from sootprint.core.errors import ConfigError

CONSISTENT = "consistent with the promised cut"
LARGER = "larger than promised"
SMALLER = "smaller than promised"
NOT_VISIBLE = "no cut visible"
UNDECIDED = "undecided"
TOO_SMALL_TO_SEE = "a cut of this size could not have been seen with these data"
NO_ANSWER = "no answer"


@dataclass(frozen=True)
class CutOptions:
    """Settings of the check.

    Attributes
    ----------
    reference_days : float
        Length of the reference before the window and of that after it [d].
    gap_h : float
        Hours beside the window that are not reference: ramps down and up [h].
    level : float
        Level of the intervals; a cut counts as seen at the one-sided level (1 − level) / 2.
    power : float
        Power at which the smallest detectable cut is told.
    draws : int
        Draws of the bootstrap.
    hour_coverage : float
        Share of an hour that valid readings must cover [1].
    window_coverage : float
        Share of the window that must be usable for an answer [1].
    minimum_reference_h : int
        Fewest usable reference hours for an answer [h].
    standstill_share, standstill_h : float
        A run of at least ``standstill_h`` hours under ``standstill_share`` of the median rate is a
        standstill: not reference, and counted. In the window it stays: a stop is a cut.
    sector_deg : float
        Angle between the wind and the line from the plant within which a post is downwind [degrees].
    calm_m_s : float
        Wind under which a direction says nothing [m s⁻¹].
    """

    reference_days: float = 28.0
    gap_h: float = 6.0
    level: float = 0.90
    power: float = 0.80
    draws: int = 2000
    hour_coverage: float = 0.75
    window_coverage: float = 0.5
    minimum_reference_h: int = 168
    standstill_share: float = 0.1
    standstill_h: float = 6.0
    sector_deg: float = 30.0
    calm_m_s: float = 0.5

    def __post_init__(self) -> None:
        inside = {
            "level": 0.5 <= self.level < 1.0,
            "power": 0.5 <= self.power < 1.0,
            "draws": self.draws >= 200,
            "hour_coverage": 0.0 < self.hour_coverage <= 1.0,
            "window_coverage": 0.0 < self.window_coverage <= 1.0,
            "reference_days": self.reference_days > 0.0,
            "gap_h": self.gap_h >= 0.0,
            "sector_deg": 0.0 < self.sector_deg < 90.0,
        }
        wrong = [name for name, right in inside.items() if not right]
        if wrong:
            raise ConfigError(f"{wrong[0]} = {getattr(self, wrong[0])}", cure="see CutOptions")

    @property
    def tail(self) -> float:
        """One-sided level of the test [1]."""
        return 0.5 * (1.0 - self.level)


def verdict_of(
    cut_low: float, cut_high: float, promised: float, power: float, asked: float, *, measured: bool
) -> str:
    """Outcome of a check from its interval and its power.

    An interval that holds both nothing and the promised cut decides nothing: with little power the data
    could not have shown the cut, with enough of it the outcome is undecided. A missing end has no bound.
    An interval that holds nothing and lies under the promised cut says that no cut is visible, where the
    emission itself was ``measured``; where it is inferred from the air, only if the power was enough:
    without power such an interval means that readings rose, and weather alone can make them rise.
    """
    low = cut_low if cut_low == cut_low else float("-inf")
    high = cut_high if cut_high == cut_high else float("inf")
    if low > 0.0:
        if high < promised:
            return SMALLER
        return LARGER if low > promised else CONSISTENT
    if high < promised and (measured or power >= asked):
        return NOT_VISIBLE
    return UNDECIDED if power >= asked else TOO_SMALL_TO_SEE
