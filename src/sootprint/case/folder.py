"""Case folder: settings, evidence as received, store, runs and the ledger that binds them."""

from __future__ import annotations

import getpass
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sootprint.case import config
from sootprint.case.hashing import hash_file
from sootprint.case.ledger import Entry, Ledger
from sootprint.case.steps import Evidence
from sootprint.case.store import PARTIAL, sweep_partials
from sootprint.core.errors import CaseError, InputError, TamperedError

FOLDERS = ("evidence", "store", "runs")


def current_user() -> str:
    """Who acts: ``SOOTPRINT_USER``, or the name of the account."""
    try:
        return os.environ.get("SOOTPRINT_USER") or getpass.getuser()
    except (OSError, KeyError):
        return "unknown"


class CaseFolder:
    """Paths, evidence and ledger of one case.

    Parameters
    ----------
    path : str or Path
        The folder, made by `create`.
    by : str, optional
        Who acts, written to the ledger.

    Raises
    ------
    CaseError
        If there is no case in the folder.
    """

    def __init__(self, path: str | Path, by: str | None = None) -> None:
        self.path = Path(path)
        if not (self.path / "ledger.jsonl").is_file() or not (self.path / "case.toml").is_file():
            raise CaseError(
                f"no case in {self.path}",
                rule="a case folder holds case.toml and ledger.jsonl",
                cure=f"sootprint new {self.path}",
            )
        self.by = by or current_user()
        self.ledger = Ledger(self.path, self.by)

    @classmethod
    def create(
        cls,
        path: str | Path,
        settings: dict[str, Any] | None = None,
        by: str | None = None,
        *,
        start: str | Path | None = None,
    ) -> CaseFolder:
        """New case folder with its ``case.toml``, a given one or the template, and a ledger of one line.

        Raises
        ------
        CaseError
            If the folder is there and not empty.
        ConfigError
            If a given setting is wrong.
        """
        path = Path(path)
        if path.exists() and (not path.is_dir() or any(path.iterdir())):
            raise CaseError(f"{path} is there and is not empty", cure="name a new folder")
        whole = path.resolve()
        partial = whole.with_name(f"{PARTIAL}{whole.name}")
        shutil.rmtree(partial, ignore_errors=True)
        for folder in FOLDERS:
            (partial / folder).mkdir(parents=True)
        toml = partial / "case.toml"
        try:
            if start is None:
                toml.write_text(config.TEMPLATE, encoding="utf-8")
            else:
                config.read_settings(Path(start))
                shutil.copyfile(start, toml)
            if settings:
                config.edit_settings(toml, settings)
            (partial / "ledger.jsonl").touch()
            Ledger(partial, by or current_user()).append(
                "new", {"title": config.read_settings(toml).title, "case.toml": hash_file(toml)}
            )
            if path.exists():
                path.rmdir()
            path.parent.mkdir(parents=True, exist_ok=True)
            partial.rename(path)
        finally:
            shutil.rmtree(partial, ignore_errors=True)
        return cls(path, by)

    @property
    def settings_path(self) -> Path:
        """Path of ``case.toml``."""
        return self.path / "case.toml"

    def settings(self) -> config.Settings:
        """Settings as they stand in ``case.toml``."""
        return config.read_settings(self.settings_path)

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Hold the case for writing: one process at a time; what a kill left half done is cleared first.

        Raises
        ------
        CaseError
            If another process writes to the case.
        """
        from filelock import FileLock, Timeout

        lock = FileLock(self.path / ".lock", timeout=0)
        try:
            lock.acquire()
        except Timeout as error:
            raise CaseError(
                f"{self.path} is in use by another process", cure="wait for it, or stop it; then try again"
            ) from error
        try:
            torn = self.ledger.recover()
            swept = sweep_partials(self.path)
            if torn or swept:
                self.ledger.append("recovered", {"torn_line": torn, "partials_removed": swept})
            self._adopt_orphans()
            self._note_settings()
            yield
        finally:
            lock.release()

    def _adopt_orphans(self) -> None:
        """Remove evidence that was copied but not entered: its adding was killed and is to be said again."""
        known = {entry.data["file"] for entry in self.ledger.entries() if entry.event == "add"}
        for item in (self.path / "evidence").iterdir():
            if item.name not in known:
                item.chmod(0o644)
                item.unlink()
                self.ledger.append("recovered", {"evidence_not_entered": item.name})

    def _note_settings(self) -> None:
        digest = hash_file(self.settings_path)
        if digest != self.settings_hash():
            self.settings()
            self.ledger.append("settings", {"case.toml": digest})

    def settings_hash(self) -> str:
        """Hash of ``case.toml`` as last entered in the ledger."""
        noted = [entry.data["case.toml"] for entry in self.ledger.entries() if "case.toml" in entry.data]
        return str(noted[-1])

    def evidence(self) -> list[Evidence]:
        """Evidence files in the order they came in."""
        made = []
        for entry in self.ledger.entries():
            if entry.event == "add":
                data = entry.data
                path = self.path / "evidence" / data["file"]
                made.append(
                    Evidence(
                        data["file"], data["kind"], data["sha256"], data["bytes"], path, entry.time, entry.by
                    )
                )
        return made

    def add(self, file: str | Path, kind: str, options: dict[str, Any] | None = None) -> Entry:
        """Copy a file into the evidence as received, hash it, enter it in the ledger.

        Parameters
        ----------
        file : str or Path
            The file; the original is not touched.
        kind : str
            One of `config.KINDS`.
        options : dict, optional
            How to read it, written to ``[files."NAME"]`` of ``case.toml``.

        Raises
        ------
        InputError
            If there is no such file, or one of that name is in the case.
        ConfigError
            If the kind or an option is wrong.
        """
        source = Path(file)
        if not source.is_file():
            raise InputError(f"no file {source}", cure="check the path")
        if kind not in config.KINDS:
            raise InputError(f"kind {kind!r} is not known", cure=f"one of: {', '.join(config.KINDS)}")
        name = re.sub(r"[^\w.\- ()]", "_", source.name).lstrip(".") or "file"
        with self.writing():
            for item in self.evidence():
                if item.name == name:
                    raise InputError(
                        f"evidence {name!r} is in the case already",
                        rule="evidence is never changed or replaced",
                        cure="give the new file another name and add it",
                    )
            if options:
                config.edit_settings(self.settings_path, {("files", name): options})
                self._note_settings()
            place = self.path / "evidence" / name
            partial = place.with_name(f"{PARTIAL}{name}")
            shutil.copyfile(source, partial)
            digest = hash_file(partial)
            partial.rename(place)
            place.chmod(0o444)
            return self.ledger.append(
                "add", {"file": name, "kind": kind, "sha256": digest, "bytes": place.stat().st_size}
            )

    def check_evidence(self, evidence: Evidence) -> None:
        """Compare a file's bytes with the ledger before it is read.

        Raises
        ------
        TamperedError
            If it is gone or changed.
        """
        if not evidence.path.is_file() or hash_file(evidence.path) != evidence.sha256:
            raise TamperedError(
                f"evidence {evidence.name!r} is not as it was received",
                where=str(evidence.path),
                rule="evidence files are never changed",
                cure=f"restore the file with SHA-256 {evidence.sha256}",
            )
