// Which documents are ours, and which are templates.
import * as vscode from 'vscode';
import type { DocumentSelector } from 'vscode-languageclient';

/** With a scheme everywhere: nobody asks us about diffs and previews. By path too, where another extension renames the language. */
export const SELECTOR = [
  { scheme: 'file', language: 'helm' },
  { scheme: 'file', language: 'yaml' },
  { scheme: 'file', pattern: '**/{Chart,Chart.lock,values*}.{yaml,yml}' },
  { scheme: 'file', pattern: '**/templates/**/*.{yaml,yml,tpl,txt}' },
  { scheme: 'file', pattern: '**/values.schema.json' },
  // What ConfigMaps bring into containers: the names in it are those of the definitions.
  { scheme: 'file', pattern: '**/{scripts,config,configs,dataprotection,reloader}/**' },
  { scheme: 'untitled', language: 'helm' },
  { scheme: 'untitled', language: 'yaml' },
] satisfies DocumentSelector;

/** On disk, or never saved yet. */
const SCHEMES = ['file', 'untitled'];

/** Characters at a document's start in which we look for a KubeBlocks object. */
const HEAD = 4096;

const TEMPLATES = '/templates/';

/** The server is wanted for this document. */
export function isOurs(document: vscode.TextDocument): boolean {
  if (!SCHEMES.includes(document.uri.scheme)) return false;
  if (document.languageId === 'helm' || document.uri.path.endsWith('/Chart.yaml')) return true;
  const head = document.getText(new vscode.Range(new vscode.Position(0, 0), document.positionAt(HEAD)));
  return document.languageId === 'yaml' && /^apiVersion:\s*["']?[\w.-]*kubeblocks\.io\//m.test(head);
}

/** A template of a chart, by its path and the `Chart.yaml` above it. */
export async function isTemplate(document: vscode.TextDocument): Promise<boolean> {
  const { scheme, path } = document.uri;
  if (!SCHEMES.includes(scheme) || !/\.(ya?ml|tpl)$/.test(path)) return false;
  for (let at = path.lastIndexOf(TEMPLATES); at >= 0; at = path.lastIndexOf(TEMPLATES, at - 1)) {
    const chart = document.uri.with({ scheme: 'file', path: `${path.slice(0, at)}/Chart.yaml` });
    const found = await Promise.resolve(vscode.workspace.fs.stat(chart)).then(() => true, () => false);
    if (found) return true;
    if (at === 0) break;
  }
  return false;
}

/** The patterns of `files.associations` that speak of this document. */
export function associations(document: vscode.TextDocument): string[] {
  const all = vscode.workspace.getConfiguration('files', document).get<Record<string, string>>('associations', {});
  return Object.keys(all).filter((pattern) => {
    const anywhere = pattern.includes('/') ? pattern : `**/${pattern}`;
    return vscode.languages.match({ pattern: anywhere }, document) > 0;
  });
}

/**
 * Makes a template Helm where it is YAML by its name only. This also takes it away from servers for plain YAML, which
 * call every `{{` wrong. What the user decided in `files.associations` stays.
 */
export async function claim(document: vscode.TextDocument): Promise<void> {
  if (document.languageId === 'yaml' && (await isTemplate(document)) && associations(document).length === 0) {
    await vscode.languages.setTextDocumentLanguage(document, 'helm');
  }
}
