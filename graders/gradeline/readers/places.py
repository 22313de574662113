"""Where each platform looks for its files."""

from __future__ import annotations

from functools import lru_cache

_kept = lru_cache(maxsize=2048)  # submissions have most of their paths in common
_NAMES = ("dockerfile", "containerfile")
# A template becomes a Dockerfile only when something fills it in; the others are about one.
_NOT_ONE = (
    ".dockerignore", ".containerignore", ".md", ".txt", ".rst", ".j2", ".jinja", ".jinja2", ".tmpl", ".tpl",
    ".template", ".in", ".erb", ".bak", ".orig", ".yml", ".yaml", ".json", ".py", ".sh", ".js", ".ts", ".go",
)  # fmt: skip
IGNORE_NAMES = (".dockerignore", ".containerignore")
HOOKS = ".pre-commit-config.yaml"  # pre-commit documentation, "Adding pre-commit plugins to your project"
_COMPOSE = ("compose", "docker-compose")


@_kept
def is_github(path: str) -> bool:
    """Whether GitHub takes the file as a workflow (GitHub Docs, "Workflow syntax", about YAML syntax)."""
    parts = path.split("/")
    return len(parts) == 3 and parts[:2] == [".github", "workflows"] and parts[2].endswith((".yml", ".yaml"))


@_kept
def is_shared_step(path: str) -> bool:
    """Whether the file defines a step of a Jenkins library (Jenkins, "Extending with Shared Libraries")."""
    return path.startswith("vars/") and path.count("/") == 1 and path.endswith(".groovy")


@_kept
def is_workflow(path: str) -> bool:
    """Whether the file is a workflow of GitHub Actions."""
    return path.startswith(".github/workflows/") and path.count("/") == 2 and path.endswith((".yml", ".yaml"))


@_kept
def is_jenkins(path: str) -> bool:
    """Whether the file is a Jenkinsfile.  Its name is a setting of the job; these are the usual ones."""
    name = path.rpartition("/")[2]
    return name == "Jenkinsfile" or name.startswith("Jenkinsfile.") or name.endswith((".jenkinsfile", ".Jenkinsfile"))


@_kept
def is_build_file(path: str) -> bool:
    """Whether the name says Dockerfile: ``Dockerfile``, ``Dockerfile.dev``, ``api.Dockerfile``, ``Containerfile``.

    Docker documentation, "Dockerfile overview" (Filename); Podman documentation, "podman-build".
    """
    name = path.rsplit("/", 1)[-1].lower()
    if name.endswith(_NOT_ONE):
        return False
    return any(name == known or name.startswith(f"{known}.") or name.endswith(f".{known}") for known in _NAMES)


@_kept
def is_compose_file(path: str) -> bool:
    """Whether the name says compose file: ``compose.yaml``, ``docker-compose.prod.yml``, ``compose.test.yaml``.

    Docker documentation, "How Compose works" (The Compose file) and "Merge Compose files".
    """
    name = path.rsplit("/", 1)[-1]
    stem, dot, ending = name.rpartition(".")
    return bool(dot) and ending in ("yml", "yaml") and any(stem == known or stem.startswith((f"{known}.", f"{known}-"))
                                                             for known in _COMPOSE)  # fmt: skip


@_kept
def is_ignore_file(path: str) -> bool:
    """Whether it says what a build leaves out (Docker documentation, "Build context", .dockerignore files)."""
    return path.rsplit("/", 1)[-1].endswith(IGNORE_NAMES)


@_kept
def may_be_argo(path: str) -> bool:
    """Whether a file may hold an Argo document: any YAML file can, only its content tells."""
    return path.endswith((".yml", ".yaml"))


@_kept
def is_dvc_stages(path: str) -> bool:
    """Whether DVC takes the file for its stages: ``dvc.yaml`` in any folder (DVC documentation, "dvc.yaml")."""
    return path.rpartition("/")[2] == "dvc.yaml"


@_kept
def is_dvc(path: str) -> bool:
    """Whether a file says anything to DVC: stages, locks, tracked data, its configuration."""
    name = path.rpartition("/")[2]
    return name in ("dvc.yaml", "dvc.lock", ".dvcignore") or name.endswith(".dvc") or path.startswith(".dvc/")


@_kept
def is_gitlab(path: str) -> bool:
    """Whether GitLab starts pipelines from the file (GitLab Docs, "CI/CD pipelines", the default file name)."""
    return path == ".gitlab-ci.yml"


@_kept
def is_deploy_values(path: str) -> bool:
    """Whether Auto DevOps takes the file for the values of its chart (GitLab Docs, "Customize Auto DevOps")."""
    return path == ".gitlab/auto-deploy-values.yaml"


@_kept
def is_casc(path: str) -> bool:
    """Whether the file may configure a Jenkins controller (configuration-as-code-plugin README, Getting started:
    any YAML file in the folder that ``CASC_JENKINS_CONFIG`` names; these are the usual names)."""
    folder, _, name = path.lower().rpartition("/")
    if not name.endswith((".yaml", ".yml")):
        return False
    stem = name.rpartition(".")[0]
    parts = set(folder.split("/"))
    return stem in ("jenkins", "casc", "jcasc") or "casc" in stem or bool(parts & {"casc", "casc_configs", "jcasc"})


@_kept
def is_plugin_list(path: str) -> bool:
    """Whether the file lists plug-ins for ``jenkins-plugin-cli``."""
    return path.rpartition("/")[2].lower() in ("plugins.txt", "plugins.yaml", "plugins.yml")


# Terraform documentation, "Test Files"; OpenTofu documentation, "Command: test".
TRIALS = (".tftest.hcl", ".tftest.json", ".tofutest.hcl", ".tofutest.json")


@_kept
def is_terraform(path: str) -> bool:
    """Whether Terraform or OpenTofu takes the file, or is given it (Terraform documentation, "Files and Configuration
    Structure", "Dependency Lock File", "Partial configuration" of backends).  Downloaded modules are not theirs."""
    name = path.rpartition("/")[2]
    if "/.terraform/" in f"/{path}":
        return False
    return name == "terragrunt.hcl" or name.endswith(
        (".tf", ".tf.json", ".tofu", ".tfvars", ".tfvars.json", ".tfbackend", ".terraform.lock.hcl", *TRIALS)
    )


@_kept
def may_be_template(path: str) -> bool:
    """Whether a file may be a template of CloudFormation or its parameters, which only its content tells: YAML and
    JSON that no pipeline is (CloudFormation User Guide, "Working with CloudFormation templates")."""
    if not path.endswith((".yml", ".yaml", ".json", ".template")) or "/.terraform/" in f"/{path}":
        return False
    return not (is_github(path) or is_gitlab(path) or is_terraform(path))


@_kept
def is_repository_file(path: str) -> bool:
    """Whether a file is about the repository itself: what Git keeps, owners, rules of branches, update bots.

    Git documentation, gitignore(5), gitattributes(5); GitHub Docs, "About code owners", "About dependabot.yml";
    Renovate documentation, "Configuration Options" (the names of its file).
    """
    folder, _, name = path.rpartition("/")
    if name in (".gitignore", ".gitattributes", ".dvcignore", "CODEOWNERS"):
        return True
    if name in ("renovate.json", "renovate.json5", ".renovaterc", ".renovaterc.json", ".renovaterc.json5"):
        return folder in ("", ".github", ".gitlab")
    top = path.partition("/")[0]
    if top not in (".github", ".gitlab") or path.startswith((".github/workflows/", ".github/actions/")):
        return False
    if path == ".gitlab/security-policies/policy.yml":
        return True
    return name.endswith(".json") or (folder in (".github", ".gitlab") and name.endswith((".yml", ".yaml")))


@_kept
def may_be_monitoring(path: str) -> bool:
    """Whether a file may be about monitoring, which only its content tells: YAML and JSON that no pipeline is."""
    return path.endswith((".yml", ".yaml", ".json", ".rules")) and not (is_github(path) or is_gitlab(path))


@_kept
def may_orchestrate(path: str) -> bool:
    """Whether a file may hold a DAG or a flow in Python: only its content tells.  Tests only call them."""
    name = path.rpartition("/")[2]
    return path.endswith(".py") and not name.startswith("test_") and not path.startswith("tests/")
