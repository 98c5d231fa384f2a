// The pages of rules, as the server's program prints them.
import * as vscode from 'vscode';
import type { Session } from './session';

const SCHEME = 'kubeblocks-rule';
const SOURCE = 'kubeblocks';

const { t } = vscode.l10n;

/** Serves the pages, and shows the one of the rule under the cursor; without one there, the user chooses. */
export function explain(session: Session): vscode.Disposable {
  const pages = vscode.workspace.registerTextDocumentContentProvider(SCHEME, {
    provideTextDocumentContent: (uri) => session.print('--explain', rule(uri)),
  });
  const command = vscode.commands.registerCommand('kubeblocks.explain', async (name?: string) => {
    const chosen = name ?? here() ?? (await choose(session));
    if (!chosen) return;
    const page = vscode.Uri.from({ scheme: SCHEME, path: `/${chosen}.md` });
    await vscode.commands.executeCommand('markdown.showPreviewToSide', page);
  });
  return vscode.Disposable.from(pages, command);
}

function rule(uri: vscode.Uri): string {
  return uri.path.slice(1, -'.md'.length);
}

/** The rule that speaks at the cursor. */
function here(): string | undefined {
  const editor = vscode.window.activeTextEditor;
  if (!editor) return undefined;
  const found = vscode.languages
    .getDiagnostics(editor.document.uri)
    .find(({ source, range }) => source === SOURCE && range.intersection(editor.selection));
  const code = typeof found?.code === 'object' ? found.code.value : found?.code;
  return code?.toString();
}

async function choose(session: Session): Promise<string | undefined> {
  const items = session.print('--list-rules').then((list) =>
    list.split('\n').filter(Boolean).map((line) => {
      const [label = '', description, ...detail] = line.split(/\s+/);
      return { label, description, detail: detail.join(' ') };
    }),
  );
  return (await vscode.window.showQuickPick(items, { placeHolder: t('Rule'), matchOnDetail: true }))?.label;
}
