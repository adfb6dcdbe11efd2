"""Carries out a Dockerfile where there is no container engine: each stage in a folder that plays its root.

The instructions are read from the file itself. An absolute path means one below that folder, and the base image
is the Python of the tests, without packages. An instruction that is not known here is an error, not skipped.
"""

import json
import os
import re
import shlex
import shutil
import stat
import subprocess
import sys
from fnmatch import fnmatch
from pathlib import Path

IS_ROOT = os.geteuid() == 0
ABSOLUTE = re.compile(r"(?<![\w/:.}-])/(?=[a-z])")


class UnreachableError(Exception):
    """The packages cannot be fetched: this machine is offline."""


def instructions(text: str) -> list[tuple[str, str]]:
    """Each instruction's name and the rest of it."""
    lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    whole = re.sub(r"\\\n\s*", " ", "\n".join(lines))
    return [
        (name.upper(), rest.strip()) for name, _, rest in (line.partition(" ") for line in whole.split("\n"))
    ]


class Image:
    def __init__(self, context: Path, folder: Path, port: int) -> None:
        self.context = context
        self.folder = folder
        self.root = folder / "root"
        self.base = folder / "base"
        self.port = port
        self.stages: dict[str, Path] = {}
        self.stage = ""
        self.commands: dict[str, list[str]] = {}
        self.declared: dict[str, str] = {}
        self._copy_base()
        for name, rest in instructions((context / "Dockerfile").read_text()):
            getattr(self, f"_{name.lower()}")(rest)

    def _copy_base(self) -> None:
        """The Python of the tests, where another user can run it; nothing is installed in it but pip."""
        source = Path(sys.base_prefix)
        library = Path("lib") / f"python{sys.version_info.major}.{sys.version_info.minor}"
        unneeded = shutil.ignore_patterns(
            "test", "idlelib", "turtledemo", "__pycache__", "site-packages", "*.a"
        )
        shutil.copytree(source / library, self.base / library, ignore=unneeded, symlinks=True)
        for shared in (source / "lib").glob("libpython*"):
            shutil.copy(shared, self.base / "lib")
        (self.base / "bin").mkdir()
        shutil.copy(Path(sys.executable).resolve(), self.base / "bin" / "python")
        python = shlex.quote(str(self.base / "bin" / "python"))
        (self.base / "bin" / "pip").write_text(f'#!/bin/sh\nexec {python} -m pip "$@"\n')
        (self.base / "bin" / "pip").chmod(0o755)
        self._shell(
            [str(self.base / "bin" / "python"), "-m", "ensurepip"], self.base, self._base_environment()
        )

    def _base_environment(self) -> dict[str, str]:
        return {
            "PATH": f"{self.base}/bin:/usr/bin:/bin",
            "LD_LIBRARY_PATH": f"{self.base}/lib",
            "LANG": "C.UTF-8",
        }

    def inside(self, text: str) -> str:
        """Text of the Dockerfile, with its paths, port and user as they are here."""
        text = ABSOLUTE.sub(f"{self.root}/", text).replace("8000", str(self.port))
        return text if IS_ROOT else text.replace("10001", str(os.geteuid()))

    def run(self, command: list[str], **variables: str) -> "subprocess.Popen[str]":
        """Start a command as a container would: its environment, folder and user, and none of this machine's."""
        return subprocess.Popen(
            command,
            cwd=self.workdir,
            env=self.environment | variables,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            user=self.user if IS_ROOT else None,
            group=self.user if IS_ROOT else None,
            extra_groups=[] if IS_ROOT else None,
        )

    def output(self, command: list[str], **variables: str) -> tuple[int, str]:
        with self.run(command, **variables) as process:
            said, _ = process.communicate(timeout=60)
        return process.returncode, said.strip()

    @staticmethod
    def _shell(command: list[str], folder: Path, environment: dict[str, str]) -> None:
        # pip's own settings are the machine's, as an engine's network is.
        network = {name: value for name, value in os.environ.items() if name.startswith("PIP_")}
        done = subprocess.run(
            command,
            cwd=folder,
            env={"PIP_RETRIES": "1", "HOME": os.environ.get("HOME", "/")} | network | environment,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode and re.search("connection|resolution|timed out", done.stderr, re.IGNORECASE):
            raise UnreachableError(done.stderr)
        assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"

    def _from(self, rest: str) -> None:
        if self.root.exists():
            self.root.rename(self.stages[self.stage])
        base, *name = re.split(r"\s+AS\s+", rest, flags=re.IGNORECASE)
        assert re.fullmatch(r"python:3\.\d+-slim", base), base
        self.stage = name[0] if name else "last"
        self.stages[self.stage] = self.folder / f"stage-{self.stage}"
        self.environment = self._base_environment()
        self.user = 0
        self.workdir = self.root
        self.root.mkdir(mode=0o755)

    def _workdir(self, rest: str) -> None:
        self.workdir = Path(self.inside(rest))
        self.workdir.mkdir(parents=True, exist_ok=True)

    def _env(self, rest: str) -> None:
        for pair in shlex.split(rest):
            name, _, value = pair.partition("=")
            self.environment[name] = self.inside(value).replace("$PATH", self.environment["PATH"])

    def _copy(self, rest: str) -> None:
        options = [word for word in rest.split() if word.startswith("--")]
        source, target = [word for word in rest.split() if not word.startswith("--")]
        to = Path(self.inside(target))
        if options:
            [stage] = [word.removeprefix("--from=") for word in options]
            origin = self.stages[stage] / source.lstrip("/")
        else:
            origin = self.context / source
            assert not self._is_ignored(source), f".dockerignore keeps {source} from the builder"
        to.parent.mkdir(parents=True, exist_ok=True)
        if origin.is_dir():
            ignore = (
                (lambda _folder, names: [name for name in names if self._is_ignored(name)])
                if not options
                else None
            )
            shutil.copytree(origin, to, symlinks=True, ignore=ignore)
        else:
            to.mkdir(exist_ok=True) if target.endswith("/") else None
            shutil.copy(origin, to)

    def _is_ignored(self, name: str) -> bool:
        """By the two kinds of rule that .dockerignore uses: "*" with exceptions, and names at any depth."""
        first, *rules = [
            line
            for line in (self.context / ".dockerignore").read_text().splitlines()
            if line and line[0] != "#"
        ]
        assert first == "*", "everything is kept out but what is named"
        if any(fnmatch(name, rule.removeprefix("**/")) for rule in rules if rule.startswith("**/")):
            return True
        at_the_top = (self.context / name).exists()
        return at_the_top and f"!{name}" not in rules

    def _run(self, rest: str) -> None:
        assert self.user == 0, "the steps of the build come before USER"
        self._shell(["sh", "-c", self.inside(rest)], self.workdir, self.environment)

    def _user(self, rest: str) -> None:
        user, _, group = self.inside(rest).partition(":")
        assert user == group
        self.user = int(user)

    def _volume(self, rest: str) -> None:
        self.declared["volume"] = self.inside(rest)

    def _expose(self, rest: str) -> None:
        self.declared["port"] = self.inside(rest)

    def _healthcheck(self, rest: str) -> None:
        self.commands["healthcheck"] = json.loads(self.inside(rest.partition("CMD ")[2]))

    def _cmd(self, rest: str) -> None:
        self.commands["cmd"] = json.loads(self.inside(rest))

    def writable_folders(self) -> set[Path]:
        """Where the container's user may write: what belongs to it, or is open to everybody."""
        found = set()
        for folder in [self.root, *(path for path in self.root.rglob("*") if path.is_dir())]:
            status = folder.stat()
            if status.st_uid == self.user or status.st_mode & stat.S_IWOTH:
                found.add(folder)
        return found
