"""Numbers as people read them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sootprint.report.numbers import format_number, interval_text, percent, share_text


@pytest.mark.parametrize(
    ("value", "digits", "locale", "text"),
    [
        (0.04567, 2, "en", "0.046"),
        (1234.5, 2, "en", "1,234"),
        (1234.6, 2, "ru", "1\xa0235"),
        (2.345, 3, "kk", "2,35"),
        (-3.21, 2, "en", "−3.2"),
        (1.234e-6, 2, "en", "1.2×10⁻⁶"),
        (0.0, 2, "en", "0"),
        (None, 2, "en", "–"),
        (float("nan"), 2, "en", "–"),
        (float("inf"), 2, "en", "–"),
    ],
)
def test_significant_digits(value, digits, locale, text):
    assert format_number(value, digits, locale=locale) == text


@pytest.mark.parametrize(
    ("numbers", "text"),
    [
        ((12.34, 8.1, 17.2), "12 (8.1–17)"),
        ((12.34, 11.91, 12.72), "12.3 (11.9–12.7)"),
        ((12.0, 0.3, 400.0), "12 (0.30–400)"),
        ((-31.0, -52.0, -16.0), "−31 (−52 – −16)"),
        ((4.3, 2.1, None), "4.3 (≥ 2.1)"),
        ((4.3, None, None), "4.3"),
        ((None, 1.0, 2.0), "–"),
        ((5.0, 5.0, 5.0), "5.0 (5.0–5.0)"),
    ],
)
def test_interval_has_the_digits_of_its_width(numbers, text):
    assert interval_text(*numbers) == text


def test_unit_stands_behind_the_interval():
    assert interval_text(12.3, 8.1, 17.2, unit="µg m⁻³") == "12 (8.1–17) µg m⁻³"


def test_shares_are_percentages():
    assert percent(0.342) == "34 %"
    assert percent(0.0342, locale="ru") == "3,4 %"
    assert share_text(0.34, 0.21, 0.48) == "34 % (21–48 %)"
    assert share_text(0.05, -0.02, 0.12) == "5.0 % (−2.0 – 12 %)"


@given(st.floats(min_value=1e-3, max_value=1e9))
def test_shown_number_is_within_half_a_last_digit(value):
    shown = float(format_number(value, 2).replace(",", ""))
    assert abs(shown - value) <= 0.05 * value + 1e-12
