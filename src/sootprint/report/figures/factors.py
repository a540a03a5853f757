"""Factors of many pollutants at one post: what each is made of, with its error."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from sootprint.report.figures import style
from sootprint.report.figures.style import BLUE, FAINT, INK, Translate, identity

ROW_HEIGHT = 1.05
"""Height of the panel of a factor [inch]."""


@style.styled
def factor_profiles_figure(profiles: pd.DataFrame, *, station_id: str, tr: Translate = identity) -> Figure:
    """Share of each pollutant that each factor makes, and the 90 % interval of that part by bootstrap.

    A pollutant without an interval has none: no bootstrap was made, or no run found the factor again.

    Parameters
    ----------
    profiles : DataFrame
        Table ``factor_profiles``.
    station_id : str
        Post.
    tr : callable
        Translation of the labels.
    """
    title = f"{tr('What each factor is made of')}: {station_id}"
    own = profiles[profiles["station_id"] == station_id]
    if own.empty:
        return style.empty_figure(title, tr("no factors"))
    factors = sorted(own["factor"].unique())
    species = own["species"].drop_duplicates().tolist()
    figure = style.new_figure(1.3 + ROW_HEIGHT * len(factors))
    rows = figure.subplots(len(factors), 1, sharex=True, sharey=True, squeeze=False)[:, 0]
    places = np.arange(len(species))
    for axes, factor in zip(rows, factors, strict=True):
        part = own[own["factor"] == factor].set_index("species").loc[species]
        share = part["share"].to_numpy(float)
        # an interval of the profile is one of the share, as the fitted total of a pollutant is one number
        with np.errstate(invalid="ignore", divide="ignore"):
            unit = np.where(part["profile"] > 0, share / part["profile"].to_numpy(float), np.nan)
        low, high = (part[name].to_numpy(float) * unit for name in ("bootstrap_q05", "bootstrap_q95"))
        axes.bar(places, 100 * share, width=0.7, color=BLUE)
        axes.vlines(places, 100 * low, 100 * np.minimum(high, 1.0), color=INK, lw=1.4)
        axes.set_ylim(0, 100)
        axes.set_yticks([0, 50, 100])
        axes.grid(axis="y", color=FAINT)
        axes.set_axisbelow(True)
        axes.set_title(f"{tr('factor')} {factor}", fontweight="normal")
    rows[-1].set_xticks(places, [style.pollutant_label(name) for name in species], rotation=90)
    figure.supylabel(tr("% of the pollutant"), fontsize=9)
    handles = [
        Patch(fc=BLUE, label=tr("part of the pollutant that the factor makes")),
        Line2D([], [], color=INK, lw=1.4, label=tr("90 % interval by bootstrap")),
    ]
    figure.legend(handles=handles, loc="outside lower center", ncols=2)
    style.headline(figure, title)
    return figure
