"""Files that act when something runs, imports or obeys them, and a watch over the process that grades.

Every payload tells of itself by making the file ``mark``.  Where a file format has a place for a command, the
command is ``touch``; where something would import Python, the module makes the file when it is imported.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

SECRET = "CANARY-9f2d71c4"
SECRET_NAMES = ("AWS_SECRET_ACCESS_KEY", "GITHUB_TOKEN", "GH_TOKEN", "PGPASSWORD", "CI_JOB_TOKEN")
SITE = sys.prefix

# Raises, and writes down, what a grading must never do.  Reading a submission is allowed; writing to it, importing
# from it, compiling its Python to run it, starting a program and opening a connection are not.
WATCH = """\
import os, sys
log = os.open(sys.argv[1], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
root, prefix = sys.argv[2], sys.argv[3]
allowed = sys.argv[4].split(os.pathsep) if sys.argv[4] else []
never = ("socket.connect", "socket.bind", "socket.getaddrinfo", "socket.gethost", "socket.send", "urllib.Request",
         "os.exec", "os.system", "os.fork", "os.spawn", "os.startfile", "os.posix_spawn", "pty.spawn", "http.client",
         "ftplib", "smtplib", "webbrowser.open", "ctypes.dlopen")
def inside(path):
    return isinstance(path, (str, bytes)) and os.path.abspath(os.fsdecode(path)).startswith(root + os.sep)
def bad(event, arguments):
    if event == "subprocess.Popen":
        return arguments[0] not in allowed and (arguments[1] or [""])[0] not in allowed
    if event == "ctypes.dlopen":
        return inside(arguments[0])
    if event.startswith(never):
        return True
    if event == "import":
        return inside(arguments[1])
    if event == "exec":
        name = getattr(arguments[0], "co_filename", "")
        return not name.startswith("<") and inside(name)
    if event == "open" and inside(arguments[0]):
        mode, flags = arguments[1] or "", arguments[2] or 0
        return any(letter in mode for letter in "wax+") or bool(flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT))
    if event in ("os.remove", "os.rename", "os.mkdir", "os.chmod", "os.symlink"):
        return arguments[-1] == -1 and inside(arguments[0])  # else the name is below a folder that is open
    return False
def watch(event, arguments):
    if bad(event, arguments):
        os.write(log, f"{event} {arguments!r}\\n".encode("ascii", "backslashreplace"))
        raise RuntimeError(f"the watch refuses {event}")
sys.addaudithook(watch)
sys.argv = ["grade", *sys.argv[5:]]
from gradeline_cli.entry import main
main()
"""


@dataclass(frozen=True)
class Graded:
    """How one watched grading ended.  ``refused`` are the lines of the watch."""

    status: int
    output: str
    errors: str
    refused: tuple[str, ...]


def payloads(mark: Path, root: Path) -> Mapping[str, str]:
    """Relative paths and their texts."""
    touch = f"touch {mark}"
    python = f"import pathlib\npathlib.Path({str(mark)!r}).touch()\n"
    shell = f"#!/bin/sh\n{touch}\n"
    modules = (
        "conftest.py", "tests/conftest.py", "src/conftest.py", "sitecustomize.py", "usercustomize.py", "yaml.py",
        "click.py", "gradeline.py", "gradeline_cli.py", "jsonschema.py", "json.py", "re2.py", "hcl2.py", "yamllint.py",
        "platformdirs.py", "subprocess.py", "tree_sitter.py", "setup.py", "noxfile.py", "dodo.py", "fabfile.py",
        "tasks.py", "locustfile.py", "evil.py", "evil/__init__.py", "evil/check.py", "rules/evil.py",
        "filter_plugins/evil.py", "vars_plugins/evil.py", "callback_plugins/evil.py", "action_plugins/evil.py",
        "lookup_plugins/evil.py", "library/evil.py", "roles/r/filter_plugins/evil.py", "backend/build_backend.py",
        "hatch_build.py", "plugins/evil.py", "__init__.py", "__main__.py", "dags/evil.py", "checks/evil.py",
    )  # fmt: skip
    programs = (
        "hadolint", "zizmor", "yamllint", "checkov", "python", "python3", "git", "docker", "terraform", "ansible-lint",
        "make", "node", "uname", "sh", "bin/hadolint", "bin/zizmor", "node_modules/.bin/hadolint", "gradlew",
        "configure", ".git/hooks/post-checkout", ".git/hooks/pre-commit", ".git/hooks/post-index-change",
        "hooks/pre-commit",
    )  # fmt: skip
    git = (
        f"[core]\n\tfsmonitor = {touch}\n\tsshCommand = {touch}\n\thooksPath = hooks\n\tpager = {touch}\n"
        f"[filter \"evil\"]\n\tclean = {touch}\n\tsmudge = {touch}\n\tprocess = {touch}\n\trequired = true\n"
        f"[diff \"evil\"]\n\tcommand = {touch}\n\ttextconv = {touch}\n[credential]\n\thelper = !{touch}\n"
        f"[alias]\n\tstatus = !{touch}\n"
    )
    settings = {
        ".checkov.yaml": f"external-checks-dir: [{root}/evil]\nexternal-checks-git: ['http://127.0.0.1:1/x.git']\n"
                         "skip-check: ['CKV*']\nsoft-fail: true\n",
        ".checkov.yml": f"external-checks-dir: [{root}/evil]\n",
        ".hadolint.yaml": "ignored: [DL3007, DL3002, DL3006]\nno-fail: true\n",
        ".yamllint": "ignore: '*'\n",
        ".yamllint.yaml": "ignore: '*'\n",
        "zizmor.yml": "rules:\n  unpinned-uses: {disable: true}\n  template-injection: {disable: true}\n",
        ".github/zizmor.yml": "rules:\n  template-injection: {disable: true}\n",
        ".github/actionlint.yaml": "paths:\n  '**': {ignore: ['.*']}\n",
        ".shellcheckrc": "disable=all\n",
        ".ansible-lint": "rulesdir: [./rules]\nskip_list: [all]\n",
        "ansible.cfg": "[defaults]\nfilter_plugins = ./filter_plugins\ncallback_plugins = ./callback_plugins\n",
        ".git/config": git,
        ".git/HEAD": "ref: refs/heads/main\n",
        ".git/info/attributes": "* filter=evil diff=evil\n",
        ".gitmodules": f"[submodule \"x\"]\n\tpath = x\n\turl = ext::sh -c {touch}\n\tupdate = !{touch}\n",
        ".envrc": shell,
        "mise.toml": f"[hooks]\nenter = '{touch}'\n",
        ".tool-versions": "python system\n",
        ".vscode/tasks.json": json.dumps({"tasks": [{"command": touch, "runOptions": {"runOn": "folderOpen"}}]}),
        ".pth": f"import os; os.system('{touch}')\n",
        "evil.pth": f"import os; os.system('{touch}')\n",
        "pip.conf": "[global]\nindex-url = http://127.0.0.1:1/\n",
        ".npmrc": "registry=http://127.0.0.1:1/\n",
        ".terraformrc": "provider_installation {\n  dev_overrides { \"x\" = \"./plugins\" }\n}\n",
        ".coveragerc": "[run]\nplugins = evil\n",
        "pytest.ini": "[pytest]\naddopts = -p evil\n",
        ".dvc/config.local": f"['remote \"x\"']\n    url = ssh://x\n    ask = {touch}\n",
        ".pylintrc": f"[MASTER]\ninit-hook='import os; os.system(\"{touch}\")'\n",
        ".mypy.ini": "[mypy]\nplugins = evil\n",
        "kustomization.yaml": "generators: [evil.yaml]\n",
        "evil.yaml": "apiVersion: x\nkind: X\nmetadata:\n  annotations:\n    config.kubernetes.io/function: |\n"
                     "      exec: {path: ./hooks/pre-commit}\n",
        "main.tf": f"data \"external\" \"x\" {{\n  program = [\"sh\", \"-c\", \"{touch}\"]\n}}\n"
                   "module \"x\" {\n  source = \"git::http://127.0.0.1:1/x.git\"\n}\n",
        "package.json": json.dumps({"scripts": {"preinstall": touch, "install": touch, "test": touch}}),
    }  # fmt: skip
    commands = {
        "Makefile": f"X := $(shell {touch})\nall: ; {touch}\n",
        "justfile": f"x := `{touch}`\ndefault:\n  {touch}\n",
        "Taskfile.yml": f"version: '3'\nvars:\n  X: {{sh: {touch}}}\ntasks:\n  default: {{cmds: ['{touch}']}}\n",
        "tox.ini": f"[testenv]\ncommands_pre = {touch}\ncommands = {touch}\n",
        "setup.cfg": "[options]\nsetup_requires = evil\n[aliases]\ntest = evil\n",
        "pyproject.toml": "[build-system]\nrequires = []\nbuild-backend = 'build_backend'\nbackend-path = ['backend']\n"
                          f"[tool.poe.tasks]\ntest = '{touch}'\n[tool.pytest.ini_options]\naddopts = '-p evil'\n",
        ".pre-commit-config.yaml": "repos:\n  - repo: local\n    hooks:\n      - id: x\n        name: x\n"
                                   f"        entry: {touch}\n        language: system\n        always_run: true\n",
        ".pre-commit-hooks.yaml": f"- id: x\n  name: x\n  entry: {touch}\n  language: script\n",
        ".gitattributes": "* filter=evil diff=evil merge=evil export-ignore working-tree-encoding=UTF-16\n",
        "site.yml": "- hosts: localhost\n  tasks:\n"
                    f"    - command: {touch}\n    - debug: {{msg: \"{{{{ lookup('pipe', '{touch}') }}}}\"}}\n",
    }  # fmt: skip
    return {
        **settings, **commands, **dict.fromkeys(modules, python), **dict.fromkeys(programs, shell),
        "-rf": "x", "$(touch PWN).yml": "a: 1\n", "@args": "x", "--config-file=x.yaml": "a: 1\n",
    }  # fmt: skip


def plant(folder: Path, mark: Path) -> int:
    """Put every payload into ``folder`` where nothing lies yet; how many were put there."""
    planted = 0
    for name, text in payloads(mark, folder).items():
        path = folder / name
        if path.exists() or any(parent.is_file() for parent in path.parents):
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        path.chmod(0o755)
        planted += 1
    return planted


def hostile_environment(folder: Path, home: Path) -> dict[str, str]:
    """What a careless person may have set, and secrets that must not get out."""
    return {
        "PATH": os.pathsep.join([str(folder), str(folder / "bin"), os.environ.get("PATH", "")]),
        "HOME": str(home),
        "XDG_CACHE_HOME": str(home / "cache"),
        "XDG_DATA_HOME": str(home / "data"),
        "PYTHONPATH": str(folder),
        "PYTHONSTARTUP": str(folder / "evil.py"),
        "GIT_DIR": str(folder / ".git"),
        "LD_LIBRARY_PATH": str(folder),
        "ZIZMOR_CONFIG": str(folder / "zizmor.yml"),
        "YAMLLINT_CONFIG_FILE": str(folder / ".yamllint"),
        "HADOLINT_NOFAIL": "1",
        "CKV_CHECKOV_CONFIG": str(folder / ".checkov.yaml"),
        **dict.fromkeys(SECRET_NAMES, SECRET),
    }


def grade_watched(folder: Path, words: Sequence[str], home: Path, allowed: Sequence[str] = ()) -> Graded:
    """Grade with the watch over it, in the submission's own folder."""
    log = home / "watch.log"
    log.unlink(missing_ok=True)
    done = subprocess.run(
        [sys.executable, "-I", "-c", WATCH, str(log), str(folder), SITE, os.pathsep.join(allowed), *words],
        cwd=folder, env=hostile_environment(folder, home), capture_output=True, text=True, timeout=300, check=False,
        stdin=subprocess.DEVNULL,
    )  # fmt: skip
    refused = tuple(log.read_text(encoding="ascii").splitlines()) if log.exists() else ()
    return Graded(done.returncode, done.stdout, done.stderr, refused)
