// The picture of a chart.
import * as vscode from 'vscode';
import type { Session } from './session';

const { t } = vscode.l10n;

/** The command that shows components, services, start orders and references of the chart at hand. */
export function graph(session: Session): vscode.Disposable {
  return vscode.commands.registerCommand('kubeblocks.showGraph', async () => {
    const uri = vscode.window.activeTextEditor?.document.uri;
    const pictures = uri && (await session.ask<{ svg: string }>('kubeblocks/graph', { textDocument: { uri: uri.toString() } }));
    if (!pictures) {
      void vscode.window.showInformationMessage(t('The file belongs to no chart.'));
      return;
    }
    const column = { viewColumn: vscode.ViewColumn.Beside, preserveFocus: true };
    const panel = vscode.window.createWebviewPanel('kubeblocks.graph', t('KubeBlocks Graph'), column, { enableScripts: false });
    panel.webview.html = page(pictures.svg);
  });
}

/** The picture is an image: nothing in it can run or load anything. */
function page(svg: string): string {
  const source = `data:image/svg+xml;base64,${Buffer.from(svg).toString('base64')}`;
  return `<!DOCTYPE html>
<html>
<head>
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
<style>body { background: white; } img { max-width: 100%; }</style>
</head>
<body><img src="${source}" alt=""></body>
</html>`;
}
