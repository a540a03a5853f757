"""Documents as a whole: what they hold, what they never hold, and that they are the same each time."""

from __future__ import annotations

import json
import re
import zipfile
from html.parser import HTMLParser
from itertools import pairwise

import made_up_results as factory
import pytest

from sootprint.core.errors import ConfigError, InputError
from sootprint.report import Results, Summary, build
from sootprint.report.crate import safe_for_spreadsheets


class Page(HTMLParser):
    """Tags, attributes and texts of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.texts.append(data)

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    folder = tmp_path_factory.mktemp("full")
    return build(factory.full_results(), folder)


@pytest.fixture(scope="module")
def page(built):
    return Page(built.html.read_text(encoding="utf-8"))


def test_page_loads_nothing_and_runs_only_its_own_script(page):
    assert all(image["src"].startswith("data:image/svg+xml;base64,") for image in page.all("img"))
    assert not page.all("link")
    assert not page.all("iframe")
    assert len(page.all("script")) == 1
    policy = next(item["content"] for item in page.all("meta") if item.get("http-equiv"))
    assert "default-src 'none'" in policy
    assert "script-src 'sha256-" in policy


def test_page_can_be_read_without_seeing_it(page):
    assert page.all("html")[0]["lang"] == "en"
    assert all(image["alt"] for image in page.all("img"))
    assert len(page.all("caption")) == len(page.all("table")) > 12
    assert len(page.all("figcaption")) == len(page.all("figure")) > 12
    levels = [int(tag[1]) for tag, _ in page.tags if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))


def test_hostile_names_stay_text(page, built):
    assert any(factory.HOSTILE in text for text in page.texts)
    assert "<script>alert" not in built.html.read_text(encoding="utf-8")


def test_pdf_is_archival_and_holds_hostile_names_as_text(built):
    data = built.pdf.read_bytes()
    assert data.startswith(b"%PDF-1.7")
    assert b"pdfaid:part" in data
    assert b"pdfuaid:part" in data


def test_synthetic_city_says_so_everywhere(built, page):
    assert sum("SYNTHETIC CITY" in text for text in page.texts) >= 2
    assert json.loads(built.findings.read_text(encoding="utf-8"))["case"]["synthetic"] is True
    with zipfile.ZipFile(built.crate) as packed:
        assert "SYNTHETIC CITY" in packed.read("ro-crate-metadata.json").decode()


def test_words_of_complaints_and_exact_places_go_nowhere(built):
    forbidden = [factory.COMPLAINT_WORDS, "82.612345", "49.945678"]
    texts = [built.html.read_text(encoding="utf-8"), built.findings.read_text(encoding="utf-8")]
    with zipfile.ZipFile(built.crate) as packed:
        for name in packed.namelist():
            data = packed.read(name)
            assert factory.COMPLAINT_WORDS.encode() not in data, name
            if name.endswith((".csv", ".json")):
                texts.append(data.decode())
        complaints = packed.read("tables/complaints.csv").decode().splitlines()
    assert not [word for word in forbidden for text in texts if word in text]
    assert complaints[0] == "time_start,lon,lat,kind,severity"
    assert complaints[1].endswith("82.61,49.95,smell,3")


def test_same_results_give_the_same_bytes(tmp_path):
    case = {**factory.without_inventory().case}
    names = ("norms", "exceedances", "episodes", "directional_sectors", "complaints")
    tables = {name: factory.full_results().tables[name] for name in names}
    made = [
        build(Results(case=case, tables=tables, evidence=factory.evidence()), tmp_path / name)
        for name in ("one", "two")
    ]
    for part in ("html", "pdf", "findings", "crate"):
        assert getattr(made[0], part).read_bytes() == getattr(made[1], part).read_bytes(), part


def test_without_inventory_the_report_names_sectors_and_says_so(tmp_path):
    results = factory.without_inventory()
    keep = {name: results.tables[name] for name in ("exceedances", "directional_sectors", "norms")}
    made = build(Results(case=results.case, tables=keep), tmp_path)
    text = made.html.read_text(encoding="utf-8")
    assert "not plants" in text
    assert "SYNTHETIC" not in text
    assert 'id="declared"' not in text
    assert 'id="inspections"' not in text
    assert json.loads(made.findings.read_text(encoding="utf-8"))["contributions"] == []


def test_empty_results_still_give_a_document(tmp_path):
    made = build(Results(case=factory.without_inventory().case), tmp_path, languages=("ru", "kk"))
    assert made.pdf.stat().st_size > 5000
    assert "No reading could be compared" in made.html.read_text(encoding="utf-8")
    assert set(made.others) == {"report.ru.html", "report.ru.pdf", "report.kk.html", "report.kk.pdf"}
    assert 'lang="kk"' in made.others["report.kk.html"].read_text(encoding="utf-8")


def test_summary_fits_its_schema(built):
    text = built.findings.read_text(encoding="utf-8")
    summary = Summary.model_validate_json(text)
    assert summary.format == "sootprint-findings/1"
    assert summary.data.quarantined_by_code == {"CMP-PLACE": 1, "OBS-FUTURE-DATE": 1, "OBS-RANGE": 1}
    assert summary.operator_hours_by_reason == {"calm": 82, "missing wind": 17, "served": 141}
    observed = next(item for item in summary.contributions if item.component == "observed")
    assert observed.contribution_ugm3.mean == 163.0
    assert observed.contribution_ugm3.q05 is None
    assert all(
        "description" in item or "type" in item or "anyOf" in item
        for item in Summary.model_json_schema()["$defs"]["NormSummary"]["properties"].values()
    )


def test_crate_holds_every_file_with_its_hash(built):
    import hashlib

    with zipfile.ZipFile(built.crate) as packed:
        names = packed.namelist()
        assert names == sorted(names)
        assert {item.date_time for item in packed.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        graph = {item["@id"]: item for item in json.loads(packed.read("ro-crate-metadata.json"))["@graph"]}
        files = {name for name in names if name != "ro-crate-metadata.json"}
        listed = {item["@id"] for item in graph["./"]["hasPart"]}
        assert {name.replace(" ", "%20") for name in files} == listed
        for name in files:
            assert graph[name]["sha256"] == hashlib.sha256(packed.read(name)).hexdigest()
    action = graph["#run"]
    assert action["@type"] == "CreateAction"
    assert action["instrument"] == {"@id": "#sootprint"}
    assert len(action["object"]) == len(factory.evidence())
    assert graph["#sootprint"]["author"] == {"@id": "#developers"}


def test_crate_reads_back_with_the_library(built):
    from rocrate.rocrate import ROCrate

    crate = ROCrate(str(built.crate))
    assert crate.name == factory.full_results().case["title"]
    assert {"report.html", "report.pdf", "findings.json"} <= {item.id for item in crate.data_entities}


def test_no_cell_of_a_csv_runs_as_a_formula():
    table = factory.stations().assign(name=["=cmd()", "+1", "@x", "plain"])
    assert safe_for_spreadsheets(table)["name"].tolist() == ["'=cmd()", "'+1", "'@x", "plain"]


def test_unknown_language_and_bare_case_are_refused(tmp_path):
    with pytest.raises(ConfigError, match="'de'"):
        build(Results(case=factory.full_results().case), tmp_path, languages=("de",))
    with pytest.raises(InputError, match="zone"):
        Results(case={"title": "x", "place": "y", "period": (1, 2)})


def test_words_for_people_never_accuse(built):
    text = built.html.read_text(encoding="utf-8").casefold()
    body = re.sub(r"data:image/svg\+xml;base64,[a-z0-9+/=]+", "", text).replace("statement of guilt", "")
    assert not re.findall(r"\bguilt\w*|\bculprit\w*|\boffender\w*", body)
