"""The permit document: chapters, maps and workings as PDF/A, the same bytes from the same calculation."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from sootprint.report.blocks import Block, Chapter, Figure, Heading, Note, Paragraph
from sootprint.report.pdf import render_pdf
from sootprint.report.permit import workings
from sootprint.report.permit.answer_chapters import answers, contributions_chapter
from sootprint.report.permit.assumed_chapter import assumed_chapter
from sootprint.report.permit.model import Permit
from sootprint.report.permit.settings_chapter import calculated
from sootprint.report.permit.source_chapters import permitted_chapter, sources_chapter
from sootprint.report.permit.words import limit_text, method_name, substance
from sootprint.report.results import Results
from sootprint.report.view import View

PLACES_WORKED = 2
"""Leading sources whose contribution at the worst place is worked out, of the substance with most."""


def permit_view(permit: Permit, language: str) -> View:
    """View of the calculation in one language."""
    names = permit.facilities["name"].dropna().astype(str).tolist()
    made = pd.Timestamp(permit.made_at)
    case = {
        "title": ", ".join(names) or permit.inputs[0].name,
        "place": permit.inputs[0].name,
        "zone": "UTC",
        "period": (made, made),
    }
    tables = {"facilities": permit.facilities, "sources": permit.inventory}
    return View(Results(case=case, tables=tables, made_at=permit.made_at), language)


def write_document(permit: Permit, folder: Path, *, language: str = "en") -> Path:
    """``permit.pdf`` and ``maps/*.svg`` in a folder.

    Parameters
    ----------
    permit : Permit
        The calculation.
    folder : Path
        Folder that exists.
    language : {"en", "ru", "kk"}
        Language of the document and of the maps.

    Raises
    ------
    ConfigError
        If there is no catalogue for the language.
    """
    view = permit_view(permit, language)
    maps = draw_maps(view, permit, folder)
    path = folder / "permit.pdf"
    render_pdf(
        view, document_chapters(view, permit, maps), folder, path, template="permit", head=_head(view, permit)
    )
    return path


def _head(view: View, permit: Permit) -> dict[str, Any]:
    _ = view.gettext
    plants = permit.facilities["name"].fillna(permit.facilities["facility_id"]).astype(str)
    return {
        "kind": _("Calculation for a permit"),
        "title": _("Largest single concentrations by %(method)s")
        % {"method": method_name(view, permit.settings.method)},
        "plants": ", ".join(view.text(name) for name in plants.head(6)) + (" …" if len(plants) > 6 else ""),
        "file": view.text(permit.inputs[0].name),
        "calm": _("Nothing is said about calm air: the formula is undefined below 0.5 m/s."),
        "words": _(
            "Words: “modelled contribution” is what the formula gives a source in one wind. None of the "
            "numbers is a measurement, and none is a statement of guilt."
        ),
    }


def document_chapters(view: View, permit: Permit, maps: dict[str, str]) -> list[Chapter]:
    """All chapters in their order."""
    _ = view.gettext
    return [
        calculated(view, permit),
        answers(view, permit),
        sources_chapter(view, permit),
        _workings_chapter(view, permit),
        _maps_chapter(view, permit, maps),
        _contributions(view, permit),
        permitted_chapter(view, permit),
        assumed_chapter(view, permit),
        Chapter(
            "appendix", _("Appendix: all intermediate values"), (workings.intermediates_table(view, permit),)
        ),
    ]


def _workings_chapter(view: View, permit: Permit) -> Chapter:
    _ = view.gettext
    rows = workings.leading_rows(permit)
    shown = rows.head(permit.settings.worked)
    blocks: list[Block] = [
        Paragraph(
            _(
                "Each value follows from the printed numbers of its line, so that it can be checked with "
                "a pencil; the printed digits are carried on. Formula numbers are those of OND-86."
            )
        )
    ]
    if len(shown) < len(rows):
        text = _(
            "The %(shown)s of %(total)s rows of source and pollutant with the largest cm in parts of the "
            "limit are worked out here; the appendix has the intermediate values of all."
        )
        blocks.append(Note(text % {"shown": view.count(len(shown)), "total": view.count(len(rows))}))
    blocks += workings.workings(view, permit, shown.to_dict("records"))
    return Chapter("workings", _("Workings"), blocks)


def _maps_chapter(view: View, permit: Permit, maps: dict[str, str]) -> Chapter:
    _ = view.gettext
    blocks: list[Block] = []
    for name, file in maps.items():
        caption = _("%(substance)s: largest single concentration in parts of the limit; limit: %(limit)s") % {
            "substance": substance(view, permit, name),
            "limit": limit_text(view, permit, name),
        }
        worst = permit.points.loc[permit.points["point_id"] == f"worst:{name}"].iloc[0]
        alt = _("Map: the largest value is %(ratio)s, in wind from %(degrees)s° at %(speed)s m/s") % {
            "ratio": view.number(worst["ratio"], digits=3),
            "degrees": view.count(worst["wind_from_direction"]),
            "speed": view.number(worst["wind_speed"]),
        }
        blocks.append(Figure(file, caption, alt))
    if blocks:
        text = _(
            "Each place shows the largest value over all directions and speeds of the wind, each place "
            "in its own worst wind: no single hour looks like this. Without background."
        )
        blocks.insert(0, Paragraph(text))
    return Chapter("maps", _("Maps"), blocks)


def _contributions(view: View, permit: Permit) -> Chapter:
    """Shares, and the working of the leading ones at the worst place."""
    _ = view.gettext
    made = contributions_chapter(view, permit)
    blocks = [*made.blocks, *_place_workings(view, permit)]
    return Chapter(made.key, made.title, blocks)


def _place_workings(view: View, permit: Permit) -> list[Block]:
    """Working at the worst place of the substance with most whose leading source is a stack."""
    _ = view.gettext
    own = permit.points["point_id"] == "worst:" + permit.points["substance_or_group"]
    single = permit.points["substance_or_group"].isin(permit.sources["pollutant"])
    ranked = permit.points.loc[own & single].sort_values("ratio", ascending=False, kind="stable")
    for point in ranked.to_dict("records"):
        pollutant = point["substance_or_group"]
        shares = permit.contributions.loc[
            (permit.contributions["point_id"] == point["point_id"])
            & (permit.contributions["substance_or_group"] == pollutant)
        ]
        table = permit.sources.loc[permit.sources["pollutant"] == pollutant].set_index(
            "source_id", drop=False
        )
        leading = [str(name) for name in shares["source_id"].head(PLACES_WORKED)]
        rows = [table.loc[name].to_dict() for name in leading if table.loc[name, "kind"] == "point"]
        if not rows or rows[0]["source_id"] != leading[0]:
            continue
        made = [workings.place_working(view, row, point, crs=permit.crs) for row in rows]
        text = _("Working of the leading stacks at the worst place of %(substance)s")
        title = Heading(text % {"substance": substance(view, permit, pollutant)})
        return [title, *(block for block in made if block is not None)]
    return []


def draw_maps(view: View, permit: Permit, folder: Path) -> dict[str, str]:
    """Maps of all substances and groups with a limit: file name relative to the folder by substance."""
    from sootprint.report.figures import style
    from sootprint.report.permit.maps import permit_map

    _ = view.gettext
    place = folder / "maps"
    place.mkdir(exist_ok=True)
    for old in place.glob("*.svg"):
        old.unlink()
    made: dict[str, str] = {}
    own = permit.points.loc[permit.points["point_id"] == "worst:" + permit.points["substance_or_group"]]
    for worst in own.sort_values("ratio", ascending=False, kind="stable").to_dict("records"):
        name = str(worst["substance_or_group"])
        path = place / f"{re.sub(r'[^A-Za-z0-9.+_-]', '_', name)}.svg"
        title = _("%(substance)s: largest single concentration, parts of the limit") % {
            "substance": substance(view, permit, name)
        }
        figure = permit_map(
            _map_field(permit, name, worst),
            _map_sources(permit, name),
            title=title,
            language=view.language,
            tr=_,
            zone_wkt=permit.zone_wkt,
            receptors=permit.places.loc[permit.places["kind"] == "receptor"],
        )
        style.save(figure, path)
        made[name] = path.relative_to(folder).as_posix()
    return made


def _map_field(permit: Permit, name: str, worst: dict[str, Any]) -> Any:
    from sootprint.report.permit.maps import MapField

    part = permit.fields["ratio"].sel(substance_or_group=name).transpose("y", "x")
    return MapField(
        x=part["x"].to_numpy().astype(float),
        y=part["y"].to_numpy().astype(float),
        ratio=np.nan_to_num(part.to_numpy().astype(float)),
        worst_x=float(worst["x_m"]),
        worst_y=float(worst["y_m"]),
        worst=float(worst["ratio"]),
        wind_from=float(worst["wind_from_direction"]),
        wind_speed=float(worst["wind_speed"]),
        convergence=workings.convergence_deg(permit.crs, permit.sources),
    )


def _map_sources(permit: Permit, name: str) -> pd.DataFrame:
    """Sources that emit a substance or a member of a group, the leading ones at the worst place first."""
    members = permit.groups.loc[permit.groups["group_id"] == name, "members"]
    emitted = str(members.iloc[0]).split("+") if len(members) else [name]
    rows = permit.sources.loc[permit.sources["pollutant"].isin(emitted) & (permit.sources["cm_mg_m3"] > 0.0)]
    shares = permit.contributions.loc[permit.contributions["point_id"] == f"worst:{name}"]
    share = shares.set_index("source_id")["share"]
    numbers = permit.inventory.set_index("source_id")["source_number"]
    first = rows.drop_duplicates("source_id")
    labels = [str(numbers.get(key) if pd.notna(numbers.get(key)) else key) for key in first["source_id"]]
    return (
        first.assign(label=labels, share=first["source_id"].map(share).fillna(0.0).astype(float))
        .sort_values(["share", "source_id"], ascending=[False, True], kind="stable")
        .reset_index(drop=True)
    )
