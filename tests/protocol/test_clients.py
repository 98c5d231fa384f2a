"""The server before an independent client, in the shoes of every editor whose `initialize` we know.

`SERVER=path pytest tests/protocol`; needs pytest-lsp from PyPI. The client decodes all that it gets by the protocol's own
model, and checks it against what the editor said it can do.
"""

import asyncio
import json
import os
import pathlib
import shutil

import pytest
import pytest_lsp
from lsprotocol import converters
from lsprotocol import types as lsp
from pygls.exceptions import JsonRpcMethodNotFound
from pytest_lsp import ClientServerConfig, LanguageClient, make_test_lsp_client

PROJECT = pathlib.Path(__file__).resolve().parents[2]
CLIENTS = sorted((PROJECT / "tests/data/clients").glob("*.json"))
PATIENCE = 30

# What the server may ask the client to ask again, beside diagnostics, and where the client offers it.
REFRESHES = {
    lsp.WORKSPACE_CODE_LENS_REFRESH: ("codeLens", "refreshSupport"),
    lsp.WORKSPACE_INLAY_HINT_REFRESH: ("inlayHint", "refreshSupport"),
    lsp.WORKSPACE_SEMANTIC_TOKENS_REFRESH: ("semanticTokens", "refreshSupport"),
}

MISTAKE = "unknown-component-def"


class Workspace:
    """A copy of a chart, with one document open."""

    def __init__(self, client: LanguageClient, root: pathlib.Path):
        self.client = client
        self.path = root / "templates/clusterdefinition.yaml"
        self.uri = self.path.as_uri()
        # Behind characters of every width, columns tell the encodings apart.
        text = self.path.read_text()
        self.text = text.replace("characterType: etcd\n", "characterType: etcd # 等待 🌊 é\n")
        self.version = 0
        self.result: lsp.InitializeResult | None = None

    @property
    def document(self):
        return lsp.TextDocumentIdentifier(self.uri)

    @property
    def encoding(self):
        return self.result.capabilities.position_encoding or "utf-16"

    def position(self, offset: int) -> lsp.Position:
        before = self.text[:offset]
        line = before.rsplit("\n", 1)[-1]
        width = {"utf-8": 1, "utf-16": 2, "utf-32": 4}[self.encoding]
        codec = {"utf-8": "utf-8", "utf-16": "utf-16-le", "utf-32": "utf-32-le"}[self.encoding]
        return lsp.Position(before.count("\n"), len(line.encode(codec)) // width)

    def range(self, what: str, inside: str | None = None) -> lsp.Range:
        """Of the first `what`, or of the part of it that is `inside`."""
        start = self.text.index(what)
        if inside is not None:
            start, what = start + what.index(inside), inside
        return lsp.Range(self.position(start), self.position(start + len(what)))

    def open(self):
        item = lsp.TextDocumentItem(uri=self.uri, language_id="yaml", version=self.version, text=self.text)
        self.client.text_document_did_open(lsp.DidOpenTextDocumentParams(item))

    def edit(self, old: str, new: str):
        """Replaces the first `old`, as one small change."""
        change = lsp.TextDocumentContentChangePartial(range=self.range(old), text=new)
        self.text = self.text.replace(old, new, 1)
        self.version += 1
        document = lsp.VersionedTextDocumentIdentifier(uri=self.uri, version=self.version)
        self.client.text_document_did_change(lsp.DidChangeTextDocumentParams(document, [change]))

    @property
    def pulls(self):
        return self.result.capabilities.diagnostic_provider is not None

    async def findings(self, wanted) -> list[lsp.Diagnostic]:
        """The findings of the document, as soon as they are `wanted`, in the way that was agreed on."""
        if self.pulls:
            params = lsp.DocumentDiagnosticParams(self.document)
            found = (await self.client.text_document_diagnostic_async(params)).items
        else:
            async with asyncio.timeout(PATIENCE):
                while self.uri not in self.client.diagnostics or not wanted(self.client.diagnostics[self.uri]):
                    await self.client.wait_for_notification(lsp.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)
            found = self.client.diagnostics[self.uri]
        assert wanted(found), found
        return list(found)


@pytest_lsp.fixture(
    params=CLIENTS,
    ids=lambda path: path.stem,
    config=ClientServerConfig(
        server_command=[os.environ["SERVER"], "--stdio"], client_factory=make_test_lsp_client
    ),
)
async def client(request, lsp_client: LanguageClient, tmp_path: pathlib.Path):
    root = tmp_path / "tidedb"
    shutil.copytree(PROJECT / "tests/charts/tidedb", root)
    words = request.param.read_text().replace("$ROOT", str(root))
    params = converters.get_converter().structure(json.loads(words)["initialize"], lsp.InitializeParams)
    lsp_client.registered = []
    lsp_client.refreshed = set()

    @lsp_client.feature(lsp.CLIENT_REGISTER_CAPABILITY)
    def register(params: lsp.RegistrationParams):
        lsp_client.registered += params.registrations

    @lsp_client.feature(lsp.CLIENT_UNREGISTER_CAPABILITY)
    def unregister(params: lsp.UnregistrationParams):
        gone = {one.id for one in params.unregisterations}
        assert gone <= {one.id for one in lsp_client.registered}
        lsp_client.registered = [one for one in lsp_client.registered if one.id not in gone]

    def note(method: str):
        @lsp_client.feature(method)
        def refresh(*_):
            lsp_client.refreshed.add(method)

    for method in REFRESHES:
        note(method)

    lsp_client.asked = json.loads(words)["initialize"]["capabilities"]
    workspace = lsp_client.workspace_copy = Workspace(lsp_client, root)
    workspace.result = await lsp_client.initialize_session(params)
    workspace.open()
    yield
    await lsp_client.shutdown_session()


def offered(client: LanguageClient, *path: str):
    """What the editor said of itself."""
    value = client.asked
    for key in path:
        value = (value or {}).get(key)
    return value


def is_clean(found):
    return not any(finding.severity <= lsp.DiagnosticSeverity.Warning for finding in found)


def is_wrong(found):
    return any(finding.code == MISTAKE for finding in found)


async def test_positions_are_counted_as_was_offered(client: LanguageClient):
    answer = client.workspace_copy.result.capabilities.position_encoding
    choice = offered(client, "general", "positionEncodings")
    assert answer in choice if choice else answer is None


async def test_one_way_of_findings(client: LanguageClient):
    workspace = client.workspace_copy
    if workspace.pulls:
        assert offered(client, "textDocument", "diagnostic") is not None
        await workspace.findings(is_clean)
        # What is asked for is not told of as well.
        assert not client.diagnostics.get(workspace.uri)
    else:
        await workspace.findings(is_clean)


async def test_a_mistake_comes_and_goes(client: LanguageClient):
    workspace = client.workspace_copy
    await workspace.findings(is_clean)
    workspace.edit("componentDefName: meta", "componentDefName: mata")
    found = await workspace.findings(is_wrong)
    (finding,) = [finding for finding in found if finding.code == MISTAKE]
    assert finding.range == workspace.range("componentDefName: mata", "mata")
    assert finding.source == "kubeblocks"
    if not offered(client, "textDocument", "publishDiagnostics", "relatedInformation"):
        assert finding.related_information is None
    workspace.edit("componentDefName: mata", "componentDefName: meta")
    await workspace.findings(is_clean)


async def test_places_behind_wide_characters(client: LanguageClient):
    workspace = client.workspace_copy
    await workspace.findings(is_clean)
    # Between two edits on one line that is not ASCII, offsets must stay true.
    workspace.edit("🌊", "{{/* 🌊🌊 */}}")
    workspace.edit("componentDefRef:\n        - *metaRef", "componentDefRef: # é 🌊\n        - {componentDefName: 'mèta'}")
    found = await workspace.findings(is_wrong)
    assert workspace.range("'mèta'") in [finding.range for finding in found if finding.code == MISTAKE]


async def test_hover(client: LanguageClient):
    workspace = client.workspace_copy
    at = workspace.range(".Values.image.pullPolicy", "pullPolicy").start
    hover = await client.text_document_hover_async(lsp.HoverParams(workspace.document, at))
    assert "IfNotPresent" in hover.contents.value
    formats = offered(client, "textDocument", "hover", "contentFormat") or ["plaintext"]
    assert hover.contents.kind == formats[0]


async def test_definition(client: LanguageClient):
    workspace = client.workspace_copy
    at = workspace.range("componentDefName: meta", "meta").start
    found = await client.text_document_definition_async(lsp.DefinitionParams(workspace.document, at))
    target = workspace.range("- name: meta\n", "- name: meta").start.line
    if offered(client, "textDocument", "definition", "linkSupport"):
        places = [(link.target_uri, link.target_selection_range.start.line) for link in found]
    else:
        found = found if isinstance(found, list) else [found]
        places = [(place.uri, place.range.start.line) for place in found]
    assert places == [(workspace.uri, target)]


async def test_symbols(client: LanguageClient):
    workspace = client.workspace_copy
    found = await client.text_document_document_symbol_async(lsp.DocumentSymbolParams(workspace.document))
    nested = offered(client, "textDocument", "documentSymbol", "hierarchicalDocumentSymbolSupport")
    kind = lsp.DocumentSymbol if nested else lsp.SymbolInformation
    assert found and all(isinstance(symbol, kind) for symbol in found)


async def test_completion(client: LanguageClient):
    workspace = client.workspace_copy
    at = workspace.range("workloadType: Stateless", "Stateless").start
    answer = await client.text_document_completion_async(lsp.CompletionParams(workspace.document, at))
    items = answer if isinstance(answer, list) else answer.items
    assert {"Consensus", "Replication", "Stateful"} <= {item.label for item in items}
    if not offered(client, "textDocument", "completion", "completionItem", "snippetSupport"):
        assert all(item.insert_text_format != lsp.InsertTextFormat.Snippet for item in items)


async def test_quick_fix(client: LanguageClient):
    workspace = client.workspace_copy
    workspace.edit("componentDefName: meta", "componentDefName: mata")
    found = [finding for finding in await workspace.findings(is_wrong) if finding.code == MISTAKE]
    params = lsp.CodeActionParams(workspace.document, found[0].range, lsp.CodeActionContext(found))
    actions = await client.text_document_code_action_async(params) or []
    if not offered(client, "textDocument", "codeAction", "codeActionLiteralSupport"):
        assert all(isinstance(action, lsp.Command) for action in actions)
        return
    fixes = [action for action in actions if isinstance(action, lsp.CodeAction) and action.edit is not None]
    (fix,) = [action for action in fixes if action.kind == lsp.CodeActionKind.QuickFix and "`meta`" in action.title]
    versioned = offered(client, "workspace", "workspaceEdit", "documentChanges")
    edits = fix.edit.document_changes[0].edits if versioned else fix.edit.changes[workspace.uri]
    assert [(edit.range, edit.new_text) for edit in edits] == [(found[0].range, "meta")]


async def test_files_are_watched_only_where_that_was_offered(client: LanguageClient):
    await client.workspace_copy.findings(is_clean)
    watches = bool(offered(client, "workspace", "didChangeWatchedFiles", "dynamicRegistration"))

    def watched():
        return any(one.method == lsp.WORKSPACE_DID_CHANGE_WATCHED_FILES for one in client.registered)

    async with asyncio.timeout(PATIENCE):
        while watches and not watched():
            await asyncio.sleep(0.01)
    assert watches == watched()


async def test_refreshes_are_asked_for_only_where_that_was_offered(client: LanguageClient):
    workspace = client.workspace_copy
    await workspace.findings(is_clean)
    workspace.edit("componentDefName: meta", "componentDefName: mata")
    await workspace.findings(is_wrong)
    for method in client.refreshed:
        assert offered(client, "workspace", *REFRESHES[method]), method


async def test_unknown_methods(client: LanguageClient):
    client.protocol.notify("$/nobodyKnows", {})
    client.protocol.notify("nobody/knows", {})
    with pytest.raises(JsonRpcMethodNotFound):
        await client.protocol.send_request_async("nobody/knows", {})


async def test_places_outside(client: LanguageClient):
    """A place behind the end, and a document that nobody opened, are no faults."""
    workspace = client.workspace_copy
    far = lsp.Position(100_000, 100_000)
    for document in [workspace.document, lsp.TextDocumentIdentifier("file:///nowhere/at.yaml")]:
        await client.text_document_hover_async(lsp.HoverParams(document, far))
        await client.text_document_definition_async(lsp.DefinitionParams(document, far))
