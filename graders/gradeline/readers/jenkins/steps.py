"""Which step a call is: the steps of Jenkins and of its usual plug-ins that this grader understands.

Sources: Jenkins, "Pipeline Steps Reference".
"""

from __future__ import annotations

from collections.abc import Callable

from gradeline.model.effects import Says
from gradeline.model.pipeline import Step, Use
from gradeline.readers.jenkins import (
    steps_docker,
    steps_files,
    steps_flow,
    steps_secrets,
    steps_shell,
    values,
)
from gradeline.readers.jenkins.sections import argument
from gradeline.readers.jenkins.walker import Walker
from gradeline.records import replace
from gradeline.syntax import groovy_nodes as gr

Steps = tuple[Step, ...]
Reader = Callable[[Walker, gr.Call], Steps]

# Steps that neither fail nor tell nor change anything that a check asks about.
_QUIET = frozenset(
    {
        "addBadge", "addErrorBadge", "addHtmlBadge", "addInfoBadge", "addShortText", "addWarningBadge", "archive",
        "buildDescription", "buildName", "compareVersions", "dockerFingerprintFrom", "dockerFingerprintRun", "echo",
        "envVarsForTool", "fileExists", "findFiles", "fingerprint", "isUnix", "library", "libraryResource",
        "milestone", "nodesByLabel", "prependToFile", "print", "printf", "println", "properties", "publishChecks",
        "pwd", "readCSV", "readFile", "readJSON", "readManifest", "readMavenPom", "readProperties", "readTrusted",
        "readYaml", "resolveScm", "scanForIssues", "sha1", "sha256", "sleep", "tar", "tee", "tool", "touch",
        "unarchive", "untar", "unzip", "validateDeclarativePipeline", "verifySha1", "verifySha256", "waitForBuild",
        "writeCSV", "writeFile", "writeJSON", "writeMavenPom", "writeYaml", "zip",
    }
)  # fmt: skip
# Those of them that write what they are given into the log, and the name of what they are given.
_SAYING = {"echo": "message", "print": "", "println": ""}
# Steps whose class stands in the tool catalogue under ``jenkins/<name>``.
_PLUGINS = frozenset(
    {
        "ansiblePlaybook", "build", "cfnDelete", "cfnUpdate", "cleanWs", "deleteDir", "dependencyCheck",
        "dependencyCheckPublisher", "discordSend", "emailext", "githubNotify", "googlechatnotification",
        "hangoutsNotify", "httpRequest", "jiraComment", "kubernetesDeploy", "lastChanges", "mail", "mattermostSend",
        "nexusArtifactUploader", "notifyBitbucket", "office365ConnectorSend", "perfReport", "publishIssues",
        "recordIssues", "rocketSend", "rtDownload", "rtPublishBuildInfo", "rtUpload", "s3Upload",
        "setGitHubPullRequestStatus", "slackSend", "slackUploadFile", "snsPublish", "snykSecurity", "sshPublisher",
        "step", "telegramSend", "updateGitlabCommitStatus", "waitForQualityGate", "zulipSend",
    }
)  # fmt: skip


def read_step(walker: Walker, node: gr.Call) -> Steps | None:
    """The steps that a call amounts to; None when it is no step that is known here."""
    if node.target is not None:
        return steps_docker.method(walker, node)
    reader = _READERS.get(node.name)
    if reader is not None:
        return reader(walker, node)
    if node.name in _QUIET:
        inner = steps_flow.inner(walker, node)
        return (walker.use(node.name, node.span, _said(walker, node)), *inner)
    return _plugin(walker, node) if node.name in _PLUGINS else None


def _said(walker: Walker, node: gr.Call) -> tuple[Says, ...]:
    message = argument(node, _SAYING[node.name]) if node.name in _SAYING else None
    if message is None:
        return ()
    said = values.text(walker.scope, message)
    return (Says(node.span, said),) if said.holes else ()


# Those of them that work on the files of a machine.
_ON_FILES = frozenset({"ansiblePlaybook", "cleanWs", "deleteDir", "s3Upload", "slackUploadFile", "snykSecurity"})


def _plugin(walker: Walker, node: gr.Call) -> Steps:
    if node.name in _ON_FILES and walker.scope.machine is False:
        return steps_shell.no_machine(walker, node)
    inputs = {
        entry.name: values.text(walker.scope, entry.value)
        for entry in steps_files.entries(node)
        if entry.name and not isinstance(entry.value, gr.Closure)
    }
    name = node.name
    if name == "step":  # `step([$class: 'Mailer', ...])`, the old form of every build step
        kind = inputs.get("$class")
        name = kind.raw.rpartition(".")[2] if kind is not None and kind.constant else "step"
        if kind is None:
            inner = argument(node, "delegate")
            return walker.value_of(inner)[1] if isinstance(inner, gr.Call) else ()
    first = argument(node, "")
    if first is not None:
        inputs["value"] = values.text(walker.scope, first)
    use = Use(node.name_span, f"jenkins/{name}", "", "none", "action", first_party=True)
    made = replace(walker.use(name, node.span), use=use, inputs=inputs)
    return (made, *steps_flow.inner(walker, node))


_READERS: dict[str, Reader] = {
    **steps_shell.READERS,
    **steps_flow.READERS,
    **steps_files.READERS,
    **steps_secrets.READERS,
}
