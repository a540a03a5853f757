"""Operators as independent tasks: receptors × hours, on this machine's threads or on a Dask cluster.

A task is a few numbers; what all tasks read is handed to each worker once. Every finished task is a file,
so that a run that was stopped goes on, and a lost worker costs what it had in hand.
"""

from __future__ import annotations

import hashlib
import threading
import warnings
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import as_completed as in_order_of_end
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from sootprint.core.errors import InputError, SootprintError
from sootprint.dispersion import task_files

if TYPE_CHECKING:
    from distributed import Client

Arrays: TypeAlias = Mapping[str, np.ndarray[Any, Any]]
NAMED_RECEPTORS = 3
"""Receptors of a task that a message names."""


@dataclass(frozen=True)
class Task:
    """Some receptors in some hours, and the seed of the run.

    Parameters
    ----------
    index : int
        Number of the task in its run.
    receptors : tuple of str
        Identifiers.
    start, stop : int
        Hours ``start <= hour < stop``, counted in the shared inputs.
    seed : int
        Seed of the run, the same in all its tasks; see `stream`.
    """

    index: int
    receptors: tuple[str, ...]
    start: int
    stop: int
    seed: int

    @property
    def hours(self) -> slice:
        """Rows of the hours in the shared inputs."""
        return slice(self.start, self.stop)

    def stream(self, receptor: str, hour: int) -> int:
        """Seed of one receptor in one hour, below 2⁶³: the same however a run is cut into tasks."""
        digest = hashlib.sha256(f"{self.seed}|{hour}|{receptor}".encode()).digest()
        return int.from_bytes(digest[:8], "little") >> 1

    def __str__(self) -> str:
        named = ", ".join(self.receptors[:NAMED_RECEPTORS])
        more = len(self.receptors) - NAMED_RECEPTORS
        receptors = f"{named} and {more} more" if more > 0 else named
        return f"task {self.index} (receptors {receptors}; hours {self.start} to {self.stop - 1})"


@dataclass(frozen=True)
class SharedFile:
    """File or folder that every worker reads for itself, once.

    Parameters
    ----------
    path : Path
        The same on this machine and on every worker; its content is hashed on both.
    load : function of a Path
        What makes the input of it, for example ``numpy.load`` in a function of a module.
    """

    path: Path
    load: Callable[[Path], Any]


class Shared:
    """Inputs of all tasks in one process: files are read at the first use, once for all its threads."""

    def __init__(self, given: Mapping[str, Any], sha256: Mapping[str, str]) -> None:
        self.given, self.sha256 = dict(given), dict(sha256)
        self._lock = threading.Lock()
        self._read: dict[str, Any] | None = None

    @classmethod
    def of(cls, given: Mapping[str, Any]) -> Shared:
        """Shared inputs with the hash of each."""
        return cls(given, {name: _shared_sha256(item) for name, item in given.items()})

    def value(self) -> dict[str, Any]:
        """The inputs by name.

        Raises
        ------
        InputError
            If a file is not the one that the run was started with.
        """
        with self._lock:
            if self._read is None:
                self._read = {name: self._resolved(name, item) for name, item in self.given.items()}
            return self._read

    def _resolved(self, name: str, item: Any) -> Any:
        if not isinstance(item, SharedFile):
            return item
        if _shared_sha256(item) != self.sha256[name]:
            raise InputError(
                f"{item.path} is not the file that the run was started with",
                rule="all workers compute from the same inputs",
                cure="put the same file at that path on every machine",
            )
        return item.load(item.path)

    def __getstate__(self) -> tuple[dict[str, Any], dict[str, str]]:
        return self.given, self.sha256

    def __setstate__(self, state: tuple[dict[str, Any], dict[str, str]]) -> None:
        self.__init__(*state)  # type: ignore[misc]


class TaskError(SootprintError):
    """Tasks that failed, after all others were finished and stored.

    ``failures`` holds each task with its exception, in the order of their numbers.
    """

    def __init__(self, failures: Sequence[tuple[Task, BaseException]]) -> None:
        self.failures = list(failures)
        task, error = self.failures[0]
        others = f"; {len(self.failures) - 1} more failed" if len(self.failures) > 1 else ""
        super().__init__(
            f"{task} failed: {type(error).__name__}: {error}{others}",
            cure="mend the cause and start again: the finished tasks are kept",
        )

    def __reduce__(self) -> tuple[type[TaskError], tuple[list[tuple[Task, BaseException]]]]:
        return type(self), (self.failures,)


@dataclass(frozen=True)
class TaskResults:
    """Finished tasks of a run, read from their files when they are asked for.

    Parameters
    ----------
    tasks : tuple of Task
        In the order given.
    paths : tuple of Path
        File of each.
    fingerprints : tuple of str
        SHA-256 of what each was computed from.
    computed, kept : tuple of int
        Numbers (``index``) of the tasks that were computed now, and of those found finished.
    damaged : dict
        Number and fault of each file that was found and could not be used; these are among ``computed``.
    """

    tasks: tuple[Task, ...]
    paths: tuple[Path, ...]
    fingerprints: tuple[str, ...]
    computed: tuple[int, ...]
    kept: tuple[int, ...]
    damaged: dict[int, str]

    def __len__(self) -> int:
        return len(self.tasks)

    def __iter__(self) -> Iterator[tuple[Task, dict[str, np.ndarray[Any, Any]]]]:
        for place, task in enumerate(self.tasks):
            yield task, self[place]

    def __getitem__(self, place: int) -> dict[str, np.ndarray[Any, Any]]:
        """Arrays of the task at a place in the order given.

        Raises
        ------
        InputError
            If its file was changed since.
        """
        try:
            return task_files.decoded(self.paths[place], self.fingerprints[place])
        except task_files.DamagedError as error:
            raise InputError(
                f"{self.paths[place]}: {error}",
                rule="a result is what its task wrote",
                cure="start the run again: this task alone is computed anew",
            ) from error

    @property
    def inputs_sha256(self) -> str:
        """SHA-256 of all fingerprints: what the whole run was computed from."""
        return task_files.content_sha256(list(self.fingerprints))


def operator_tasks(
    receptors: Sequence[str], hours: int, *, seed: int, receptors_each: int = 1, hours_each: int = 24
) -> list[Task]:
    """Tasks that cover every receptor in every hour once.

    Tasks that follow each other share their hours, so that what a worker prepares for them serves again.

    Parameters
    ----------
    receptors : sequence of str
        Identifiers, each once.
    hours : int
        Hours of the shared inputs.
    seed : int
        Seed of the run.
    receptors_each, hours_each : int
        Largest numbers of a task. A task of some seconds to a minute is right: shorter ones are spent on
        their files and messages, of longer ones a stop loses more.

    Raises
    ------
    InputError
        If a receptor comes twice, there is none, or a number is below 1.
    """
    names = [str(name) for name in receptors]
    if not names or len(set(names)) != len(names):
        raise InputError(f"receptors {names[:5]}", rule="at least one receptor, each once")
    if min(hours, receptors_each, hours_each) < 1:
        raise InputError(
            f"{hours} hours in parts of {receptors_each} receptors and {hours_each} hours",
            rule="each number is 1 or more",
        )
    made: list[Task] = []
    for start in range(0, hours, hours_each):
        for first in range(0, len(names), receptors_each):
            some = tuple(names[first : first + receptors_each])
            made.append(Task(len(made), some, start, min(start + hours_each, hours), seed))
    return made


def run_tasks(
    compute: Callable[[Task, dict[str, Any]], Arrays],
    tasks: Sequence[Task],
    *,
    shared: Mapping[str, Any],
    folder: str | Path,
    client: Client | str | None = None,
    workers: int = 1,
    told: Callable[[int, int], None] | None = None,
) -> TaskResults:
    """Every task computed once and stored, wherever it runs: the same bytes.

    Parameters
    ----------
    compute : function of Task and dict
        Pure function of a module, or a `functools.partial` of one with light settings: of a task and the
        shared inputs, which it does not change, it makes named arrays. It runs in several threads at once.
    tasks : sequence of Task
        Each with its own ``index``.
    shared : mapping
        Inputs of all tasks: plain data, arrays, tables, dataclasses, or `SharedFile`. With a client they go
        to each worker once.
    folder : str or Path
        Place of the files, ``<index>-<fingerprint>.npz``, made where it is not there. Only this process
        writes to it. Files of other inputs are left alone.
    client : distributed.Client, str or None
        Cluster or address of its scheduler; none: threads of this process.
    workers : int
        Threads without a client.
    told : function of two int, optional
        Told the tasks that are finished and their number.

    Raises
    ------
    TaskError
        If tasks failed; all others are stored.
    InputError
        If two tasks have one number, an input has no hash, or another process uses the folder.
    ConfigError
        If a client is asked for without the extra ``cluster``, or the scheduler cannot be reached.

    Warns
    -----
    RuntimeWarning
        If a file of a finished task was damaged; the task is computed again.
    """
    if len({task.index for task in tasks}) != len(tasks):
        raise InputError("two tasks have one number", cure="give each its own index")
    if workers < 1:
        raise InputError(f"{workers} workers", rule="1 or more")
    held = Shared.of(shared)
    code = task_files.compute_sha256(compute)
    fingerprints = {task.index: task_files.content_sha256(task, held.sha256, code) for task in tasks}
    folder = Path(folder)
    paths = {
        index: folder / f"{index:06d}-{fingerprint[:16]}.npz" for index, fingerprint in fingerprints.items()
    }
    with _sole_user(folder):
        waiting, damaged = _unfinished(tasks, paths, fingerprints)
        done = len(tasks) - len(waiting)
        if told is not None and done:
            told(done, len(tasks))
        failures: list[tuple[Task, BaseException]] = []
        with closing(_outcomes(compute, waiting, held, fingerprints, client, workers)) as outcomes:
            for task, outcome in outcomes:
                if isinstance(outcome, BaseException):
                    failures.append((task, outcome))
                    continue
                task_files.put_file(paths[task.index], outcome)
                done += 1
                if told is not None:
                    told(done, len(tasks))
    if failures:
        failures.sort(key=lambda item: item[0].index)
        raise TaskError(failures) from failures[0][1]
    computed = {task.index for task in waiting}
    return TaskResults(
        tasks=tuple(tasks),
        paths=tuple(paths[task.index] for task in tasks),
        fingerprints=tuple(fingerprints[task.index] for task in tasks),
        computed=tuple(task.index for task in waiting),
        kept=tuple(task.index for task in tasks if task.index not in computed),
        damaged=damaged,
    )


Outcome: TypeAlias = tuple[Task, bytes | BaseException]
"""A task, and its file's bytes or why it has none."""


def performed(
    compute: Callable[[Task, dict[str, Any]], Arrays], task: Task, shared: Shared, fingerprint: str
) -> bytes:
    """Bytes of the file of a task, computed in this thread."""
    return task_files.encoded(compute(task, shared.value()), fingerprint, str(task))


def _outcomes(
    compute: Callable[[Task, dict[str, Any]], Arrays],
    tasks: Sequence[Task],
    shared: Shared,
    fingerprints: Mapping[int, str],
    client: Client | str | None,
    workers: int,
) -> Generator[Outcome]:
    if not tasks:
        return
    if client is None:
        yield from _in_threads(compute, tasks, shared, fingerprints, workers)
        return
    from sootprint.dispersion import task_cluster

    task_cluster.require_dask()
    with task_cluster.connected(client) as connection:
        yield from task_cluster.on_cluster(connection, compute, tasks, shared, fingerprints)


def _in_threads(
    compute: Callable[[Task, dict[str, Any]], Arrays],
    tasks: Sequence[Task],
    shared: Shared,
    fingerprints: Mapping[int, str],
    workers: int,
) -> Generator[Outcome]:
    pool = ThreadPoolExecutor(workers)
    try:
        futures = {
            pool.submit(performed, compute, task, shared, fingerprints[task.index]): task for task in tasks
        }
        for future in in_order_of_end(list(futures)):
            task = futures.pop(future)
            yield task, future.exception() or future.result()
    finally:
        pool.shutdown(cancel_futures=True)


@contextmanager
def _sole_user(folder: Path) -> Iterator[None]:
    from filelock import FileLock, Timeout

    try:
        folder.mkdir(parents=True, exist_ok=True)
        with FileLock(folder / ".lock", timeout=0):
            for left in folder.glob("*.part"):
                left.unlink()
            yield
    except Timeout as error:
        raise InputError(
            f"another process writes to {folder}", cure="wait for it, or choose another folder"
        ) from error


def _unfinished(
    tasks: Sequence[Task], paths: Mapping[int, Path], fingerprints: Mapping[int, str]
) -> tuple[list[Task], dict[int, str]]:
    """Tasks without a sound file, and the faults of the files that are not sound."""
    waiting: list[Task] = []
    damaged: dict[int, str] = {}
    for task in tasks:
        path = paths[task.index]
        if path.exists():
            try:
                task_files.decoded(path, fingerprints[task.index])
                continue
            except task_files.DamagedError as error:
                damaged[task.index] = str(error)
                warnings.warn(f"{path}: {error}; {task} is computed again", RuntimeWarning, stacklevel=3)
        waiting.append(task)
    return waiting, damaged


def _shared_sha256(item: Any) -> str:
    if isinstance(item, SharedFile):
        path = Path(item.path)
        return task_files.content_sha256(task_files.path_sha256(path), item.load)
    return task_files.content_sha256(item)
