"""Each line of the working is right with a pencil: the printed numbers give the printed value."""

from __future__ import annotations

import math
import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sootprint.core.errors import InputError
from sootprint.dispersion.ond86 import concentration, single_source
from sootprint.dispersion.ond86.arithmetic import evaluate, formula_text, printed
from sootprint.dispersion.ond86.working import Line, working, working_at

DOWN = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")
EXAMPLE = {
    "height_m": 35,
    "diameter_m": 1.4,
    "velocity_m_s": 7,
    "temperature_c": 125,
    "ambient_c": 25,
    "emission_g_s": 12,
}

sources = st.builds(
    single_source,
    height_m=st.floats(0, 400),
    diameter_m=st.floats(0.05, 12),
    velocity_m_s=st.floats(0.01, 80),
    temperature_c=st.floats(-30, 900).map(lambda value: round(value, 2)),
    ambient_c=st.sampled_from([-20.0, 0.0, 24.6, 28.5]),
    emission_g_s=st.floats(1e-9, 5e3),
    settling=st.sampled_from([1.0, 2.0, 2.5, 3.0]),
    region_coefficient=st.sampled_from([140.0, 200.0, 250.0]),
    relief=st.sampled_from([1.0, 1.3]),
    method=st.sampled_from(["ond86", "mrr2017"]),
)


def pencil(text: str) -> float:
    """Value of a printed formula, read from its signs alone."""
    plain = re.sub(r"([⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+)", lambda found: f"**({found.group().translate(DOWN)})", text)
    plain = plain.replace("^", "**").replace("·", "*").replace("−", "-").replace("π", "pi")
    plain = plain.replace("√", "sqrt").replace("∛", "cbrt")
    assert re.fullmatch(r"[\d\s.*()+\-/a-z]*", plain), text
    return float(eval(plain, {"__builtins__": {}}, {"sqrt": math.sqrt, "cbrt": math.cbrt, "pi": math.pi}))


def digits(text: str) -> int:
    return len(re.sub(r"·10.*|[−.]", "", text).lstrip("0"))


def assert_checks(line: Line) -> None:
    got, shown = pencil(line.substituted), pencil(line.text)
    count = digits(line.text)
    exact = math.isclose(got, shown, rel_tol=1e-12)
    # a tie of the last digit may go to either side
    half = 0.5 * 10.0 ** (math.floor(math.log10(abs(shown))) - count + 1) if shown else 0.0
    assert exact or (count >= 5 and abs(got - shown) <= half * (1.0 + 1e-9)), line


def test_a_tie_and_a_sum_of_roundings_do_not_mislead():
    tie = single_source(
        height_m=0.0, diameter_m=1.0, velocity_m_s=0.5, temperature_c=0.0, ambient_c=0.0, emission_g_s=1e-9,
        settling=3.0, region_coefficient=200.0, relief=1.0,
    )  # fmt: skip
    for line in working_at(tie, tie.xm, 0.0, 1.0):
        assert_checks(line)
    summed = single_source(
        height_m=400.0, diameter_m=10.25, velocity_m_s=1.05, temperature_c=0.0, ambient_c=-20.0,
        emission_g_s=1.5, settling=3.0, region_coefficient=250.0, relief=1.0,
    )  # fmt: skip
    made = {line.symbol: line for line in working(summed)}
    assert made["cm"].value == pytest.approx(summed.cm, rel=1e-4)
    assert digits(made["cm"].text) > 5


def test_lines_of_the_first_example_of_the_text():
    lines = {line.symbol: line for line in working(single_source(**EXAMPLE))}
    assert lines["f"].formula == "1000 · w₀² · D / (H² · ΔT)"
    assert lines["f"].substituted == "1000 · 7² · 1.4 / (35² · 100)"
    assert [lines[name].text for name in ("V1", "dT", "f", "vm", "n", "cm", "xm", "um")] == [
        "10.776", "100", "0.56", "2.0372", "1", "0.18642", "430.40", "2.2201",
    ]  # fmt: skip
    assert (lines["cm"].clause, lines["xm"].clause, lines["um"].clause) == ("2.1", "2.13", "2.16")


@settings(max_examples=300, deadline=None)
@given(sources)
def test_every_line_is_reproduced_from_what_is_printed(source):
    for line in working(source, limit_mg_m3=0.5, background_mg_m3=0.1):
        assert_checks(line)


@settings(max_examples=300, deadline=None)
@given(sources)
def test_working_agrees_with_the_engine(source):
    made = {line.symbol: line.value for line in working(source)}
    for name in ("cm", "xm", "um"):
        assert made[name] == pytest.approx(source[name], rel=1e-4)


@settings(max_examples=300, deadline=None)
@given(sources)
def test_values_are_carried_as_printed(source):
    made: dict[str, str] = {}
    for line in working(source):
        assert all(made.get(name, item.text) == item.text for name, item in line.inputs.items())
        made[line.symbol] = line.text


@settings(max_examples=300, deadline=None)
@given(sources, st.floats(0.01, 300), st.floats(0, 1), st.floats(0.5, 30))
def test_working_at_a_place_is_right_with_a_pencil_and_agrees_with_the_engine(source, reach, aside, wind):
    x = reach * source.xm
    y = round(aside * 0.3 * x, 3)
    lines = working_at(source, x, y, wind)
    for line in lines:
        assert_checks(line)
    expected = float(concentration(source, x, y, wind))
    assert lines[-1].symbol == "c"
    # far off the axis the factor s2 falls with the eighth power of its argument
    assert lines[-1].value == pytest.approx(expected, rel=5e-3)


@pytest.mark.parametrize(
    ("changes", "branch", "symbols"),
    [
        ({}, "hot", {"m", "n", "vm", "fe"}),
        ({"temperature_c": 25}, "cold, lowest wind", {"ml"}),
        ({"temperature_c": 25, "velocity_m_s": 20}, "cold", {"K", "n"}),
        ({"temperature_c": 26, "velocity_m_s": 20}, "cold", {"K", "f"}),
        ({"velocity_m_s": 0.1}, "hot, lowest wind", {"ml", "m"}),
    ],
)
def test_lines_are_those_of_the_branch(changes, branch, symbols):
    source = single_source(**{**EXAMPLE, **changes})
    assert source.branch == branch
    made = {line.symbol for line in working(source)}
    assert symbols <= made
    assert ("K" in made) == (branch == "cold")


def test_conditions_hold_for_the_printed_numbers():
    limit = 0.65 * (math.pi / 4 * 0.5**2 * 100) ** (1 / 3)
    # a speed that five digits would round up to the other side of 0.5
    height = 5.0 * (limit / 5.0 ** (1 / 3) / 0.4999999) ** 3
    source = single_source(
        height_m=height, diameter_m=0.5, velocity_m_s=1.0, temperature_c=125, ambient_c=25, emission_g_s=1
    )
    assert 0.49999 < source.vm < 0.5
    line = next(line for line in working(source) if line.symbol == "vm")
    assert line.value < 0.5
    assert digits(line.text) > 5


def test_rectangular_mouth_has_the_line_of_its_diameter():
    source = single_source(**{**EXAMPLE, "diameter_m": None, "mouth_m": (2.0, 1.0)})
    lines = working(source, mouth_m=(2.0, 1.0))
    assert lines[0].substituted == "2 · 2 · 1 / (2 + 1)"
    assert lines[0].text == "1.3333"


def test_limit_gives_the_share_and_the_largest_emission():
    made = {line.symbol: line for line in working(single_source(**EXAMPLE), limit_mg_m3=0.5)}
    assert made["q"].substituted == "0.18642 / 0.5"
    assert made["Mp"].value == pytest.approx(12 * 0.5 / 0.18642, rel=1e-4)
    assert "Mp" not in {
        line.symbol for line in working(single_source(**EXAMPLE), limit_mg_m3=0.5, background_mg_m3=0.6)
    }


def test_numbers_are_printed_short_where_they_are_exact():
    texts = {
        100.0: "100",
        0.25: "0.25",
        1 / 3: "0.33333",
        1.23456e-7: "1.2346·10⁻⁷",
        2e9: "2·10⁹",
        -12.5: "−12.5",
        0.0: "0",
        105458.3: "105458",
    }
    assert {value: printed(value, 5).text for value in texts} == texts


def test_formula_text_keeps_the_order_of_operations():
    rng = np.random.default_rng(3)
    for expression in ("a0", "x / (y * z)", "x - (y - z)", "(x + y)**2 / z**(4/3)", "-x + sqrt(y / z)"):
        values = dict(zip("xyz", rng.uniform(1, 9, 3).round(3), strict=True)) | {"a0": 1.5}
        text = formula_text(expression, {name: str(value) for name, value in values.items()})
        assert pencil(text) == pytest.approx(evaluate(expression, values), rel=1e-13)
    assert formula_text("1 / x", {"x": "2·10⁻⁵"}) == "1 / (2·10⁻⁵)"
    assert formula_text("x - y", {"x": "3", "y": "−4"}) == "3 − (−4)"


def test_calm_and_upwind_are_refused():
    source = single_source(**EXAMPLE)
    with pytest.raises(InputError, match=r"0\.5 m/s"):
        working_at(source, 500.0, wind_speed=0.4)
    with pytest.raises(InputError, match="downwind"):
        working_at(source, 0.0)
    with pytest.raises(InputError, match="limit"):
        working(source, limit_mg_m3=0.0)
