"""Sentences on rows of the tables, in the language of the reader.

Some sentences are made here from the columns. Others come in English from the rooms that know their reason;
their forms are few and fixed, so that they are recognised and said again. A sentence of an unknown form
stays as it is and is marked as English.
"""

from __future__ import annotations

import re
from typing import Any

import pandas as pd

from sootprint.report.blocks import Cell
from sootprint.report.bulletin_words import kind_words
from sootprint.report.languages import Translate
from sootprint.report.reasons import h2s_forms, norm_forms
from sootprint.report.view import View
from sootprint.report.words import compass_points


def episode_weather(view: View, row: Any) -> str:
    """The weather of an episode, from the numbers of its row."""
    _ = view.gettext
    heads = {
        "stagnation": _("stagnant air"),
        "ventilated": _("air that was mostly not stagnant"),
        "unknown weather": _("the weather is not known for enough of the hours"),
    }
    parts = [heads.get(str(row.kind), view.word(row.kind))]
    if pd.notna(row.calm_share):
        parts.append(_("calm in %(share)s of its hours") % {"share": view.percent(row.calm_share)})
    if pd.notna(row.wind_speed_mean):
        parts.append(_("mean wind %(speed)s m/s") % {"speed": view.number(row.wind_speed_mean)})
    if pd.notna(row.hours_since_ventilated_max):
        parts.append(
            _("up to %(hours)s h since the wind last reached 3 m/s")
            % {"hours": view.hours(row.hours_since_ventilated_max)}
        )
    if row.weather_coverage < 1.0:
        parts.append(
            _("wind known for %(share)s of its hours") % {"share": view.percent(row.weather_coverage)}
        )
    if pd.notna(row.accumulation_ugm3_h):
        rising = (
            _("%(pollutant)s rising by %(slope)s µg m⁻³ an hour up to the peak")
            if row.accumulation_ugm3_h >= 0
            else _("%(pollutant)s falling by %(slope)s µg m⁻³ an hour up to the peak")
        )
        slope = view.number(abs(row.accumulation_ugm3_h))
        parts.append(rising % {"pollutant": view.text(row.pollutant), "slope": slope})
    return _(
        "%(episode)s (%(start)s, %(hours)s h, %(ratio)s times the norm at %(station)s): %(weather)s."
    ) % {
        "episode": view.text(row.episode_id),
        "start": view.local(row.time_start),
        "hours": view.hours(row.duration_h),
        "ratio": view.number(row.peak_ratio),
        "station": view.post(row.peak_station_id),
        "weather": ", ".join(parts),
    }


def sector_statement(view: View, row: Any) -> str:
    """What the hours with wind from a sector brought to a post, from the numbers of its row."""
    _ = view.gettext
    made = _(
        "%(station)s, %(pollutant)s: wind from %(sector)s blew in %(hours)s of the hours and brought "
        "%(dose)s of the dose, %(enrichment)s times its share of the hours"
    ) % {
        "station": view.station(row.station_id),
        "pollutant": view.text(row.pollutant),
        "sector": view.sector(row.sector_label),
        "hours": view.percent(row.hours_share),
        "dose": view.percent(row.dose_share),
        "enrichment": view.interval(row.enrichment, row.enrichment_q05, row.enrichment_q95),
    }
    if pd.notna(row.speed_median):
        made += _("; its loaded hours had a median wind of %(speed)s m/s") % {
            "speed": view.number(row.speed_median)
        }
    if pd.notna(row.peak_hour_local):
        made += _("; largest mean at %(hour)s") % {"hour": f"{int(row.peak_hour_local):02d}:00"}
    return made + "."


def inspection_reason(view: View, row: Any) -> str:
    """Why a source is on the list of inspections, from the numbers of its row."""
    _ = view.gettext
    parts = []
    if pd.notna(row.contribution_ugm3):
        amount = view.interval(row.contribution_ugm3, row.contribution_q05_ugm3, row.contribution_q95_ugm3)
        parts.append(
            _("modelled contribution to an episode up to %(amount)s µg m⁻³ of %(pollutant)s")
            % {"amount": amount, "pollutant": view.text(row.pollutant)}
        )
    if pd.notna(row.ratio):
        parts.append(
            _("the readings fit %(ratio)s times the declared rate")
            % {"ratio": view.interval(row.ratio, row.ratio_q05, row.ratio_q95)}
        )
    sources = view.table("attribution_sources")
    own = sources[(sources["source_id"] == row.source_id) & (sources["pollutant"] == row.pollutant)]
    for item in own.head(1).itertuples(index=False):
        parts.append(_("outcome: %(verdict)s") % {"verdict": view.word(item.verdict)})
        if pd.notna(item.group_id):
            parts.append(
                _("cannot be told apart from the others of group %(group)s: inspect them together")
                % {"group": view.text(item.group_id)}
            )
    if row.suspicion_part > 0:
        parts.append(_("faults in its own data"))
    return "; ".join(parts) or view.text(row.reason)


def said(view: View, sentence: Any) -> Cell:
    """Cell of an English sentence of another room: in the reader's language where its form is known."""
    text = re.sub(
        r"\b\d(?:\.\d+)?e\+\d\d\b", lambda number: f"{float(number.group()):.0f}", view.text(sentence)
    )
    if view.language == "en" or text == "–":
        return Cell(text)
    whole = _one(view, text)
    if whole is not None:
        return Cell(whole)
    parts = [_one(view, part) for part in text.split("; ")]
    known = [part for part in parts if part is not None]
    return Cell("; ".join(known)) if len(known) == len(parts) else Cell(text, foreign=True)


def _one(view: View, text: str) -> str | None:
    for pattern, form in _forms(view.gettext):
        match = re.fullmatch(pattern, text)
        if match:
            return form % {name: _shown(view, value) for name, value in match.groupdict().items()}
    return None


def _shown(view: View, value: str) -> str:
    points = compass_points(view.gettext)
    if value in points:
        return points[value]
    _ = view.gettext
    words = {
        "m": _("m"),
        "km": _("km"),
        "one": "1",
        "two": "2",
        "not stated": _("not stated"),
        "nan": "–",
        **kind_words(_),
    }
    if value in words:
        return words[value]
    plain = value.replace("-", "−") if re.fullmatch(r"-[\d.]+", value) else value
    return plain.replace(".", ",") if re.fullmatch(r"−?[\d.–]+", plain) else plain


def _forms(_: Translate) -> list[tuple[str, str]]:
    number, span = r"[\d.e+]+", r"[\d.e+]+–[\d.e+]+"
    place = (
        rf"at (?P<distance>{number}) (?P<metres>k?m) downwind, wind (?P<speed>{number}) m/s "
        r"from (?P<point>[NESW]+)"
    )
    return [
        *norm_forms(_),
        *h2s_forms(_),
        (
            r"the engine places no point for this wind; sample upwind and downwind of the fence",
            _("the engine places no point for this wind: sample upwind and downwind of the fence"),
        ),
        (
            rf"(?P<clock>[\d:–]+) local time, wind from (?P<point>[NESW]+) \((?P<degrees>\d+)°\), "
            rf"(?P<speed>{span}) m/s",
            _("%(clock)s local time, wind from %(point)s (%(degrees)s°), %(speed)s m/s"),
        ),
        (
            rf"at any hour local time, wind from (?P<point>[NESW]+) \((?P<degrees>\d+)°\), "
            rf"(?P<speed>{span}) m/s",
            _("at any hour, wind from %(point)s (%(degrees)s°), %(speed)s m/s"),
        ),
        (
            rf"(?P<pollutant>\S+) about (?P<value>{number}) µg/m³ over the upwind value "
            rf"\((?P<span>{span}) from the rate alone\) {place}",
            _(
                "%(pollutant)s about %(value)s µg m⁻³ over the upwind value (%(span)s from the rate alone) "
                "at %(distance)s %(metres)s downwind, wind %(speed)s m/s from %(point)s"
            ),
        ),
        (
            rf"(?P<pollutant>\S+) about (?P<value>{number}) µg/m³ over the upwind value if it emits as "
            rf"declared, within (?P<span>{span}) in half of the hours {place}",
            _(
                "%(pollutant)s about %(value)s µg m⁻³ over the upwind value if it emits as declared, within "
                "%(span)s in half of the hours, at %(distance)s %(metres)s downwind, wind %(speed)s m/s from "
                "%(point)s"
            ),
        ),
    ]
