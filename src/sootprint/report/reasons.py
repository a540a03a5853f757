"""Forms of the reasons that the comparisons with norms and the test of hydrogen sulphide give in English."""

from __future__ import annotations

from sootprint.report.languages import Translate

_NUMBER = r"-?[\d.]+(?:e[+-]?\d+)?|nan"


def norm_forms(_: Translate) -> list[tuple[str, str]]:
    """Patterns of the reasons of `sootprint.monitors.assess`, each with its translated form."""
    share = r"data capture of (?P<share>\d+) % is under (?P<least>\d+) %"
    minutes = r"(?P<minutes>[\d.–]+) min norm: can only understate"
    return [
        (r"no usable reading", _("no usable reading")),
        (r"no valid interval", _("no valid interval")),
        (r"period shorter than a year", _("period shorter than a year")),
        (
            r"readings longer than a day are not averaged to a year",
            _("readings longer than a day are not averaged to a year"),
        ),
        (
            r"readings of (?P<own>[\d.]+) h are longer than the averaging time of (?P<wanted>[\d.]+) h",
            _("readings of %(own)s h are longer than the averaging time of %(wanted)s h"),
        ),
        (r"a running mean needs hourly readings", _("a running mean needs hourly readings")),
        (
            rf"hourly mean set against a {minutes}",
            _("hourly mean set against a norm of %(minutes)s min: can only understate"),
        ),
        (
            rf"(?P<own>[\d.]+) min mean set against a {minutes}",
            _("%(own)s-min mean set against a norm of %(minutes)s min: can only understate"),
        ),
        (share, _("data capture of %(share)s %% is under %(least)s %%")),
        (
            rf"{share} in a quarter",
            _("data capture of %(share)s %% is under %(least)s %% in a quarter"),
        ),
        (
            rf"{share} in the summer months",
            _("data capture of %(share)s %% is under %(least)s %% in the summer months"),
        ),
        (
            rf"{share} on average over the years",
            _("data capture of %(share)s %% is under %(least)s %% on average over the years"),
        ),
        (
            r"the norm takes (?P<years>\d+) years: the statistic is of (?P<used>one|two|\d+)",
            _("the norm takes %(years)s years: the statistic is of %(used)s"),
        ),
        (r"the limit applies from (?P<date>[\d-]+)", _("the limit applies from %(date)s")),
        (r"the limit applied to (?P<date>[\d-]+)", _("the limit applied to %(date)s")),
    ]


def h2s_forms(_: Translate) -> list[tuple[str, str]]:
    """Patterns of the reasons and statements of `sootprint.monitors.h2s_covariation`, with their forms."""
    correlation, excess = rf"(?P<correlation>{_NUMBER})", rf"(?P<excess>{_NUMBER})"
    return [
        (r"no hour with both H2S and SO2", _("no hour with both H2S and SO2")),
        (
            r"(?P<hours>\d+) hours on (?P<days>\d+) days are too few: (?P<least>\d+) and (?P<least_days>\d+) "
            r"are asked",
            _("%(hours)s hours on %(days)s days are too few: %(least)s and %(least_days)s are asked"),
        ),
        (r"a series does not vary", _("a series does not vary")),
        (
            r"not flagged: the kind of the post is (?P<kind>not stated|\w+)",
            _("not flagged: the kind of the post is %(kind)s"),
        ),
        (
            r"fewer than two other pollutants show what common weather makes",
            _("fewer than two other pollutants show what common weather makes"),
        ),
        (
            r"the data decide neither: the interval of the excess is too wide",
            _("the data decide neither: the interval of the excess is too wide"),
        ),
        (
            r"H2S follows SO2 best with a shift of (?P<hours>-?\d+) h: no interference at once",
            _("H2S follows SO2 best with a shift of %(hours)s h: no interference at once"),
        ),
        (
            r"the slope of H2S on SO2 within days is not surely over zero",
            _("the slope of H2S on SO2 within days is not surely over zero"),
        ),
        (
            rf"H2S follows SO2 beyond common weather but in no fixed ratio \(spread (?P<spread>{_NUMBER})\): "
            r"consistent with different sources in one direction",
            _(
                "H2S follows SO2 beyond common weather but in no fixed ratio (spread %(spread)s): consistent "
                "with different sources in one direction"
            ),
        ),
        (
            rf"H2S follows SO2 beyond common weather \(rank correlation {correlation}, of which {excess} in "
            rf"excess, (?P<slope>{_NUMBER}) µg of H2S a µg of SO2\): consistent with interference of SO2 in "
            r"the H2S channel; also consistent with a common source",
            _(
                "H2S follows SO2 beyond common weather (rank correlation %(correlation)s, of which "
                "%(excess)s in excess, %(slope)s µg of H2S a µg of SO2): consistent with interference of SO2 "
                "in the H2S channel; also consistent with a common source"
            ),
        ),
        (
            rf"H2S does not follow SO2 more than common weather explains \(rank correlation {correlation}, "
            rf"excess {excess}\): no support for interference of SO2",
            _(
                "H2S does not follow SO2 more than common weather explains (rank correlation "
                "%(correlation)s, excess %(excess)s): no support for interference of SO2"
            ),
        ),
        (
            r"whether H2S follows SO2 beyond common weather is not decided by these data",
            _("whether H2S follows SO2 beyond common weather is not decided by these data"),
        ),
    ]
