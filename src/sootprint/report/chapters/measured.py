"""What was measured: posts, coverage, faults of the data."""

from __future__ import annotations

import pandas as pd

from sootprint.report.blocks import Block, Cell, Chapter, Column, Facts, Heading, Paragraph, Table
from sootprint.report.view import View, count_cell, foreign_cell, make_table, number_cell, share_cell

USABLE = ("valid", "below_detection")
FLAGS = ("valid", "below_detection", "missing", "suspect")


def chapter(view: View) -> Chapter:
    """Chapter of the measurements."""
    _ = view.gettext
    observations = view.table("observations")
    blocks: list[Block] = [Facts(_facts(view, observations))]
    blocks += view.figure(
        "map",
        _(
            "Posts and sources on a grid of kilometres. A wedge starts at a post and opens towards the "
            "sector that the evidence supports for the leading pollutant; its length has no meaning."
        ),
        _("Map with the place of every monitoring post and of every declared source"),
    )
    if len(view.table("stations")):
        blocks.append(_posts(view))
    if len(observations):
        blocks.append(_coverage_table(view, observations))
    blocks += view.figure(
        "coverage",
        _("Readings over time: where a row is empty, nothing was measured."),
        _("Chart with a row for each post and pollutant that shows when there were valid readings"),
    )
    blocks += _faults(view)
    return Chapter("measured", _("What was measured"), blocks)


def _facts(view: View, observations: pd.DataFrame) -> list[tuple[str, str]]:
    _ = view.gettext
    start, end = view.results.period
    quarantined = sum(view.results.quarantined_by_code().values())
    usable = int((observations["flag"].isin(USABLE) & observations["value_ugm3"].notna()).sum())
    made = [
        (
            _("Period"),
            _("%(start)s to %(end)s, clock of %(zone)s")
            % {"start": view.local(start), "end": view.local(end), "zone": view.results.case["zone"]},
        ),
        (_("Posts"), view.count(len(view.table("stations")))),
        (
            _("Rows of readings"),
            _("%(all)s, of them %(usable)s with a usable value")
            % {"all": view.count(len(observations)), "usable": view.count(usable)},
        ),
        (_("Rows in quarantine"), view.count(quarantined)),
    ]
    weather = view.table("weather")
    if len(weather):
        with_wind = weather["wind_speed"].notna() & weather["wind_from_direction"].notna()
        made.append(
            (
                _("Hours of weather"),
                _("%(hours)s, of them %(wind)s with wind speed and direction")
                % {"hours": view.count(len(weather)), "wind": view.percent(with_wind.mean())},
            )
        )
    complaints = view.table("complaints")
    if len(complaints):
        made.append((_("Complaints"), _complaints_text(view, complaints)))
    return made


def _complaints_text(view: View, complaints: pd.DataFrame) -> str:
    _ = view.gettext
    return _("%(count)s between %(first)s and %(last)s; their words are personal data and are not shown") % {
        "count": view.count(len(complaints)),
        "first": view.local(complaints["time_start"].min()),
        "last": view.local(complaints["time_start"].max()),
    }


def _posts(view: View) -> Table:
    _ = view.gettext
    rows = [
        [
            Cell(view.text(row.station_id)),
            Cell(view.text(row.name)),
            foreign_cell(view, row.kind),
            Cell(view.text(row.operator)),
            number_cell(view, row.lat, digits=6),
            number_cell(view, row.lon, digits=6),
            number_cell(view, row.inlet_height_m),
        ]
        for row in view.table("stations").sort_values("station_id").itertuples(index=False)
    ]
    return make_table(
        _("Posts"),
        [
            Column(_("Post")),
            Column(_("Name"), width=3),
            Column(_("kind"), width=1.1),
            Column(_("operator"), width=1.4),
            Column(_("latitude"), "right"),
            Column(_("longitude"), "right"),
            Column(_("inlet height, m"), "right", 0.8),
        ],
        rows,
    )


def _coverage_table(view: View, observations: pd.DataFrame) -> Table:
    _ = view.gettext
    start, end = view.results.period
    seconds = (end - start).total_seconds()
    rows = []
    for (station, pollutant), part in observations.groupby(["station_id", "pollutant"], sort=True):
        counts = part["flag"].value_counts()
        good = part["flag"].isin(USABLE) & part["value_ugm3"].notna()
        inside = good & (part["time_start"] >= start) & (part["time_start"] < end)
        covered = part.loc[inside].drop_duplicates("time_start")["duration_s"].sum() / seconds
        rows.append(
            [
                Cell(view.post(station)),
                Cell(view.text(pollutant)),
                *[count_cell(view, counts.get(flag, 0)) for flag in FLAGS],
                share_cell(view, covered),
            ]
        )
    return make_table(
        _("Readings by post and pollutant"),
        [
            Column(_("Post")),
            Column(_("Pollutant")),
            *[Column(view.word(flag), "right") for flag in FLAGS],
            Column(_("share of the period covered"), "right", 1.2),
        ],
        rows,
        note=_("Missing and suspect readings are counted and are not used in means."),
    )


def _faults(view: View) -> list[Block]:
    _ = view.gettext
    findings = view.table("findings")
    if findings.empty:
        return [Heading(_("Faults of the data")), Paragraph(_("No fault was found in the data."))]
    keys = ["severity", "code", "file", "rule", "cure"]
    grouped = findings.assign(file=findings["file"].fillna("")).groupby(keys, sort=True, dropna=False)
    rank = {"error": 0, "quarantine": 1, "warning": 2, "info": 3}
    ordered = sorted(
        ((key, len(part)) for key, part in grouped),
        key=lambda item: (rank[item[0][0]], -item[1], item[0][1:3]),
    )
    rows = [
        [
            Cell(view.word(severity), rank[severity], "over" if severity == "error" else ""),
            Cell(view.text(code), code=True),
            count_cell(view, view.results.rows_held(str(code), str(file), count)),
            Cell(view.text(file)),
            foreign_cell(view, rule),
            foreign_cell(view, cure),
        ]
        for (severity, code, file, rule, cure), count in ordered
    ]
    table = make_table(
        _("Faults and remarks by reason"),
        [
            Column(_("Severity"), width=1.1),
            Column(_("Code"), width=1.6),
            Column(_("Rows"), "right", 0.6),
            Column(_("File"), width=1.6),
            Column(_("Rule"), width=2.6),
            Column(_("Cure"), width=2.6),
        ],
        rows,
        note=_("A row in quarantine is kept out of every number of this document."),
    )
    return [Heading(_("Faults of the data")), table, *_guesses(view)]


def _guesses(view: View) -> list[Block]:
    _ = view.gettext
    guesses = view.table("guesses")
    if guesses.empty:
        return []
    rows = [
        [
            Cell(view.text(row.file)),
            foreign_cell(view, row.subject),
            foreign_cell(view, row.taken),
            foreign_cell(view, row.because),
        ]
        for row in guesses.itertuples(index=False)
    ]
    return [
        make_table(
            _("What the files do not state and was taken for granted"),
            [
                Column(_("File"), width=1.4),
                Column(_("Subject"), width=1.2),
                Column(_("Taken"), width=1.6),
                Column(_("Because"), width=2.4),
            ],
            rows,
            paper_rows=12,
        )
    ]
