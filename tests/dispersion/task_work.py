"""Functions of tasks that workers import: nothing but arrays and notes of what was done."""

import os
import signal
import time
from pathlib import Path

import numpy as np

COUNT = 12
STUCK = 5


def footprint(task, shared, *, scale=1.0):
    """Sum of noise and wind for each hour and receptor; it notes in a file that it started."""
    note("starts", f"{task.index}")
    time.sleep(0.02)
    made = np.empty((task.stop - task.start, len(task.receptors)))
    for row, hour in enumerate(range(task.start, task.stop)):
        for column, receptor in enumerate(task.receptors):
            noise = np.random.default_rng(task.stream(receptor, hour)).standard_normal()
            made[row, column] = scale * shared["wind"][hour] + noise
    return {"H": made, "hour": np.arange(task.start, task.stop)}


def joined(task, shared):
    """`footprint`, but the second half waits for a second worker; each notes by whom it was computed."""
    while task.index >= COUNT // 2 and not notes("joined"):
        time.sleep(0.01)
    note("pids", f"{os.getpid()}")
    time.sleep(0.2)
    return footprint(task, shared)


def stuck_once(task, shared):
    """`footprint`, but the first worker that has task `STUCK` holds it until it is killed."""
    place = Path(os.environ["TASK_NOTES"]) / "stuck"
    if task.index == STUCK and not place.exists():
        note("starts", f"{task.index}")
        note("stuck", f"{os.getpid()}")
        time.sleep(60)
    return footprint(task, shared)


def deadly(task, shared):
    """`footprint`, but task `STUCK` kills its worker each time."""
    if task.index == STUCK:
        os.kill(os.getpid(), signal.SIGKILL)
    return footprint(task, shared)


def faulty(task, shared):
    """`footprint`, but two tasks fail."""
    if task.index in (3, STUCK):
        raise ValueError(f"no wind in hour {task.start}")
    return footprint(task, shared)


def read_wind(path):
    """Wind of a file, noting that it was read."""
    note("reads", f"{os.getpid()}")
    return np.load(path)


def note(name, line):
    with (Path(os.environ["TASK_NOTES"]) / name).open("a") as file:
        file.write(line + "\n")


def notes(name):
    place = Path(os.environ["TASK_NOTES"]) / name
    return place.read_text().split() if place.exists() else []
