"""A case is whole, hashed, resumable and repeatable."""

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import tiny

from sootprint.case.folder import CaseFolder
from sootprint.case.verify import verify
from sootprint.core.errors import CaseError, ConfigError, InputError, TamperedError


@pytest.fixture
def case(tmp_path):
    return tiny.tiny_case(tmp_path / "case")


def test_second_run_reuses_every_step(case):
    assert all(result.ran for result in tiny.investigate(case))
    assert not any(result.ran for result in tiny.investigate(case))
    assert len(list((case.path / "runs").iterdir())) == 1


def test_changed_setting_runs_only_what_depends_on_it(case):
    tiny.investigate(case)
    toml = case.settings_path
    toml.write_text(toml.read_text().replace("seed = 3", "seed = 4"))
    ran = {result.step.name: result.ran for result in tiny.investigate(case)}
    assert ran == {"numbers": False, "field": False, "total": True, "letter": True}
    assert (case.path / "runs" / "0002" / "letter.txt").is_file()
    assert not (case.path / "runs" / "0002" / "draft.txt").exists()


def test_from_step_runs_it_and_what_follows(case):
    tiny.investigate(case)
    ran = {result.step.name: result.ran for result in tiny.investigate(case, from_step="total")}
    assert ran == {"numbers": False, "field": False, "total": True, "letter": True}


def test_untouched_case_verifies_and_repeats(case):
    tiny.investigate(case)
    assert verify(case).ok
    outcome = tiny.repeat(case)
    assert outcome.ok
    assert all(item.same_bytes for item in outcome.comparisons)
    assert verify(case).ok


def _files(folder: Path) -> list[Path]:
    return sorted(item for item in folder.rglob("*") if item.is_file() and item.name != ".lock")


def test_one_changed_byte_in_any_file_is_found(case, tmp_path):
    tiny.investigate(case)
    names = [item.relative_to(case.path) for item in _files(case.path)]
    assert len(names) > 10
    generator = random.Random(7)
    for name in names:
        copy = tmp_path / "copy"
        shutil.copytree(case.path, copy)
        data = bytearray((copy / name).read_bytes())
        data[generator.randrange(len(data))] ^= 1 << generator.randrange(8)
        (copy / name).chmod(0o644)
        (copy / name).write_bytes(bytes(data))
        assert not verify(CaseFolder(copy)).ok, name
        shutil.rmtree(copy)


def test_every_byte_of_the_ledger_counts(case):
    raw = case.ledger.path.read_bytes()
    for position in range(0, len(raw), 7):
        changed = bytearray(raw)
        changed[position] ^= 1
        case.ledger.path.write_bytes(bytes(changed))
        assert not verify(case).ok, position
    case.ledger.path.write_bytes(raw)
    assert verify(case).ok


@pytest.mark.parametrize("kind", ["removed", "added", "cut"])
def test_missing_and_foreign_files_are_found(case, kind):
    tiny.investigate(case)
    if kind == "removed":
        next((case.path / "store").rglob("*.parquet")).unlink()
    elif kind == "added":
        (case.path / "runs" / "note.txt").write_text("x")
    else:
        lines = case.ledger.path.read_bytes().splitlines(keepends=True)
        case.ledger.path.write_bytes(b"".join(lines[:-1]))
    assert not verify(case).ok


def test_changed_output_is_made_again_and_said(case):
    tiny.investigate(case)
    next((case.path / "store").rglob("*.parquet")).write_bytes(b"other")
    ran = {result.step.name: result.ran for result in tiny.investigate(case)}
    assert ran["numbers"]
    assert [entry.data["was"] for entry in case.ledger.entries() if entry.event == "repaired"]
    assert verify(case).ok


def test_changed_evidence_stops_the_run(case):
    path = case.evidence()[0].path
    path.chmod(0o644)
    path.write_text("9\n")
    with pytest.raises(TamperedError, match="not as it was received"):
        tiny.investigate(case)


def test_evidence_is_never_replaced(case, tmp_path):
    with pytest.raises(InputError, match="in the case already"):
        case.add(tmp_path / "numbers.csv", "observations")


def test_wrong_setting_names_key_and_value(case):
    case.settings_path.write_text('[place]\nzone = "UTC+6"\nlat = 99\n')
    with pytest.raises(ConfigError, match=r"place\.zone.*UTC\+6|place\.lat"):
        case.settings()


def test_two_writers_do_not_meet(case):
    with case.writing(), pytest.raises(CaseError, match="in use"), CaseFolder(case.path).writing():
        pass


def test_folder_without_case_is_named(tmp_path):
    with pytest.raises(CaseError, match="no case in"):
        CaseFolder(tmp_path)


def _kill_at_random(victims: list[CaseFolder], longest: float, generator: random.Random) -> int:
    """Investigates the victims beside each other, each killed at its own moment; how many were hit."""
    running = []
    for victim in victims:
        process = os.fork()
        if process == 0:
            tiny.investigate(victim)
            os._exit(0)
        running.append((time.monotonic() + generator.uniform(0.0, longest), process))
    hit = 0
    for moment, process in sorted(running):
        time.sleep(max(0.0, moment - time.monotonic()))
        os.kill(process, signal.SIGKILL)
        hit += os.WIFSIGNALED(os.waitpid(process, 0)[1])
    return hit


def test_killed_at_any_moment_it_opens_and_goes_on(case, tmp_path):
    """SIGKILL at 40 random moments of a run: the case opens, goes on, verifies, ends as if never killed."""
    fresh = tmp_path / "fresh"
    shutil.copytree(case.path, fresh)
    tiny.investigate(CaseFolder(shutil.copytree(fresh, tmp_path / "imports"), by="tester"))
    began = time.monotonic()
    whole = {result.step.name: result.artifacts for result in tiny.investigate(case)}
    length = time.monotonic() - began
    generator = random.Random(11)
    kills = reused = 0
    for batch in range(10):
        victims = [
            CaseFolder(shutil.copytree(fresh, tmp_path / f"victim{batch}-{number}"), by="tester")
            for number in range(4)
        ]
        kills += _kill_at_random(victims, 1.2 * length, generator)
        for victim in victims:
            results = tiny.investigate(victim)
            reused += sum(not result.ran for result in results)
            assert verify(victim).ok
            for result in results:
                for name, artifact in result.artifacts.items():
                    assert artifact.sha256 == whole[result.step.name][name].sha256
    assert kills >= 20
    assert reused >= 20


def test_finished_steps_survive_a_kill(case):
    """A process that dies in the third step leaves the first two finished."""
    script = (
        "import os, signal, sys; sys.path.insert(0, sys.argv[2]); import tiny\n"
        "from sootprint.case.folder import CaseFolder\n"
        "tiny._sum = None\n"
        "def die(event):\n"
        "    if event.step.name == 'total' and event.state == 'started':\n"
        "        os.kill(os.getpid(), signal.SIGKILL)\n"
        "tiny.investigate(CaseFolder(sys.argv[1]), listener=die)\n"
    )
    folder = str(Path(tiny.__file__).parent)
    ended = subprocess.run([sys.executable, "-c", script, str(case.path), folder], check=False)
    assert ended.returncode == -signal.SIGKILL
    ran = {result.step.name: result.ran for result in tiny.investigate(case)}
    assert ran == {"numbers": False, "field": False, "total": True, "letter": True}
    assert verify(case).ok


def test_torn_last_line_is_set_aside(case):
    with case.ledger.path.open("ab") as file:
        file.write(b'{"number": 9, "ti')
        file.flush()
        os.fsync(file.fileno())
    assert not verify(case).ok
    tiny.investigate(case)
    assert any(entry.data.get("torn_line") for entry in case.ledger.entries())
    assert verify(case).ok
