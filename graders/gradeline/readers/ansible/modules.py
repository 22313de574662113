"""Names of modules and keywords, and the words of a task that is written in one line.

Ansible documentation, "Playbook Keywords" (Task), "Index of all modules" (ansible.builtin, community.general),
"Migrating Roles to Roles in Collections"; ansible/ansible, ``ansible_builtin_runtime.yml`` for names that moved.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

KEYWORDS = frozenset(
    {
        "action", "any_errors_fatal", "args", "async", "become", "become_exe", "become_flags", "become_method",
        "become_user", "changed_when", "check_mode", "collections", "connection", "debugger", "delay",
        "delegate_facts", "delegate_to", "diff", "environment", "failed_when", "ignore_errors", "ignore_unreachable",
        "listen", "local_action", "loop", "loop_control", "module_defaults", "name", "no_log", "notify", "poll",
        "port", "register", "remote_user", "retries", "run_once", "tags", "throttle", "timeout", "until", "vars",
        "when", "always_run", "sudo", "sudo_user", "first_available_file", "static",
    }
)  # fmt: skip

# Modules that take the words of a command (ansible.builtin documentation, "free_form").
FREE = frozenset(
    f"ansible.builtin.{name}" for name in (
        "command", "shell", "raw", "script", "import_tasks", "include_tasks", "include", "include_vars", "meta",
        "include_role", "import_role",
    )
)  # fmt: skip
COMMANDS = frozenset(f"ansible.builtin.{name}" for name in ("command", "shell", "raw", "script"))

BUILTIN = frozenset(
    {
        "add_host", "apt", "apt_key", "apt_repository", "assemble", "assert", "async_status", "blockinfile", "command",
        "copy", "cron", "deb822_repository", "debconf", "debug", "dnf", "dnf5", "dpkg_selections", "expect", "fail",
        "fetch", "file", "find", "gather_facts", "get_url", "getent", "git", "group", "group_by", "hostname",
        "import_playbook", "import_role", "import_tasks", "include", "include_role", "include_tasks", "include_vars",
        "iptables", "known_hosts", "lineinfile", "meta", "mount_facts", "package", "package_facts", "pause", "ping",
        "pip", "raw", "reboot", "replace", "rpm_key", "script", "service", "service_facts", "set_fact", "set_stats",
        "setup", "shell", "slurp", "stat", "subversion", "systemd", "systemd_service", "sysvinit", "tempfile",
        "template", "unarchive", "uri", "user", "validate_argument_spec", "wait_for", "wait_for_connection", "yum",
        "yum_repository",
    }
)  # fmt: skip
# Short names of modules that live in other collections today.
_MOVED: Mapping[str, str] = {
    "authorized_key": "ansible.posix.authorized_key", "seboolean": "ansible.posix.seboolean",
    "synchronize": "ansible.posix.synchronize", "sysctl": "ansible.posix.sysctl", "mount": "ansible.posix.mount",
    "firewalld": "ansible.posix.firewalld", "selinux": "ansible.posix.selinux",
    "docker_container": "community.docker.docker_container", "docker_image": "community.docker.docker_image",
    "npm": "community.general.npm", "ufw": "community.general.ufw", "homebrew": "community.general.homebrew",
    "apk": "community.general.apk", "snap": "community.general.snap", "ini_file": "community.general.ini_file",
    "pacman": "community.general.pacman", "zypper": "community.general.zypper", "gem": "community.general.gem",
    "mysql_user": "community.mysql.mysql_user", "mysql_db": "community.mysql.mysql_db",
    "htpasswd": "community.general.htpasswd", "git_config": "community.general.git_config",
    "modprobe": "community.general.modprobe", "alternatives": "community.general.alternatives",
}  # fmt: skip

_PAIR = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)=(\"[^\"]{0,400}\"|'[^']{0,400}'|\{\{[^}]{0,400}\}\}\S*|\S*)")


def full_name(written: str) -> str:
    """The name of a module with its collection; one that nobody knows stays as it is."""
    name = written.removeprefix("ansible.legacy.").removeprefix("ansible.builtin.")
    if name in BUILTIN:
        return f"ansible.builtin.{name}"
    return _MOVED.get(written, written)


def words(line: str, free: bool) -> tuple[dict[str, str], str]:
    """The ``name=value`` pairs of a line, and what is left of it.

    A module that takes a command knows few pairs, and only those are taken out of its words.
    """
    if len(line) > 20_000:
        return {}, line
    found: dict[str, str] = {}
    rest = line
    for match in _PAIR.finditer(line):
        name, value = match.groups()
        if free and name not in ("creates", "removes", "chdir", "executable", "warn", "file", "name", "stdin"):
            continue
        found[name] = value.strip("\"'")
        rest = rest.replace(match.group(), "", 1)
    return found, rest.strip() if free else ""
