"""Codes of the findings that the readers of monitors make: severity, rule and cure of each, in one table."""

from __future__ import annotations

from typing import NamedTuple

from sootprint.core.findings import Severity


class Code(NamedTuple):
    """What one code stands for."""

    severity: Severity
    rule: str
    cure: str


CODES: dict[str, Code] = {
    "OBS-TIME": Code(
        "quarantine",
        "a stamp is a calendar date and time between 1900 and 2100 in the order of the rest of the file",
        "correct the stamp at its origin; state day_first if the order was read wrongly",
    ),
    "OBS-TIME-MISSING-HOUR": Code(
        "quarantine",
        "a local stamp must exist: clocks that are put forward leave an hour out",
        "ask in which zone the logger kept its clock and state it as zone",
    ),
    "OBS-TIME-AMBIGUOUS": Code(
        "warning",
        "a local stamp in the hour that clocks repeat stands for two moments: the first is taken, and the "
        "second for its repetition in the same series",
        "export stamps in UTC or with their offset",
    ),
    "OBS-FUTURE": Code(
        "quarantine",
        "a reading cannot be later than now or than its own retrieval",
        "correct the clock or the date at its origin",
    ),
    "OBS-STALE": Code(
        "quarantine",
        "a live feed repeats the last reading of a silent post: a row retrieved more than a day after its "
        "stamp is no new reading",
        "ask for the archive of the post",
    ),
    "OBS-TEST-STATION": Code(
        "quarantine",
        "posts and organisations named test are made to try the system out",
        "rename the post if it is real",
    ),
    "OBS-EXCLUDED": Code(
        "quarantine",
        "the setting exclude_organisations leaves this post or organisation out",
        "take it out of exclude_organisations to use it",
    ),
    "OBS-STATION": Code(
        "quarantine",
        "a reading belongs to a named post",
        "fill in the post, or state station_id if the file holds one post",
    ),
    "OBS-POLLUTANT": Code(
        "quarantine",
        "a pollutant is named by its identifier, name, formula or 4-digit code",
        "correct the name",
    ),
    "OBS-PARAMETER-UNUSED": Code(
        "info",
        "parameters that are no pollutant of the table are left out and counted",
        "nothing, unless the parameter is needed",
    ),
    "OBS-UNIT": Code(
        "quarantine",
        "a concentration has a unit that is known and fits the pollutant",
        "correct the unit of the row",
    ),
    "OBS-NOT-A-NUMBER": Code(
        "quarantine",
        "a value is a number, an empty cell or a statement that it lies below detection",
        "correct the cell at its origin",
    ),
    "OBS-OVERFLOW": Code(
        "quarantine",
        "a concentration lies between -1000 and 1000000 µg/m³: beyond is an overflow or a wrong unit",
        "correct the value or the unit at its origin",
    ),
    "OBS-SENTINEL": Code(
        "info",
        "numbers such as -999 stand for no reading: kept as missing and counted",
        "nothing, if the post did not measure",
    ),
    "OBS-MISSING": Code(
        "info",
        "empty cells are kept as missing readings, so that coverage can be counted",
        "nothing, if the post did not measure",
    ),
    "OBS-NEGATIVE": Code(
        "warning",
        "a concentration is not negative; an instrument near zero may read so: kept with the flag suspect",
        "ask for the zero check of the instrument",
    ),
    "OBS-BELOW-DETECTION": Code(
        "info",
        "readings below the detection limit are kept with the flag below_detection: censored, not zero",
        "state detection_limits where the file gives no limit",
    ),
    "OBS-ZERO-RUN": Code(
        "warning",
        "a long run of exact zeros in a series that otherwise is never zero often means no reading: kept "
        "with the flag suspect",
        "state zero_means_missing = true if zeros stand for no reading",
    ),
    "OBS-ZERO-MISSING": Code(
        "info",
        "the setting zero_means_missing turns exact zeros into missing readings",
        "take the setting out if zeros are readings",
    ),
    "OBS-FLAT-RUN": Code(
        "warning",
        "a value that repeats over and over, well above the resolution of the series, is a stuck "
        "instrument: kept with the flag suspect",
        "ask for the logbook of the instrument",
    ),
    "OBS-DUPLICATE": Code(
        "quarantine",
        "a post gives one reading of a pollutant at a time: of equal rows the first is kept",
        "nothing, or correct the export",
    ),
    "OBS-DUPLICATE-CONFLICT": Code(
        "quarantine",
        "a post gives one reading of a pollutant at a time: of rows that contradict each other none is kept",
        "find out which value is right",
    ),
    "OBS-COORDINATE": Code(
        "warning",
        "a longitude lies between -180 and 180, a latitude between -90 and 90 degrees: left out otherwise",
        "correct the coordinates",
    ),
    "OBS-SWAPPED-COORDINATE": Code(
        "warning",
        "longitude and latitude look exchanged: the place lies right only the other way round; not corrected",
        "correct the column map or the coordinates",
    ),
    "OBS-DMS-COORDINATE": Code(
        "warning",
        "degrees and minutes typed as a decimal number: the reading as minutes lies right, the decimal one "
        "does not or cannot be told from it; not corrected",
        "look at both places on a map and state lon and lat",
    ),
    "OBS-OUTSIDE": Code(
        "quarantine",
        "a post lies within the bounds of the case",
        "state allow_outside = true to use it all the same",
    ),
    "OBS-STATION-MOVED": Code(
        "warning",
        "a post has one place: the first is taken where the file gives several",
        "give the places different station names",
    ),
    "OBS-WIND": Code(
        "quarantine",
        "a wind direction lies between 0 and 360 degrees, a wind speed between 0 and 113 m/s",
        "correct the cell at its origin",
    ),
    "OBS-WEATHER": Code(
        "quarantine",
        "a weather cell is a number within the limits of the atmosphere",
        "correct the cell or state its unit",
    ),
    "OBS-WEATHER-UNUSED": Code(
        "warning",
        "a weather column is used if its unit is stated or shows itself and its intervals are a day at most",
        "state the unit of the column under units, and duration_s",
    ),
    "CMP-PLACE": Code(
        "quarantine",
        "a complaint has a place: longitude and latitude within their limits",
        "find the place of the complaint",
    ),
    "CMP-OUTSIDE": Code(
        "quarantine",
        "a complaint lies within the bounds of the case",
        "state allow_outside = true to use it all the same",
    ),
    "CMP-SEVERITY": Code(
        "warning",
        "a severity is a whole number from 1 (noticed) to 5 (cannot stay): left out otherwise",
        "correct the severity",
    ),
    "CMP-DUPLICATE": Code(
        "quarantine",
        "a complaint has its own identifier: of equal ones the first is kept",
        "nothing, or correct the identifiers",
    ),
}
"""Severity, rule and cure by code."""
