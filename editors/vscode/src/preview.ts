// What a template renders to, beside it, and the cursor in step.
import * as vscode from 'vscode';
import type { Session } from './session';

/** The server's documents of this scheme come through `workspace/textDocumentContent`. */
const SCHEME = 'kubeblocks-rendered';
/** Cursors that move faster than this are followed later. */
const PAUSE_MS = 80;

const { t } = vscode.l10n;

interface Rendered {
  uri: string;
  values: string;
  sets: string[];
}

interface Place {
  uri: string;
  range: { start: { line: number; character: number } };
}

/** Commands for previews, and following the cursor there and back. */
export function previews(session: Session): vscode.Disposable {
  let timer: NodeJS.Timeout | undefined;
  return vscode.Disposable.from(
    vscode.commands.registerCommand('kubeblocks.showRendered', () => show(session)),
    vscode.commands.registerCommand('kubeblocks.chooseValues', () => choose(session)),
    vscode.window.onDidChangeTextEditorSelection(({ textEditor }) => {
      clearTimeout(timer);
      timer = setTimeout(() => void follow(session, textEditor), PAUSE_MS);
    }),
    new vscode.Disposable(() => clearTimeout(timer)),
  );
}

async function show(session: Session): Promise<void> {
  const editor = vscode.window.activeTextEditor;
  const rendered = editor && (await session.ask<Rendered>('kubeblocks/rendered', { uri: editor.document.uri.toString() }));
  if (!rendered) {
    void vscode.window.showInformationMessage(t('The file belongs to no chart that renders anything.'));
    return;
  }
  await open(rendered.uri, vscode.ViewColumn.Beside);
  await follow(session, editor);
}

/** Other values for the preview at hand. */
async function choose(session: Session): Promise<void> {
  const editor = vscode.window.activeTextEditor;
  if (!editor) return;
  const uri = editor.document.uri.toString();
  const now = await session.ask<Rendered>('kubeblocks/rendered', { uri });
  const items = now?.sets.map((label) => ({ label, description: label === now.values ? '✓' : '' })) ?? [];
  const chosen = await vscode.window.showQuickPick(items, { placeHolder: t('Values') });
  const other = chosen && (await session.ask<Rendered>('kubeblocks/rendered', { uri, values: chosen.label }));
  const column = editor.document.uri.scheme === SCHEME ? editor.viewColumn : vscode.ViewColumn.Beside;
  if (other) await open(other.uri, column ?? vscode.ViewColumn.Beside);
}

async function open(uri: string, viewColumn: vscode.ViewColumn): Promise<void> {
  const document = await vscode.workspace.openTextDocument(vscode.Uri.parse(uri));
  await vscode.window.showTextDocument(document, { viewColumn, preserveFocus: true, preview: false });
}

/** Shows on the other side what belongs to the cursor, if that side is there. */
async function follow(session: Session, editor: vscode.TextEditor): Promise<void> {
  // The other side's cursor moves too, but it is not the active one: nothing runs in circles.
  if (editor !== vscode.window.activeTextEditor) return;
  const { uri } = editor.document;
  const here = uri.scheme === SCHEME;
  const others = vscode.window.visibleTextEditors.filter(({ document }) => (document.uri.scheme === SCHEME) !== here);
  for (const other of others) {
    // Previews of one file may show several sets of values.
    const values = here ? undefined : other.document.uri.fragment || undefined;
    const place = await session.ask<Place>(here ? 'kubeblocks/sourcePosition' : 'kubeblocks/renderedPosition', {
      textDocument: { uri: uri.toString() },
      position: { line: editor.selection.active.line, character: editor.selection.active.character },
      values,
    });
    if (place && vscode.Uri.parse(place.uri).toString() === other.document.uri.toString()) {
      const at = new vscode.Position(place.range.start.line, place.range.start.character);
      other.selection = new vscode.Selection(at, at);
      other.revealRange(other.selection, vscode.TextEditorRevealType.InCenterIfOutsideViewport);
    }
  }
}
