"""Tasks on this machine and on a Dask cluster: nothing finished is lost, and the bytes are the same."""

import os
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from task_work import COUNT, STUCK, deadly, faulty, footprint, joined, note, notes, read_wind, stuck_once

from sootprint.core.errors import ConfigError, InputError
from sootprint.dispersion import task_cluster, task_files, tasks


@pytest.fixture(scope="module")
def notebook(tmp_path_factory):
    """Folder of notes, known to workers that are started later."""
    folder = tmp_path_factory.mktemp("notes")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TASK_NOTES", str(folder))
        yield folder


@pytest.fixture(autouse=True)
def _blank(notebook):
    for item in notebook.iterdir():
        item.unlink()


@pytest.fixture
def shared():
    return {"wind": np.linspace(0.0, 3.0, 24), "name": "basin"}


@pytest.fixture
def work():
    return tasks.operator_tasks(["P1", "P2", "P3", "P4"], 24, seed=7, receptors_each=2, hours_each=4)


def contents(folder):
    return {item.name: item.read_bytes() for item in sorted(Path(folder).glob("*.npz"))}


@pytest.fixture
def expected(tmp_path, work, shared):
    """Files of `footprint` computed here, one after the other."""
    tasks.run_tasks(footprint, work, shared=shared, folder=tmp_path / "expected")
    (Path(os.environ["TASK_NOTES"]) / "starts").unlink()
    return contents(tmp_path / "expected")


def arrays_of(files):
    """Arrays by task number, whatever the fingerprint of the function."""
    made = {}
    for name, content in files.items():
        place = Path(os.environ["TASK_NOTES"]) / "read.npz"
        place.write_bytes(content)
        with np.load(place) as held:
            made[int(name[:6])] = {key: held[key].tobytes() for key in ("H", "hour")}
    return made


def test_tasks_cover_every_receptor_and_hour_once(work):
    assert len(work) == COUNT
    cells = [(name, hour) for task in work for name in task.receptors for hour in range(24)[task.hours]]
    assert sorted(cells) == [(name, hour) for name in ("P1", "P2", "P3", "P4") for hour in range(24)]


def test_a_stream_does_not_depend_on_how_the_run_is_cut(tmp_path, work, shared):
    whole = tasks.operator_tasks(["P1", "P2", "P3", "P4"], 24, seed=7, receptors_each=4, hours_each=24)
    one = tasks.run_tasks(footprint, whole, shared=shared, folder=tmp_path / "one")[0]["H"]
    cut = np.empty((24, 4))
    for task, made in tasks.run_tasks(footprint, work, shared=shared, folder=tmp_path / "cut"):
        columns = [("P1", "P2", "P3", "P4").index(name) for name in task.receptors]
        cut[task.hours, columns[0] : columns[-1] + 1] = made["H"]
    np.testing.assert_array_equal(cut, one)
    assert len({work[0].stream(name, hour) for name in ("P1", "P2") for hour in range(500)}) == 1000


@pytest.mark.parametrize("workers", [1, 3])
def test_threads_make_the_same_bytes(tmp_path, work, shared, expected, workers):
    made = tasks.run_tasks(footprint, work, shared=shared, folder=tmp_path / "run", workers=workers)
    assert contents(tmp_path / "run") == expected
    assert len(made) == COUNT
    assert made.computed == tuple(range(COUNT))


def test_a_second_start_computes_nothing(tmp_path, work, shared, expected):
    told = []
    made = tasks.run_tasks(
        footprint, work, shared=shared, folder=tmp_path / "expected", told=lambda *item: told.append(item)
    )
    assert (made.computed, made.kept, told) == ((), tuple(range(COUNT)), [(COUNT, COUNT)])
    assert notes("starts") == []
    assert contents(tmp_path / "expected") == expected


def test_progress_is_told_for_every_task(tmp_path, work, shared):
    told = []
    tasks.run_tasks(
        footprint,
        work,
        shared=shared,
        folder=tmp_path / "run",
        workers=2,
        told=lambda *item: told.append(item),
    )
    assert told == [(done, COUNT) for done in range(1, COUNT + 1)]


CRASH = """
import os, signal, sys
sys.path.insert(0, sys.argv[1])
import numpy as np
import task_work as t
from sootprint.dispersion import tasks
work = tasks.operator_tasks(["P1", "P2", "P3", "P4"], 24, seed=7, receptors_each=2, hours_each=4)
shared = {"wind": np.linspace(0.0, 3.0, 24), "name": "basin"}
told = lambda done, total: done == 4 and os.kill(os.getpid(), signal.SIGKILL)
tasks.run_tasks(t.footprint, work, shared=shared, folder=sys.argv[2], told=told)
"""


def test_a_killed_run_loses_nothing_finished(tmp_path, work, shared, expected):
    ended = subprocess.run(
        [sys.executable, "-c", CRASH, str(Path(__file__).parent), str(tmp_path / "run")], check=False
    )
    assert ended.returncode == -signal.SIGKILL
    assert len(contents(tmp_path / "run")) == 4
    (Path(os.environ["TASK_NOTES"]) / "starts").unlink()
    (tmp_path / "run" / "000099-left.part").write_bytes(b"half")
    made = tasks.run_tasks(footprint, work, shared=shared, folder=tmp_path / "run")
    assert sorted(map(int, notes("starts"))) == sorted(made.computed)
    assert len(made.kept) == 4
    assert contents(tmp_path / "run") == expected
    assert not list((tmp_path / "run").glob("*.part"))


def test_damaged_files_are_computed_again_and_said(tmp_path, work, shared, expected):
    folder = tmp_path / "expected"
    paths = sorted(folder.glob("*.npz"))
    paths[1].write_bytes(paths[1].read_bytes()[:200])
    paths[2].write_bytes(b"")
    content = bytearray(paths[3].read_bytes())
    content[len(content) // 2] ^= 1
    paths[3].write_bytes(content)
    paths[4].write_bytes(paths[5].read_bytes())
    with np.load(paths[6]) as held:
        arrays = {name: held[name] for name in held.files}
    arrays["H"][0, 0] += 1e-12
    np.savez(paths[6], **arrays)
    with pytest.warns(RuntimeWarning, match="is computed again") as warned:
        made = tasks.run_tasks(footprint, work, shared=shared, folder=folder)
    assert sorted(made.damaged) == list(made.computed) == [1, 2, 3, 4, 6]
    assert len(warned) == 5
    assert "other inputs" in made.damaged[4]
    assert "not what was written" in made.damaged[6]
    assert contents(folder) == expected


def test_a_result_that_was_changed_is_not_handed_out(tmp_path, work, shared):
    made = tasks.run_tasks(footprint, work, shared=shared, folder=tmp_path / "run")
    made.paths[0].write_bytes(made.paths[1].read_bytes())
    with pytest.raises(InputError, match="other inputs"):
        made[0]


@pytest.mark.parametrize(
    ("compute", "wind", "seed"),
    [
        (partial(footprint, scale=2.0), 3.0, 7),
        (footprint, np.nextafter(3.0, 4.0), 7),
        (footprint, 3.0, 8),
        (stuck_once, 3.0, 7),
    ],
)
def test_other_inputs_are_other_files(tmp_path, work, expected, compute, wind, seed):
    (Path(os.environ["TASK_NOTES"]) / "stuck").touch()
    changed = [tasks.Task(item.index, item.receptors, item.start, item.stop, seed) for item in work]
    shared = {"wind": np.linspace(0.0, wind, 24), "name": "basin"}
    made = tasks.run_tasks(compute, changed, shared=shared, folder=tmp_path / "expected")
    assert len(made.computed) == COUNT
    held = contents(tmp_path / "expected")
    assert len(held) == 2 * COUNT
    assert {name: held[name] for name in expected} == expected


def test_failures_are_raised_after_the_others_are_stored(tmp_path, work, shared, expected):
    with pytest.raises(
        tasks.TaskError, match=r"task 3 \(receptors P3, P4; hours 4 to 7\) failed: Value"
    ) as found:
        tasks.run_tasks(faulty, work, shared=shared, folder=tmp_path / "run", workers=2)
    assert [task.index for task, _ in found.value.failures] == [3, STUCK]
    assert isinstance(found.value.__cause__, ValueError)
    others = arrays_of(expected)
    assert arrays_of(contents(tmp_path / "run")) == {k: v for k, v in others.items() if k not in (3, STUCK)}


def test_one_process_at_a_time_writes_to_a_folder(tmp_path, work, shared):
    with tasks._sole_user(tmp_path), pytest.raises(InputError, match="another process"):
        tasks.run_tasks(footprint, work, shared=shared, folder=tmp_path)


def test_functions_without_a_name_are_refused(tmp_path, work, shared):
    with pytest.raises(InputError, match="no name by which a worker finds it"):
        tasks.run_tasks(lambda task, shared: {}, work, shared=shared, folder=tmp_path)


@pytest.mark.parametrize("made", [{}, {"a b": np.ones(2)}, {"file": np.ones(2)}, {"x": np.array([None])}])
def test_results_that_are_no_arrays_are_refused(made):
    with pytest.raises(InputError, match="task returned"):
        task_files.encoded(made, "0", "task 0")


def test_inputs_without_a_hash_are_refused(tmp_path, work):
    with pytest.raises(InputError, match="among the inputs of tasks has no hash"):
        tasks.run_tasks(footprint, work, shared={"wind": threading.Lock()}, folder=tmp_path)


def test_hashes_tell_contents_apart():
    table = pd.DataFrame({"a": [1.0, 2.0], "b": ["x", None]})
    items = [
        1,
        1.0,
        "1",
        b"1",
        True,
        None,
        [1, 2],
        [[1], 2],
        [1, [2]],
        (1, 2),
        {"a": 1, "b": 2},
        {"a": 2, "b": 1},
        np.arange(4),
        np.arange(4).reshape(2, 2),
        np.arange(4.0),
        np.zeros(0),
        table,
        table.rename(columns={"b": "c"}),
        table.set_index("b"),
        table["a"],
        pd.Timestamp("2024-11-01"),
        tasks.Task(0, ("P1",), 0, 2, 1),
        partial(footprint, scale=2),
        partial(footprint, scale=3),
    ]
    hashes = [task_files.content_sha256(item) for item in items]
    assert len(set(hashes)) == len(items)
    assert task_files.content_sha256({"b": 2, "a": 1}) == hashes[10]
    assert task_files.content_sha256(np.asfortranarray(items[13])) == hashes[13]


def test_shared_files_are_read_once_and_checked(tmp_path, work, shared, expected):
    np.save(tmp_path / "wind.npy", shared["wind"])
    given = {"wind": tasks.SharedFile(tmp_path / "wind.npy", read_wind), "name": "basin"}
    tasks.run_tasks(footprint, work, shared=given, folder=tmp_path / "run", workers=3)
    assert len(notes("reads")) == 1
    assert arrays_of(contents(tmp_path / "run")) == arrays_of(expected)
    held = tasks.Shared.of(given)
    np.save(tmp_path / "wind.npy", shared["wind"] + 1)
    with pytest.raises(InputError, match="not the file that the run was started with"):
        held.value()


def test_a_missing_extra_names_its_cure(tmp_path, work, shared, monkeypatch):
    monkeypatch.setattr(task_cluster, "find_spec", lambda name: None)
    with pytest.raises(ConfigError) as found:
        tasks.run_tasks(footprint, work, shared=shared, folder=tmp_path, client="tcp://127.0.0.1:1")
    assert found.value.cure == 'pip install "sootprint[cluster]"'


@pytest.fixture(scope="module")
def cluster(notebook):
    pytest.importorskip("distributed")
    with task_cluster.local_client(1) as client:
        yield client


@pytest.fixture
def pair(cluster):
    cluster.cluster.scale(2)
    cluster.wait_for_workers(2)
    return cluster


def listening(process):
    addresses = {item.laddr.ip for item in process.net_connections("tcp") if item.status == "LISTEN"}
    return addresses.union(*(listening(child) for child in process.children()))


def test_a_worker_that_joins_changes_nothing(cluster, tmp_path, work, shared, expected):
    """One worker makes the bytes of this process; another that comes in mid-run is given the inputs too."""
    tasks.run_tasks(footprint, work, shared=shared, folder=tmp_path / "one", client=cluster)
    assert contents(tmp_path / "one") == expected

    def told(done, total):
        if done == 3:
            cluster.cluster.scale(2)
            cluster.wait_for_workers(2)
            note("joined", "yes")

    tasks.run_tasks(joined, work, shared=shared, folder=tmp_path / "run", client=cluster, told=told)
    assert len(set(notes("pids"))) == 2
    assert len(notes("pids")) == COUNT
    assert arrays_of(contents(tmp_path / "run")) == arrays_of(expected)


def test_a_local_cluster_makes_the_same_bytes_and_stays_on_this_machine(
    pair, tmp_path, work, shared, expected
):
    import psutil

    assert listening(psutil.Process()) == {"127.0.0.1"}
    port = pair.scheduler_info()["services"]["dashboard"]
    for page in ("status", "info/main/workers.html", "json/counts.json", "health"):
        with pytest.raises(urllib.error.HTTPError, match="404"):
            urllib.request.urlopen(f"http://127.0.0.1:{port}/{page}", timeout=5)
    np.save(tmp_path / "wind.npy", shared["wind"])
    told = []
    made = tasks.run_tasks(
        footprint,
        work,
        shared=shared,
        folder=tmp_path / "run",
        client=pair.scheduler.address,
        told=lambda *item: told.append(item),
    )
    assert contents(tmp_path / "run") == expected
    assert told[-1] == (COUNT, COUNT)
    assert sorted(map(int, notes("starts"))) == list(made.computed) == list(range(COUNT))
    given = shared | {"wind": tasks.SharedFile(tmp_path / "wind.npy", read_wind)}
    tasks.run_tasks(footprint, work, shared=given, folder=tmp_path / "files", client=pair)
    assert len(notes("reads")) == len(set(notes("reads"))) <= 2
    assert arrays_of(contents(tmp_path / "files")) == arrays_of(expected)


def test_a_killed_worker_costs_only_what_it_had_in_hand(pair, tmp_path, work, shared, expected):
    folder = tmp_path / "run"
    stored = []

    def told(done, total):
        if done == COUNT // 2:
            while not notes("stuck"):
                time.sleep(0.01)
            os.kill(int(notes("stuck")[0]), signal.SIGKILL)
            stored.extend(int(name[:6]) for name in contents(folder))

    made = tasks.run_tasks(stuck_once, work, shared=shared, folder=folder, client=pair, told=told)
    starts = [int(item) for item in notes("starts")]
    assert len(stored) == COUNT // 2
    assert {starts.count(index) for index in stored} == {1}
    assert starts.count(STUCK) == 2
    assert len(made.computed) == COUNT
    assert arrays_of(contents(folder)) == arrays_of(expected)
    here = tasks.run_tasks(stuck_once, work, shared=shared, folder=tmp_path / "here")
    assert contents(folder) == contents(tmp_path / "here")
    assert here.inputs_sha256 == made.inputs_sha256


@pytest.mark.slow
def test_workers_that_die_around_a_run_do_not_break_it(pair, tmp_path, work, shared, expected):
    """The shared inputs are handed out, and taken back, while no worker may be up."""
    pids = list(pair.run(os.getpid).values())

    def told(done, total):
        if done == total:
            os.kill(pids[1], signal.SIGKILL)

    os.kill(pids[0], signal.SIGKILL)
    for name in ("one", "two"):
        tasks.run_tasks(footprint, work, shared=shared, folder=tmp_path / name, client=pair, told=told)
        told = None
        assert contents(tmp_path / name) == expected


def test_failures_on_a_cluster_are_raised_after_the_others_are_stored(pair, tmp_path, work, shared):
    with pytest.raises(tasks.TaskError, match=r"task 3 .* failed: ValueError: no wind in hour 4") as found:
        tasks.run_tasks(faulty, work, shared=shared, folder=tmp_path, client=pair)
    assert [task.index for task, _ in found.value.failures] == [3, STUCK]
    assert len(contents(tmp_path)) == COUNT - 2


def test_an_interrupted_run_leaves_nothing_on_the_cluster(pair, tmp_path, work, shared, expected):
    def told(done, total):
        if done == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        tasks.run_tasks(footprint, work, shared=shared, folder=tmp_path, client=pair, told=told)
    held = pair.run_on_scheduler(lambda dask_scheduler=None: list(dask_scheduler.worker_plugins))
    assert not [name for name in held if name.startswith("sootprint")]
    assert len(contents(tmp_path)) == 3
    made = tasks.run_tasks(footprint, work, shared=shared, folder=tmp_path, client=pair)
    assert len(made.computed) == COUNT - 3
    assert contents(tmp_path) == expected


@pytest.mark.slow
def test_a_task_that_kills_its_workers_is_named_and_the_others_are_stored(
    pair, tmp_path, work, shared, expected
):
    def forgive(number, dask_scheduler=None):
        dask_scheduler.allowed_failures = number

    pair.run_on_scheduler(forgive, 0)
    with pytest.raises(
        tasks.TaskError, match=r"task 5 .* workers died while they computed it alone"
    ) as found:
        tasks.run_tasks(deadly, work, shared=shared, folder=tmp_path / "run", client=pair)
    pair.run_on_scheduler(forgive, task_cluster.ALLOWED_FAILURES)
    assert [task.index for task, _ in found.value.failures] == [STUCK]
    others = arrays_of(expected)
    others.pop(STUCK)
    assert arrays_of(contents(tmp_path / "run")) == others


def test_a_scheduler_that_does_not_answer_is_said(tmp_path, work, shared, monkeypatch):
    pytest.importorskip("distributed")
    monkeypatch.setattr(task_cluster, "CONNECT_S", 0.2)
    with pytest.raises(ConfigError, match=r"no scheduler answers at tcp://127\.0\.0\.1:1"):
        tasks.run_tasks(footprint, work, shared=shared, folder=tmp_path, client="tcp://127.0.0.1:1")
