"""Warning of adverse weather: what it says and does not, in three languages, on one page."""

from datetime import UTC, datetime

import pandas as pd
import pytest

from sootprint.core import schema
from sootprint.core.errors import ConfigError
from sootprint.report.nmu_paper import warning_pdf, warning_text
from sootprint.report.nmu_warning import COLOURS, nmu_warning

BEGIN = pd.Timestamp("2024-12-24 15:00")
MADE = datetime(2024, 12, 24, 12, tzinfo=UTC)


def days(*words, mode="forecast", **more):
    starts = [BEGIN + pd.Timedelta(hours=12 * number) for number in range(len(words))]
    draft = pd.DataFrame(
        {
            "day_local": "2024-12-24",
            "period": "night",
            "time_start": starts,
            "time_end": [start + pd.Timedelta(hours=12) for start in starts],
            "mode": mode,
            "regime": list(words),
            "hours_in_regime": 12,
            "hours_adverse": 12,
            "hours_known": 12,
            "hours": 12,
            "complexes": "still_under_inversion;fog",
            "not_evaluated": "low_lid",
            "rules": "two_complexes_above_three_limits",
            "limit_ratio": 3.2,
            "marks": "R;A",
        }
    )
    return schema.check(draft.assign(**more), "nmu_days")


def ratios(*rows):
    draft = pd.DataFrame(rows, columns=["pollutant", "ratio", "understates"])
    return draft.assign(
        time_start=BEGIN - pd.Timedelta(hours=2), duration_s=1200.0, station_id="P1", norm_id="N",
        mark="secondary",
    )  # fmt: skip


def reductions(plants=1):
    rows = [
        {
            "regime": regime, "source_id": f"A{number}/1", "facility_id": f"A{number}", "pollutant": "SO2",
            "basis": "permitted", "rate_g_s": 100.0 + number, "reduction_from": low, "reduction_to": high,
            "rate_after_from_g_s": (100.0 + number) * (1 - low),
            "rate_after_to_g_s": (100.0 + number) * (1 - high), "rule_id": "R", "mark": "secondary",
            "source": "RD 52.04.52-85 (regulation of emissions under adverse meteorological conditions)",
        }
        for regime, low, high in (("I", 0.15, 0.2), ("II", 0.2, 0.4), ("III", 0.4, 0.6))
        for number in range(plants)
    ]  # fmt: skip
    return schema.check(pd.DataFrame(rows), "nmu_reductions")


def warning(*words, language="en", **given):
    more = {"ratios": ratios(("SO2", 3.2, False), ("H2S", 2.6, True)), "reductions": reductions()} | given
    return nmu_warning(days(*words), place="Test city", zone="Asia/Almaty", language=language, **more)


def test_the_text_says_when_what_weather_which_substances_and_what_is_asked():
    text = warning_text(warning("II", "II"))
    for part in (
        "WARNING OF THE SECOND DEGREE",
        "From 2024-12-24 20:00 to 2024-12-25 20:00, local time.",
        "Expected: calm under an inversion at the ground; fog",
        "Not judged, the weather data say nothing of it: an inversion low",
        "sulphur dioxide (SO2)",
        "3.2",
        "2.6 *",
        "20–40 %",
        "60–80",
        "secondary source",
        "Unverified: rules of the degree",
        "no official warning",
    ):
        assert part in text, part
    assert "[ORANGE]" in text
    for word in ("guilty", "culprit", "nan", "None"):
        assert word not in text


@pytest.mark.parametrize(("regime", "colour", "asked"), [("I", "yellow", "15–20"), ("III", "red", "40–60")])
def test_each_degree_has_its_colour_and_range(regime, colour, asked):
    made = warning(regime)
    assert made.colour == colour == COLOURS[regime]
    assert asked in warning_text(made)


def test_the_highest_degree_gives_the_title_and_each_run_is_told():
    text = warning_text(warning("I", "I", "III", "none"))
    assert "THIRD DEGREE" in text
    assert "2024-12-24 20:00 to 2024-12-25 20:00: first degree." in text
    assert "2024-12-26 08:00 to 2024-12-26 20:00: none." in text


@pytest.mark.parametrize("regime", ["none", "without_degree", "unknown"])
def test_without_a_degree_nothing_is_asked_of_plants(regime):
    text = warning_text(warning(regime))
    assert "asked" not in text
    assert "A0" not in text


def test_what_is_missing_is_said():
    text = warning_text(warning("II", ratios=None, reductions=None))
    assert "No readings were at hand" in text
    assert "no plant is named" in text
    assert "23 of 24" in warning_text(
        nmu_warning(days("II", "II", hours_known=[11, 12]), place="x", zone="UTC")
    )
    low = warning_text(warning("I", ratios=ratios(("SO2", 0.8, False))))
    assert "No reading was over its single maximum limit; the largest was 0.80" in low
    assert "SYNTHETIC CITY" in warning_text(warning("I", synthetic=True))


@pytest.mark.parametrize("language", ["en", "ru", "kk"])
def test_every_kind_of_warning_is_said_in_each_language(language):
    for regime in ("none", "without_degree", "I", "II", "III", "unknown"):
        text = warning_text(warning(regime, language=language, synthetic=True))
        assert "%(" not in text
        if language != "en":
            assert "Expected" not in text
            assert "degree" not in text


def test_kazakh_names_the_weather_as_the_service_does():
    text = warning_text(warning("II", language="kk"))
    assert "ҚОЛАЙСЫЗ МЕТЕОРОЛОГИЯЛЫҚ ЖАҒДАЙЛАР: ЕКІНШІ ДӘРЕЖЕЛІ ЕСКЕРТУ" in text


@pytest.mark.parametrize("language", ["en", "ru", "kk"])
def test_one_page_of_archival_pdf_that_is_the_same_each_time(tmp_path, language):
    full = ratios(*[(name, 9.0, True) for name in ("SO2", "NO2", "CO", "H2S", "PM10", "PM2.5")])
    names = pd.DataFrame({"facility_id": [f"A{n}" for n in range(30)], "name": "#eval(1) $x$ " + "W" * 90})
    made = warning(
        "II", "I", "III", "none", language=language, ratios=full, reductions=reductions(30), facilities=names,
        synthetic=True,
    )  # fmt: skip
    one, two = tmp_path / "one.pdf", tmp_path / "two.pdf"
    warning_pdf(made, one, made=MADE)
    warning_pdf(made, two, made=MADE)
    data = one.read_bytes()
    assert data == two.read_bytes()
    assert data.startswith(b"%PDF-1.7")
    assert b"pdfaid:part" in data
    assert b"/Type/Pages/Count 1/" in data


def test_unknown_language_is_refused():
    with pytest.raises(ConfigError):
        warning("I", language="de")
