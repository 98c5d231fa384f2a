// Wiring. All that is known about charts is known by the server.
import * as vscode from 'vscode';
import { Advice } from './advice';
import { claim, isOurs } from './documents';
import { explain } from './explain';
import { graph } from './graph';
import { previews } from './preview';
import { SECTION, Session } from './session';

let session: Session | undefined;

export function activate(context: vscode.ExtensionContext): void {
  const mine = new Session(context);
  session = mine;
  const meet = async (document: vscode.TextDocument): Promise<void> => {
    await claim(document);
    if (isOurs(document)) await mine.start();
  };
  context.subscriptions.push(
    mine,
    new Advice(context.globalState),
    explain(mine),
    graph(mine),
    previews(mine),
    vscode.commands.registerCommand('kubeblocks.restart', () => mine.restart()),
    vscode.commands.registerCommand('kubeblocks.showOutput', () => mine.showLog()),
    vscode.workspace.onDidOpenTextDocument((document) => void meet(document)),
    // A document that was never saved becomes ours by what is typed.
    vscode.workspace.onDidChangeTextDocument(({ document }) => {
      if (document.isUntitled && !mine.isWanted) void meet(document);
    }),
    vscode.workspace.onDidChangeConfiguration((change) => {
      if (change.affectsConfiguration(`${SECTION}.server`)) void mine.refresh();
    }),
    vscode.workspace.onDidGrantWorkspaceTrust(() => void mine.refresh()),
  );
  for (const document of vscode.workspace.textDocuments) void meet(document);
  // In a folder with a chart the server is there before the first document is.
  void vscode.workspace.findFiles('**/Chart.yaml', '**/node_modules/**', 1).then(([chart]) => {
    if (chart) void mine.start();
  });
}

export function deactivate(): Promise<void> | undefined {
  return session?.stop();
}
