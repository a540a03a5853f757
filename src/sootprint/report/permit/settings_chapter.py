"""Chapter of what was calculated: files, settings, and what the calculation says nothing about."""

from __future__ import annotations

from sootprint.report.blocks import Block, Chapter, Facts, Note
from sootprint.report.permit.maths import exact_text
from sootprint.report.permit.model import Permit
from sootprint.report.permit.words import plain_symbol
from sootprint.report.view import View


def calculated(view: View, permit: Permit) -> Chapter:
    """What was calculated, from which files, with which settings."""
    _ = view.gettext
    settings = permit.settings
    ambient = f"{exact_text(settings.ambient, view.language)} °C"
    if settings.ambient_c is None:
        ambient = _("%(value)s: ASSUMED, because none was stated") % {"value": ambient}
    entries = [
        (_("method"), method_text(view, permit)),
        *(
            (_file_role(view, item.role), f"{view.text(item.name)}; SHA-256 {item.sha256}")
            for item in permit.inputs
        ),
        (_("kind of emission"), view.word(settings.basis) + _other_basis(view, permit)),
        (_("air temperature %(symbol)s") % {"symbol": plain_symbol("Ta", view.language)}, ambient),
        (
            _("coefficient A of the region"),
            f"{exact_text(settings.region_coefficient, view.language)} ({view.word(settings.region_mark)})",
        ),
        (_("relief coefficient η"), exact_text(settings.relief, view.language)),
        (_("settling coefficient F"), _settling_text(view, permit)),
        (_("highest wind of the search u*"), _top_wind(view, permit)),
        (_("grid"), _grid_text(view, permit)),
        (_("background"), _background_text(view, permit)),
        (
            _("sanitary protection zone"),
            view.text(permit.zone_text) if permit.zone_wkt else _("none was given"),
        ),
        (_("program"), f"Sootprint {permit.version}"),
    ]
    blocks: list[Block] = [
        Note(
            _(
                "This calculation says nothing about calm air: the formula is undefined below 0.5 m/s. "
                "It gives the largest mean of 20–30 minutes in the worst wind. It is no series in time "
                "and does not say who contributed to a measured episode."
            )
        ),
        Facts(entries),
    ]
    return Chapter("calculated", _("What was calculated"), blocks)


def method_text(view: View, permit: Permit) -> str:
    """Name of the method with its legal source."""
    _ = view.gettext
    if permit.settings.method == "ond86":
        return _("OND-86, in Kazakhstan RND 211.2.01.01-97")
    return _(
        "MRR-2017, Order 273 of the Ministry of Natural Resources of the Russian Federation of 6 June "
        "2017; formula numbers are those of OND-86"
    )


def _file_role(view: View, role: str) -> str:
    _ = view.gettext
    return {
        "inventory": _("inventory"),
        "background": _("file of the background"),
        "zone": _("file of the zone"),
        "receptors": _("file of the receptors"),
    }[role]


def _other_basis(view: View, permit: Permit) -> str:
    """Remark on emissions of another kind than the preferred one."""
    _ = view.gettext
    other = permit.sources.loc[permit.sources["basis"] != permit.settings.basis]
    if other.empty:
        return ""
    return " " + _("(of %(count)s rows there was only: %(kinds)s)") % {
        "count": view.count(len(other)),
        "kinds": ", ".join(sorted({view.word(kind) for kind in other["basis"].dropna()})),
    }


def _settling_text(view: View, permit: Permit) -> str:
    _ = view.gettext
    text = _("by kind and cleaning of the pollutant; a value of the inventory goes before it")
    stated = "; ".join(
        f"{name}: {view.number(value)}" for name, value in sorted(permit.settings.settling.items())
    )
    return f"{text}; {stated}" if stated else text


def _top_wind(view: View, permit: Permit) -> str:
    _ = view.gettext
    text = f"{exact_text(permit.settings.top_wind, view.language)} {_('m/s')}"
    if permit.settings.top_wind_m_s is None:
        return _("%(value)s: ASSUMED, because none was stated") % {"value": text}
    return text


def _grid_text(view: View, permit: Permit) -> str:
    _ = view.gettext
    x, y = permit.fields["x"].to_numpy(), permit.fields["y"].to_numpy()
    step = float(x[1] - x[0]) if x.size > 1 else 0.0
    return _("%(columns)s × %(rows)s places, %(step)s m apart, %(crs)s; from x %(x)s, y %(y)s m") % {
        "columns": view.count(x.size),
        "rows": view.count(y.size),
        "step": exact_text(step, view.language),
        "crs": permit.crs,
        "x": view.count(x[0]),
        "y": view.count(y[0]),
    }


def _background_text(view: View, permit: Permit) -> str:
    _ = view.gettext
    if permit.background.empty:
        return _("none was given: contributions of these sources only")
    text = "; ".join(
        f"{view.text(row.pollutant)} {exact_text(row.background_mg_m3, view.language)} {_('mg/m³')}"
        for row in permit.background.itertuples(index=False)
    )
    if (permit.background["rows"] > 1).any():
        text += "; " + _("the largest of the gradations of the wind was taken")
    if permit.settings.own_in_background:
        text += "; " + _("the part of these sources was taken off it (section 7 of OND-86, unverified)")
    return text
