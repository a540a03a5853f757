"""Words of the tables' closed vocabularies, in the language of the reader."""

from __future__ import annotations

import re

from sootprint.report.languages import Translate


def vocabulary(_: Translate) -> dict[str, str]:
    """Translated words by their value in the schemas."""
    return {
        "exceeded": _("exceeded"),
        "not exceeded": _("not exceeded"),
        "not assessable": _("not assessable"),
        "verified": _("verified"),
        "secondary": _("secondary source"),
        "unverified": _("unverified"),
        "assumed": _("assumed"),
        "stagnation": _("stagnation"),
        "ventilated": _("ventilated"),
        "unknown weather": _("unknown weather"),
        "consistent with": _("consistent with"),
        "consistent with declared": _("consistent with declared"),
        "above declared": _("above declared"),
        "below declared": _("below declared"),
        "not decidable": _("not decidable"),
        "valid": _("valid"),
        "below_detection": _("below detection"),
        "missing": _("missing"),
        "suspect": _("suspect"),
        "error": _("error"),
        "quarantine": _("quarantine"),
        "warning": _("warning"),
        "info": _("remark"),
        "served": _("served"),
        "calm": _("calm"),
        "stagnant": _("stagnant"),
        "missing wind": _("missing wind"),
        "missing stability": _("missing stability"),
        "missing mixing height": _("missing mixing height"),
        "missing temperature": _("missing temperature"),
        "source": _("source"),
        "group": _("group of sources"),
        "background": _("background"),
        "unexplained": _("unexplained"),
        "observed": _("observed"),
        "declared": _("declared"),
        "permitted": _("permitted"),
        "measured": _("measured"),
        "observations": _("observations"),
        "weather": _("weather"),
        "sources": _("sources"),
        "complaints": _("complaints"),
        "all": _("all"),
        "engine": _("engine"),
        "formulas": _("formulas"),
        "land use": _("land use"),
        "grid": _("grid"),
        "options": _("options"),
        "hash of the engine's inputs": _("hash of the engine's inputs"),
        "other directions": _("other directions"),
        "low": _("low"),
        "elevated": _("elevated"),
        "high": _("high"),
        "very high": _("very high"),
        "day": _("daytime"),
        "night": _("night"),
        "none": _("no regime"),
        "without_degree": _("without degree"),
        "unknown": _("unknown"),
        "stagnant_air": _("stagnant air"),
        "poor_ventilation": _("poor ventilation"),
        "still_under_inversion": _("still air under an inversion"),
        "low_lid": _("low lid of an inversion"),
        "fog": _("fog"),
        "covaries": _("follows sulphur dioxide"),
        "independent": _("independent"),
        "stated": _("as stated"),
        "number": _("by its number"),
        "ambiguous": _("ambiguous"),
        "unmatched": _("not matched"),
        "stack": _("stack monitoring"),
        "operator": _("readings and dispersion"),
        "matched": _("readings in like weather"),
        "consistent with the promised cut": _("consistent with the promised cut"),
        "larger than promised": _("larger than promised"),
        "smaller than promised": _("smaller than promised"),
        "no cut visible": _("no cut visible"),
        "undecided": _("undecided"),
        "a cut of this size could not have been seen with these data": _(
            "a cut of this size could not have been seen with these data"
        ),
        "no answer": _("no answer"),
        "stack_monitoring": _("stack monitoring"),
        "fuel_use": _("fuel use"),
        "material_balance": _("material balance"),
    }


def compass_points(_: Translate) -> dict[str, str]:
    """Translated points of the compass."""
    return {
        "N": _("N"),
        "NNE": _("NNE"),
        "NE": _("NE"),
        "ENE": _("ENE"),
        "E": _("E"),
        "ESE": _("ESE"),
        "SE": _("SE"),
        "SSE": _("SSE"),
        "S": _("S"),
        "SSW": _("SSW"),
        "SW": _("SW"),
        "WSW": _("WSW"),
        "W": _("W"),
        "WNW": _("WNW"),
        "NW": _("NW"),
        "NNW": _("NNW"),
    }


def norm_text(label: str, _: Translate) -> str:
    """Label of a norm with its form in words, as ``SO2 EU 2008`` with the translated ``1-hour mean``.

    A remark in brackets at the end, as ``(alert)``, is said apart; a form that is not known stays as it is.
    """
    match = re.fullmatch(r"(\S+) ([A-Z]{2,3}(?: \d{4})?) (.+?)(?: \(([^()]+)\))?", label)
    if match is None:
        return label
    pollutant, issued, form, remark = match.groups()
    said, added = _norm_form(form, _), _norm_remark(remark, _) if remark else ""
    if said is None or added is None:
        return label
    head = f"{_named_in_words(_).get(pollutant, pollutant)} {issued} {said}"
    return f"{head} ({added})" if added else head


def _norm_form(form: str, _: Translate) -> str | None:
    plain = {
        "annual mean": _("annual mean"),
        "daily mean": _("daily mean"),
        "single maximum, 20–30 min": _("single maximum, 20–30 min"),
    }
    if form in plain:
        return plain[form]
    for pattern, words in (
        (r"(\d+)-hour mean", _("%(length)s-hour mean")),
        (r"(\d+)-minute mean", _("%(length)s-minute mean")),
        (r"daily largest (\d+)-hour mean", _("daily largest %(length)s-hour mean")),
        (r"rolling (\d+)-month mean", _("rolling %(length)s-month mean")),
        (
            r"peak-season mean of the daily largest (\d+)-hour mean",
            _("peak-season mean of the daily largest %(length)s-hour mean"),
        ),
    ):
        found = re.fullmatch(pattern, form)
        if found:
            return words % {"length": found.group(1)}
    return None


def _norm_remark(remark: str, _: Translate) -> str | None:
    plain = {
        "alert": _("alert"),
        "information": _("information"),
        "target": _("target"),
        "secondary": _("secondary standard"),
    }
    step = re.fullmatch(r"interim target (\d+)", remark)
    if step:
        return _("interim target %(number)s") % {"number": step.group(1)}
    return remark if re.fullmatch(r"\d{4}", remark) else plain.get(remark)


def _named_in_words(_: Translate) -> dict[str, str]:
    """Pollutants whose identifier is a word and no formula."""
    return {
        "phenol": _("phenol"),
        "formaldehyde": _("formaldehyde"),
        "soot": _("soot"),
        "dust_SiO2_below_20": _("dust with less than 20 % SiO2"),
        "dust_SiO2_20_70": _("dust with 20–70 % SiO2"),
        "dust_SiO2_above_70": _("dust with more than 70 % SiO2"),
    }


def averaging_text(seconds: float, _: Translate) -> str:
    """Averaging time in words; 31 million seconds and more are a year."""
    whole = round(float(seconds))
    if whole >= 31_000_000:
        return _("year")
    if whole % 86400 == 0 and whole > 86400:
        return _("%(days)d days") % {"days": whole // 86400}
    hours, minutes = _("h"), _("min")
    return f"{whole / 3600:g} {hours}" if whole >= 3600 else f"{whole / 60:g} {minutes}"
