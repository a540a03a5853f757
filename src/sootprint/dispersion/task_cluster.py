"""Tasks on a Dask cluster (extra ``cluster``): workers may come, go and die.

A scheduler's address is an open door: whoever reaches it can run any code as the account of its workers.
"""

from __future__ import annotations

import logging
import time
import uuid
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from sootprint.core.errors import ConfigError, InputError, SootprintError
from sootprint.dispersion.task_files import code_sha256

if TYPE_CHECKING:
    from distributed import Client

    from sootprint.dispersion.tasks import Outcome, Shared, Task

ALLOWED_FAILURES = 3
"""Workers that may die with a task in hand before it is set aside."""
CONNECT_S = 30
"""Time to reach a scheduler [s]."""
ATTEMPTS, PAUSE_S = 10, 0.5
"""Attempts to hand out the shared inputs while workers die, and the time between them [s]."""
LOOPBACK = "127.0.0.1"
SETTINGS: dict[str, object] = {
    "distributed.scheduler.http.routes": [],
    "distributed.worker.http.routes": [],
    "distributed.deploy.lost-worker-timeout": "30 days",
}
"""Settings of a cluster on this machine: its web servers answer nothing, and a worker that is down when it
is looked for, some time after it was lost, is not struck off: it may be starting anew a second time."""


def require_dask() -> None:
    """Nothing where Dask is installed.

    Raises
    ------
    ConfigError
        If it is not.
    """
    if find_spec("distributed") is None:
        raise ConfigError(
            "tasks on a cluster need Dask, which is not installed",
            rule="it is an extra; without a client tasks run in threads of this process",
            cure='pip install "sootprint[cluster]"',
        )


@contextmanager
def local_client(workers: int, *, threads: int = 1) -> Iterator[Client]:
    """Client of a cluster of processes on this machine, which ends with the block.

    It listens on 127.0.0.1 alone and has no dashboard; who is logged in to this machine can still reach it.
    A script that calls it stands under ``if __name__ == "__main__":``, as each worker imports it anew.

    Parameters
    ----------
    workers : int
        Processes; each holds its own copy of the shared inputs.
    threads : int
        Threads of each.

    Raises
    ------
    ConfigError
        If the extra ``cluster`` is not installed.
    InputError
        If a number is below 1.
    """
    require_dask()
    if min(workers, threads) < 1:
        raise InputError(f"{workers} workers of {threads} threads", rule="each is 1 or more")
    import dask
    from distributed import Client, LocalCluster

    with (
        dask.config.set(SETTINGS),
        LocalCluster(
            n_workers=workers,
            threads_per_worker=threads,
            processes=True,
            host=LOOPBACK,
            dashboard_address=None,
            silence_logs=logging.CRITICAL,
            scheduler_kwargs={
                "allowed_failures": ALLOWED_FAILURES,
                "dashboard": False,
                "dashboard_address": f"{LOOPBACK}:0",
            },
        ) as cluster,
        Client(cluster, set_as_default=False) as client,
    ):
        yield client


@contextmanager
def connected(client: Client | str) -> Iterator[Client]:
    """The client, or one to a scheduler's address that is closed afterwards.

    Raises
    ------
    ConfigError
        If the scheduler does not answer.
    """
    if not isinstance(client, str):
        yield client
        return
    from distributed import Client

    try:
        made = Client(client, timeout=CONNECT_S, set_as_default=False)
    except (OSError, ValueError) as error:
        raise ConfigError(
            f"no scheduler answers at {client}: {error}",
            cure="check the address, for example tcp://host:8786",
        ) from error
    try:
        yield made
    finally:
        made.close()


def on_cluster(
    client: Client,
    compute: Callable[..., Any],
    tasks: Sequence[Task],
    shared: Shared,
    fingerprints: Mapping[int, str],
) -> Generator[Outcome]:
    """Outcome of each task in the order in which they end.

    Shared inputs go as a plugin, which the scheduler gives to each worker before its first task, also to one
    that comes late or in place of a dead one; scattered data would be lost with the workers that hold it.
    A task is let go on the cluster as soon as its bytes are here, so that no death makes it run again.
    A task that the scheduler gave up, as workers died while they had it, may only have been beside the one
    that killed them: these are tried again one at a time.
    """
    from distributed import KilledWorker

    name = f"sootprint-{uuid.uuid4().hex}"
    try:
        _hand_out(client, _plugin(shared), name)
        doubtful: list[Task] = []
        for task, outcome in _submitted(client, compute, tasks, name, fingerprints):
            if isinstance(outcome, KilledWorker):
                doubtful.append(task)
            else:
                yield task, outcome
        for task in sorted(doubtful, key=lambda item: item.index):
            for _, outcome in _submitted(client, compute, [task], f"{name}-alone", fingerprints, plugin=name):
                yield task, _lethal(outcome) if isinstance(outcome, KilledWorker) else outcome
    finally:
        # A worker that just died, or is not wholly up, cannot take it back; the scheduler has by then.
        if client.status == "running":
            with suppress(OSError, KeyError, ValueError):
                client.unregister_worker_plugin(name)


def _hand_out(client: Client, plugin: Any, name: str) -> None:
    for _ in range(ATTEMPTS):
        try:
            client.register_plugin(plugin, name=name)
            return
        except OSError as error:
            # One worker that is dying keeps the scheduler from telling the others.
            failed = error
            time.sleep(PAUSE_S)
    raise ConfigError(
        f"the shared inputs did not reach the workers: {failed}", cure="see whether the cluster is up"
    ) from failed


def _submitted(
    client: Client,
    compute: Callable[..., Any],
    tasks: Sequence[Task],
    name: str,
    fingerprints: Mapping[int, str],
    plugin: str | None = None,
) -> Generator[Outcome]:
    from distributed import as_completed

    code = code_sha256()
    futures = {
        client.submit(
            _on_worker,
            compute,
            task,
            plugin or name,
            fingerprints[task.index],
            code,
            key=(name, task.index),
            pure=False,
        ): task
        for task in tasks
    }
    try:
        ended = as_completed(list(futures), loop=client.loop, with_results=True, raise_errors=False)
        for future, result in ended:
            task = futures.pop(future)
            status = future.status
            future.release()
            if status == "error":
                result = result[1]
            elif status in ("cancelled", "lost"):
                result = SootprintError("the scheduler let go of it", cure="see whether the scheduler is up")
            yield task, result
    finally:
        if futures and client.status == "running":
            client.cancel(list(futures), force=True)


def _on_worker(compute: Callable[..., Any], task: Task, plugin: str, fingerprint: str, code: str) -> bytes:
    from distributed import get_worker

    from sootprint.dispersion.tasks import performed

    if code_sha256() != code:
        raise ConfigError(
            "a worker has another version of Sootprint, numpy, scipy or numba",
            rule="all workers compute by the same code",
            cure="install the same environment on every machine",
        )
    plugins: dict[str, Any] = get_worker().plugins
    return performed(compute, task, plugins[plugin].shared, fingerprint)


def _plugin(shared: Shared) -> Any:
    from distributed import WorkerPlugin

    class SharedInputs(WorkerPlugin):
        def __init__(self, shared: Shared) -> None:
            self.shared = shared

    return SharedInputs(shared)


def _lethal(error: BaseException) -> SootprintError:
    return SootprintError(
        f"its workers died while they computed it alone ({error})",
        cure="give workers more memory, or tasks fewer receptors or hours",
    )
