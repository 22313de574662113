"""The language server: what an editor says and asks, answered by the ``Desk``.

Texts are graded as they stand in the editor, a moment after the last change, in one thread of its own, so that the
editor never waits.  Nothing of a learner's text is sent back as Markdown.
"""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from lsprotocol import types as lsp
from pygls.lsp.server import LanguageServer
from pygls.uris import from_fs_path, to_fs_path

from gradeline import __version__
from gradeline.source import Span
from gradeline_cli.editor.desk import Desk, Judged
from gradeline_cli.editor.findings import Finding, at, explained
from gradeline_cli.ending import sentence

PAUSE = 0.3  # seconds without a change before grading
HINT = "gradeline.hint"

_WEIGHTS = {
    "error": lsp.DiagnosticSeverity.Error, "warning": lsp.DiagnosticSeverity.Warning,
    "note": lsp.DiagnosticSeverity.Information,
}  # fmt: skip


class Server(LanguageServer):
    """One editor.  ``judged`` is the last grading of each workspace, ``shown`` the files that have findings now."""

    def __init__(self, desk: Desk) -> None:
        super().__init__("gradeline", __version__, text_document_sync_kind=lsp.TextDocumentSyncKind.Incremental)
        self.desk = desk
        self.judged: dict[Path, Judged] = {}
        self.shown: dict[Path, set[str]] = {}
        self.waiting: dict[Path, asyncio.Task[None]] = {}
        self.grader = ThreadPoolExecutor(max_workers=1, thread_name_prefix="gradeline-grade")

    def roots(self) -> tuple[Path, ...]:
        uris = [*self.workspace.folders, *([self.workspace.root_uri] if self.workspace.root_uri else [])]
        return tuple(path for uri in uris if (path := _path(uri)) is not None)

    def place(self, uri: str) -> tuple[Path, str] | None:
        """The workspace of a document and its path in there; None when it is graded with none."""
        file = _path(uri)
        folder = self.desk.workspace(file, self.roots()) if file is not None else None
        return (folder, file.relative_to(folder).as_posix()) if file is not None and folder is not None else None

    def changed(self, uri: str) -> None:
        """Grade the workspace of a document soon; a change in the meantime starts the waiting again."""
        found = self.place(uri)
        if found is None:
            return
        folder = found[0]
        before = self.waiting.pop(folder, None)
        if before is not None:
            before.cancel()
        self.waiting[folder] = asyncio.get_running_loop().create_task(self._grade_soon(folder))

    async def _grade_soon(self, folder: Path) -> None:
        await asyncio.sleep(PAUSE)
        texts = {
            place[1]: document.source
            for uri, document in self.workspace.text_documents.items()
            if (place := self.place(uri)) is not None and place[0] == folder
        }
        try:
            judged = await asyncio.get_running_loop().run_in_executor(self.grader, self.desk.judge, folder, texts)
        except Exception as error:  # the next change is graded again; an editor must not lose its server
            text = self.desk.words("lsp.not_graded", text=f"{type(error).__name__}: {sentence(error, self.desk.words)}")
            self.window_log_message(lsp.LogMessageParams(lsp.MessageType.Error, text))
            return
        if judged is not None:
            self.judged[folder] = judged
            self._publish(folder, judged)

    def _publish(self, folder: Path, judged: Judged) -> None:
        by_file: dict[str, list[lsp.Diagnostic]] = {}
        for one in judged.findings:
            by_file.setdefault(one.span.path, []).append(self._diagnostic(folder, judged, one))
        for path in sorted({*by_file, *self.shown.get(folder, ())}):
            self.text_document_publish_diagnostics(
                lsp.PublishDiagnosticsParams(_uri(folder, path), by_file.get(path, []))
            )
        self.shown[folder] = set(by_file)

    def _diagnostic(self, folder: Path, judged: Judged, one: Finding) -> lsp.Diagnostic:
        related = [
            lsp.DiagnosticRelatedInformation(
                lsp.Location(_uri(folder, span.path), self.client_range(judged, span)), text
            )
            for span, text in one.related
        ]
        return lsp.Diagnostic(
            range=self.client_range(judged, one.span),
            message=one.message,
            severity=_WEIGHTS[one.weight],
            code=one.code,
            code_description=lsp.CodeDescription(one.url) if one.url else None,
            source="gradeline",
            related_information=related or None,
        )

    def client_range(self, judged: Judged, span: Span) -> lsp.Range:
        """A span in the editor's units, which are half a character for some."""
        lines = judged.report.sources.get(span.path, ())
        whole = lsp.Range(
            lsp.Position(max(span.line - 1, 0), max(span.column - 1, 0)),
            lsp.Position(max(span.end_line - 1, 0), max(span.end_column - 1, 0)),
        )
        return self.workspace.position_codec.range_to_client_units(list(lines), whole)


def make(desk: Desk) -> Server:
    """The server with everything it answers."""
    server = Server(desk)

    @server.feature(lsp.TEXT_DOCUMENT_DID_OPEN)
    async def opened(ls: Server, params: lsp.DidOpenTextDocumentParams) -> None:
        ls.changed(params.text_document.uri)

    @server.feature(lsp.TEXT_DOCUMENT_DID_CHANGE)
    async def edited(ls: Server, params: lsp.DidChangeTextDocumentParams) -> None:
        ls.changed(params.text_document.uri)

    @server.feature(lsp.TEXT_DOCUMENT_DID_SAVE)
    async def saved(ls: Server, params: lsp.DidSaveTextDocumentParams) -> None:
        ls.changed(params.text_document.uri)

    @server.feature(lsp.TEXT_DOCUMENT_DID_CLOSE)
    async def closed(ls: Server, params: lsp.DidCloseTextDocumentParams) -> None:
        ls.changed(params.text_document.uri)

    @server.feature(lsp.TEXT_DOCUMENT_HOVER)
    def hover(ls: Server, params: lsp.HoverParams) -> lsp.Hover | None:
        return _hover(ls, params)

    @server.feature(
        lsp.TEXT_DOCUMENT_CODE_ACTION, lsp.CodeActionOptions(code_action_kinds=[lsp.CodeActionKind.QuickFix])
    )
    def actions(ls: Server, params: lsp.CodeActionParams) -> list[lsp.CodeAction]:
        return _actions(ls, params)

    @server.command(HINT)
    def hint(ls: Server, workspace: str, criterion: str) -> str:
        folder = _path(workspace)
        judged = ls.judged.get(folder) if folder is not None else None
        if folder is None or judged is None:
            return ""
        text = ls.desk.hint(folder, judged, criterion)
        ls.window_show_message(lsp.ShowMessageParams(lsp.MessageType.Info, text))
        return text

    return server


def _hover(ls: Server, params: lsp.HoverParams) -> lsp.Hover | None:
    found = ls.place(params.text_document.uri)
    judged = ls.judged.get(found[0]) if found is not None else None
    if found is None or judged is None:
        return None
    document = ls.workspace.get_text_document(params.text_document.uri)
    position = ls.workspace.position_codec.position_from_client_units(document.lines, params.position)
    ids = at(judged.report, found[1], position.line + 1, position.character + 1, judged.findings)
    results = {result.id: result for result in judged.report.criteria}
    pages = ls.desk.pages() if ids else {}
    texts = [explained(results[name], pages, ls.desk.words) for name in ids[:3]]
    return lsp.Hover(lsp.MarkupContent(lsp.MarkupKind.PlainText, "\n\n".join(texts))) if texts else None


def _actions(ls: Server, params: lsp.CodeActionParams) -> list[lsp.CodeAction]:
    found = ls.place(params.text_document.uri)
    judged = ls.judged.get(found[0]) if found is not None else None
    if found is None or judged is None:
        return []
    titles = {result.id: result.title for result in judged.report.criteria}
    made: dict[str, lsp.CodeAction] = {}
    for one in judged.findings:
        lies_here = one.span.path == found[1] and _overlap(ls.client_range(judged, one.span), params.range)
        if one.criterion and lies_here and one.criterion not in made:
            title = ls.desk.words("lsp.hint", title=titles[one.criterion])
            made[one.criterion] = lsp.CodeAction(
                title=title,
                kind=lsp.CodeActionKind.QuickFix,
                diagnostics=[item for item in params.context.diagnostics if item.code == one.criterion] or None,
                command=lsp.Command(title, HINT, arguments=[_uri(found[0], ""), one.criterion]),
            )
    return list(made.values())


def _overlap(one: lsp.Range, other: lsp.Range) -> bool:
    def order(position: lsp.Position) -> tuple[int, int]:
        return (position.line, position.character)

    return order(one.start) <= order(other.end) and order(other.start) <= order(one.end)


def _path(uri: str) -> Path | None:
    """The file of a ``file:`` address; other addresses (unsaved documents, remote ones) have none."""
    name = to_fs_path(uri) if uri.startswith("file:") else None
    return Path(name) if name else None


def _uri(folder: Path, path: str) -> str:
    return from_fs_path(str(folder / path)) or ""
