"""Codes of what is found in stack monitoring: severity, rule and cure of each."""

from __future__ import annotations

from sootprint.core.findings import Finding, Severity

CODES: dict[str, tuple[Severity, str, str]] = {
    "STACK-TOTALS": (
        "info",
        "rows of the file = rows in use + rows in quarantine + lines that are no rows",
        "nothing to do",
    ),
    "STACK-LINE": (
        "quarantine",
        "a line has a cell for every heading, in UTF-8",
        "export the file again",
    ),
    "STACK-SYNTAX": (
        "warning",
        "lines end in one way and quotes within quoted cells are doubled: read with loose rules, names may "
        "have lost quotes, and cells beyond the last heading are not seen",
        "export the file again with one kind of line ends and standard quoting",
    ),
    "STACK-LINES-LOST": (
        "warning",
        "every line of the file is in a row or is named: the others are blank, or were lost in its quoting",
        "look for unclosed quotes; export the file again",
    ),
    "STACK-TEST-ORGANISATION": (
        "quarantine",
        "a test organisation is no emitter",
        "leave it out, or state keep_test = true if it is a real one",
    ),
    "STACK-WASTE-WATER": (
        "quarantine",
        "a row is about the air: waste water is not",
        "nothing to do; the other kinds of row are named by other_media",
    ),
    "STACK-NO-SOURCE": ("quarantine", "a row names its source and its substance", "fill the names"),
    "STACK-DATE": (
        "quarantine",
        "a time is a day of the calendar, written as 2024-12-31 or 31.12.2024, with the time of day "
        "where the other rows have one",
        "correct the dates, or state time_format",
    ),
    "STACK-YEAR": ("quarantine", "a year lies between 1950 and 2100", "correct the year"),
    "STACK-NO-SUCH-TIME": (
        "quarantine",
        "a local time exists: clocks that are put forward skip an hour",
        "state the zone of the file's clocks",
    ),
    "STACK-FUTURE": (
        "quarantine",
        "nothing is measured after the moment of the file",
        "ask who typed or computed these dates; the rows may be real ones of another day",
    ),
    "STACK-OUTSIDE-PERIOD": (
        "quarantine",
        "a row lies in the period that was asked for",
        "widen the period, or ask why the file holds other years: the rows may be real ones of this period",
    ),
    "STACK-NOT-A-NUMBER": ("quarantine", "a cell of a number column holds a number", "correct the cells"),
    "STACK-OVERFLOW": (
        "quarantine",
        "a number is finite and below 1e9 in magnitude",
        "ask for the raw values of the instrument: this is an overflow, not a measurement",
    ),
    "STACK-IMPOSSIBLE": (
        "quarantine",
        "a rate is at most 1e6 g/s and a concentration at most 1e7 mg/Nm³",
        "check the unit of the column, or ask for the raw values of the instrument",
    ),
    "STACK-NEGATIVE": (
        "quarantine",
        "rate, concentration and ratio are not negative",
        "ask for the instrument's drift: leaving out its negative readings alone biases a mean upwards",
    ),
    "STACK-REGION": (
        "warning",
        "a region is in the list of regions; a close misspelling is read as the region that is meant",
        "correct the name, or state the list as regions",
    ),
    "STACK-POLLUTANT": (
        "warning",
        "a substance is in the table of pollutants: others are kept under the file's own name",
        'state pollutants = { "NAME" = "IDENTIFIER" }',
    ),
    "STACK-TWO-NAMES": (
        "warning",
        "a source reports a substance under one name: rows of two names are read as one series",
        "ask whether these are two instruments, two ducts (whose rates add up) or one row sent twice",
    ),
    "STACK-NAME-WHITESPACE": (
        "info",
        "tabs and line breaks within names are read as single blanks",
        "nothing to do",
    ),
    "STACK-UNMATCHED": (
        "warning",
        "a source of the monitoring is a source of the inventory",
        'state sources = { "ORGANISATION | SOURCE" = "source_id" }, or organizations = { "NAME" = '
        '"facility_id" } where the source\'s name holds its number of four digits',
    ),
    "STACK-MANY-ROWS": (
        "warning",
        "a source has no more readings of a substance in a day than the day has intervals",
        "ask whether rows were sent twice; the mean is of all rows, the hours are those of the day",
    ),
    "STACK-REPEATED-TIME": (
        "warning",
        "a source has one reading of a substance for an interval",
        "ask whether rows were sent twice; the mean is of all rows",
    ),
    "STACK-NO-VALUE": (
        "info",
        "a row has a rate or a concentration: rows without are counted as missing",
        "ask for the log of the instrument",
    ),
    "STACK-FLAT": (
        "warning",
        "a living instrument does not give one non-zero value again and again",
        "ask for the log and the calibration of the instrument on these days",
    ),
    "STACK-ZERO": (
        "warning",
        "a source that emits other substances on a day does not emit zero of this one all day",
        "ask for the log of the instrument and the operation of the plant",
    ),
    "STACK-GAP": (
        "warning",
        "continuous monitoring covers three quarters of each day",
        "ask for the log of the instrument; compare with the ambient readings of these days",
    ),
    "STACK-JUMP": (
        "warning",
        "a source's monthly mean and median of a substance stay within a factor of 30 from month to month",
        "ask for units and scaling of the instrument; look for changes of the process",
    ),
    "STACK-MOSTLY-OVER": (
        "warning",
        "most readings of a source lie below its limit",
        "either the source was over its limit for most of the time, or the limit behind the ratio is wrong: "
        "ask for the permit and the limit that was used",
    ),
    "STACK-RATIO-MISSING": (
        "warning",
        "a row has a ratio to its limit: a missing ratio is no compliance",
        "compute it from the concentration and the permit",
    ),
}


def finding(
    code: str,
    about: str,
    *,
    value: object = "",
    file: str = "",
    row: int | None = None,
    column: str = "",
) -> Finding:
    """Finding of one of the codes."""
    severity, rule, cure = CODES[code]
    return Finding(code, severity, about, rule, cure, file, "", row, column, str(value)[:1000])
