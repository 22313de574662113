"""``grade lsp`` with a real client over standard input and output, as an editor talks to it."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from lsprotocol import types as lsp
from pygls.lsp.client import LanguageClient

ROOT = Path(__file__).resolve().parents[2]
EXEMPLAR = ROOT / "solutions" / "exercise-12-gha-matrix-cache" / "exemplar" / ".github" / "workflows" / "ci.yml"
PATIENCE = 90.0  # seconds; a busy machine is no failure
PATHS = os.pathsep.join([str(ROOT / "graders"), str(ROOT / "cli")])


def grade(home: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "gradeline_cli", *words], cwd=home, env=environment(home), capture_output=True,
        text=True, timeout=PATIENCE, check=False,
    )  # fmt: skip


def environment(home: Path) -> dict[str, str]:
    kept = {"PATH": os.environ["PATH"], "HOME": str(home), "PYTHONPATH": PATHS}
    return {**kept, "GRADE_PROGRESS": str(home / "progress")}


class Editor:
    """A client with one workspace open."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.client = LanguageClient("tests", "1")
        self.published: dict[str, list[lsp.Diagnostic]] = {}
        self.rounds = 0
        self.news = asyncio.Event()
        self.messages: list[str] = []
        self.version = 1
        # lsprotocol 2025.0.0 takes every code action that has a command for a bare command.
        converter = self.client.protocol._converter
        converter.register_structure_hook(
            lsp.Command | lsp.CodeAction, lambda value, _: converter.structure(value, lsp.CodeAction)
        )

        @self.client.feature(lsp.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)
        def publish(params: lsp.PublishDiagnosticsParams) -> None:
            self.published[params.uri] = list(params.diagnostics)
            self.rounds += 1
            self.news.set()

        @self.client.feature(lsp.WINDOW_SHOW_MESSAGE)
        def show(params: lsp.ShowMessageParams) -> None:
            self.messages.append(params.message)

    def uri(self, path: str = ".github/workflows/ci.yml") -> str:
        return (self.folder / path).as_uri()

    async def begin(self, home: Path, *words: str) -> lsp.InitializeResult:
        command = (sys.executable, "-m", "gradeline_cli", "lsp", *words)
        await self.client.start_io(*command, env=environment(home), cwd=home)
        result = await self.client.initialize_async(
            lsp.InitializeParams(
                capabilities=lsp.ClientCapabilities(), root_uri=self.folder.as_uri(),
                workspace_folders=[lsp.WorkspaceFolder(self.folder.as_uri(), "work")],
            )
        )
        self.client.initialized(lsp.InitializedParams())
        return result

    def open(self, text: str | None = None, path: str = ".github/workflows/ci.yml") -> None:
        content = (self.folder / path).read_text(encoding="utf-8") if text is None else text
        self.client.text_document_did_open(
            lsp.DidOpenTextDocumentParams(lsp.TextDocumentItem(self.uri(path), "yaml", 1, content))
        )

    def change(self, change: Any) -> None:
        self.version += 1
        self.client.text_document_did_change(
            lsp.DidChangeTextDocumentParams(lsp.VersionedTextDocumentIdentifier(self.version, self.uri()), [change])
        )

    def rewrite(self, text: str) -> None:
        self.change(lsp.TextDocumentContentChangeWholeDocument(text))

    async def more(self) -> None:
        """Wait for the next findings."""
        self.news.clear()
        await self.news.wait()

    async def until(self, holds: Callable[[list[lsp.Diagnostic]], bool]) -> list[lsp.Diagnostic]:
        """The findings of the workflow, once they are as ``holds`` says."""
        async with asyncio.timeout(PATIENCE):
            while self.uri() not in self.published or not holds(self.published[self.uri()]):
                await self.more()
        return self.published[self.uri()]

    async def end(self) -> int | None:
        await self.client.shutdown_async(None)
        self.client.exit(None)
        server = self.client._server
        assert server is not None
        async with asyncio.timeout(PATIENCE):
            await server.wait()
        await self.client.stop()
        return server.returncode


Story = Callable[[Editor], Awaitable[None]]


@pytest.fixture
def work(tmp_path: Path) -> Path:
    assert grade(tmp_path, "start", "12", "--to", "work").returncode == 0
    return tmp_path / "work"


def play(work: Path, story: Story, *words: str) -> None:
    async def scene() -> None:
        editor = Editor(work)
        await editor.begin(work.parent, *words)
        await story(editor)
        assert await editor.end() == 0

    asyncio.run(scene())


def test_the_findings_are_those_of_the_report(work: Path) -> None:
    report = json.loads(grade(work.parent, "12", "work", "--format", "json").stdout)
    expected = {
        (one["id"], item["line"] - 1, item["column"] - 1)
        for one in report["criteria"] if one["status"] in ("unmet", "partial")
        for item in one["evidence"] if item["role"] == "problem"
    }  # fmt: skip
    assert len(expected) >= 9

    async def story(editor: Editor) -> None:
        editor.open()
        found = await editor.until(bool)
        assert {(one.code, one.range.start.line, one.range.start.character) for one in found} == expected
        key = next(one for one in found if one.code == "cache-key")
        assert (key.range.end.line, key.range.end.character) == (50, 18)
        assert (key.source, key.severity) == ("gradeline", lsp.DiagnosticSeverity.Warning)
        assert key.message.startswith("The cache key changes with the system, the Python and the lock file (not met).")
        assert key.code_description is not None
        assert key.code_description.href.startswith("https://docs.github.com/")
        order = next(one for one in found if one.code == "ordered-with-aggregator")
        assert [one.message for one in order.related_information or []][-1] == "`pyproject-build`"

    play(work, story)


def test_what_is_typed_is_graded_before_it_is_saved(work: Path) -> None:
    on_disk = (work / ".github" / "workflows" / "ci.yml").read_bytes()
    good = EXEMPLAR.read_text(encoding="utf-8")

    async def story(editor: Editor) -> None:
        editor.open()
        await editor.until(bool)
        editor.rewrite(good)
        await editor.until(lambda found: not found)
        # a quote is typed and not closed yet
        typed = lsp.TextDocumentContentChangePartial(lsp.Range(lsp.Position(0, 6), lsp.Position(0, 6)), '"')
        editor.change(typed)
        (broken,) = [one for one in await editor.until(bool) if one.severity == lsp.DiagnosticSeverity.Error][:1]
        assert broken.code == "yaml-syntax"
        assert broken.range.start.line == 0
        editor.change(lsp.TextDocumentContentChangePartial(lsp.Range(lsp.Position(0, 6), lsp.Position(0, 7)), ""))
        await editor.until(lambda found: not found)

    play(work, story)
    assert (work / ".github" / "workflows" / "ci.yml").read_bytes() == on_disk


def test_many_quick_changes_are_graded_once_when_they_rest(work: Path) -> None:
    async def story(editor: Editor) -> None:
        editor.open()
        await editor.until(bool)
        before = editor.rounds
        good = EXEMPLAR.read_text(encoding="utf-8")
        for cut in range(0, len(good), len(good) // 40):
            editor.rewrite(good[:cut])
        editor.rewrite(good)
        await editor.until(lambda found: not found)
        assert editor.rounds - before <= 10  # of 41 changes

    play(work, story)


def test_a_code_action_gives_the_next_hint_and_it_is_remembered(work: Path) -> None:
    async def story(editor: Editor) -> None:
        editor.open()
        found = await editor.until(bool)
        key = next(one for one in found if one.code == "cache-key")
        actions = await editor.client.text_document_code_action_async(
            lsp.CodeActionParams(
                lsp.TextDocumentIdentifier(editor.uri()), key.range, lsp.CodeActionContext(diagnostics=[key])
            )
        )
        named = [one for one in actions or [] if isinstance(one, lsp.CodeAction) and "cache key" in one.title]
        (action,) = named
        title = 'Gradeline: the next hint for "The cache key changes with the system, the Python and the lock file"'
        assert (action.title, list(action.diagnostics or [])) == (title, [key])
        assert action.command is not None
        for number in (1, 2):
            given = await editor.client.workspace_execute_command_async(
                lsp.ExecuteCommandParams(action.command.command, arguments=action.command.arguments)
            )
            assert f"Hint {number} of 3: " in given
            assert editor.messages[-1] == given
        elsewhere = await editor.client.text_document_code_action_async(
            lsp.CodeActionParams(
                lsp.TextDocumentIdentifier(editor.uri()), lsp.Range(lsp.Position(3, 0), lsp.Position(3, 1)),
                lsp.CodeActionContext(diagnostics=[]),
            )
        )
        assert not elsewhere

    play(work, story)
    assert "Hint 3 of 3" in grade(work.parent, "hint", "12", "cache-key", "--path", "work").stdout


def test_hovering_explains_what_is_looked_for(work: Path) -> None:
    async def story(editor: Editor) -> None:
        editor.open()
        await editor.until(bool)
        at = lsp.HoverParams(lsp.TextDocumentIdentifier(editor.uri()), lsp.Position(50, 16))
        shown = await editor.client.text_document_hover_async(at)
        assert shown is not None
        assert isinstance(shown.contents, lsp.MarkupContent)
        assert shown.contents.kind == lsp.MarkupKind.PlainText
        text = shown.contents.value
        assert text.startswith("not met: The cache key changes with the system, the Python and the lock file (0 of 14")
        assert "\nWhy: A key that never changes brings back old packages." in text
        page = grade(work.parent, "explain", "cache-key").stdout
        assert page.split("\n", 3)[3].strip() in text
        nothing = lsp.HoverParams(lsp.TextDocumentIdentifier(editor.uri()), lsp.Position(2, 0))
        assert await editor.client.text_document_hover_async(nothing) is None

    play(work, story)


def test_columns_are_counted_as_the_editor_counts_them(work: Path) -> None:
    text = "name: CI\non: [push]\njobs:\n  t:\n    runs-on: ubuntu-latest\n    steps:\n"
    line = '      - {name: "🚀 tests 🚀", uses: actions/upload-artifact@main, with: {name: r, path: r.xml}}\n'

    async def story(editor: Editor) -> None:
        editor.open(text + line)
        found = await editor.until(bool)
        here = next(one for one in found if one.code == "current-actions")
        start = len(line[: line.index("actions/")].encode("utf-16-le")) // 2
        assert (here.range.start.line, here.range.start.character) == (6, start)
        assert here.range.end.character == start + len("actions/upload-artifact@main")

    play(work, story)


def test_other_documents_are_left_alone(work: Path) -> None:
    other = work.parent / "elsewhere.yml"

    async def story(editor: Editor) -> None:
        for uri in (other.as_uri(), "untitled:Untitled-1", "file:///", (work / ".git" / "config").as_uri(), "::"):
            item = lsp.TextDocumentItem(uri, "yaml", 1, "on: push")
            editor.client.text_document_did_open(lsp.DidOpenTextDocumentParams(item))
            hover = lsp.HoverParams(lsp.TextDocumentIdentifier(uri), lsp.Position(0, 0))
            assert await editor.client.text_document_hover_async(hover) is None
        editor.open()
        await editor.until(bool)
        assert set(editor.published) == {editor.uri()}

    play(work, story)


@pytest.mark.parametrize(
    "text", ["", "\x00\x01", "[" * 30_000, "a: &a [*a]\n", "\ud800", "%YAML 9\n" * 9, "x: '" + "🚀" * 9000, "\r\r\r"],
    ids=["empty", "control", "deep", "cycle", "surrogate", "directives", "long", "carriage"],
)  # fmt: skip
def test_no_text_ends_the_server(work: Path, text: str) -> None:
    async def story(editor: Editor) -> None:
        editor.open()
        await editor.until(bool)
        rounds = editor.rounds
        editor.rewrite(text.encode("utf-8", "replace").decode())
        async with asyncio.timeout(PATIENCE):
            while editor.rounds == rounds:
                await editor.more()
        editor.rewrite(EXEMPLAR.read_text(encoding="utf-8"))
        await editor.until(lambda found: not found)

    play(work, story)


def test_a_folder_without_a_marker_is_graded_for_the_exercise_that_was_named(tmp_path: Path) -> None:
    folder = tmp_path / "own"
    (folder / ".github" / "workflows").mkdir(parents=True)
    (folder / ".github" / "workflows" / "ci.yml").write_text("on: push\njobs: {}\n", encoding="utf-8")

    async def story(editor: Editor) -> None:
        editor.open()
        assert "No job runs the tests." in " ".join(one.message for one in await editor.until(bool))

    play(folder, story, "exercise-12")


def test_without_pygls_it_is_said_what_to_install(tmp_path: Path) -> None:
    (tmp_path / "hidden" / "pygls").mkdir(parents=True)
    (tmp_path / "hidden" / "pygls" / "__init__.py").write_text("raise ModuleNotFoundError\n", encoding="utf-8")
    paths = os.pathsep.join([str(tmp_path / "hidden"), PATHS])
    done = subprocess.run(
        [sys.executable, "-m", "gradeline_cli", "lsp"], cwd=tmp_path, input="", timeout=PATIENCE, check=False,
        env={**environment(tmp_path), "PYTHONPATH": paths}, capture_output=True, text=True,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr == "grade: The editor's view needs pygls: `pip install 'gradeline[editor]'`.\n"
