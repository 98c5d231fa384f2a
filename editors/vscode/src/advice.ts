// What to do when a server for plain YAML calls templates wrong: said once, done on one click.
import * as vscode from 'vscode';
import { associations, isTemplate } from './documents';

/** So many problems of another server in one template are a flood. */
const FLOOD = 3;
/** A template is plain YAML for a moment when it opens. */
const SETTLE_MS = 1500;
const NEVER = 'kubeblocks.noAdvice';

const { t } = vscode.l10n;

/** Somebody who reports on a template, and how to have them stop. */
interface Flood {
  who: string;
  how: string;
  stop: () => Promise<void>;
}

export class Advice implements vscode.Disposable {
  private timer: NodeJS.Timeout | undefined;
  private asked = false;
  private readonly listener = vscode.languages.onDidChangeDiagnostics(() => this.soon());

  constructor(private readonly memory: vscode.Memento) {}

  dispose(): void {
    clearTimeout(this.timer);
    this.listener.dispose();
  }

  private soon(): void {
    clearTimeout(this.timer);
    if (!this.asked && !this.memory.get(NEVER)) this.timer = setTimeout(() => void this.look(), SETTLE_MS);
  }

  private async look(): Promise<void> {
    for (const editor of vscode.window.visibleTextEditors) {
      const flood = await floodIn(editor.document);
      if (flood && !this.asked) {
        this.asked = true;
        await this.ask(flood);
      }
    }
  }

  private async ask(flood: Flood): Promise<void> {
    const never = t('Never Ask');
    const what = t('{0} reads templates as plain YAML and finds mistakes that are none.', flood.who);
    const choice = await vscode.window.showInformationMessage(what, flood.how, never);
    if (choice === flood.how) await flood.stop();
    if (choice === never) await this.memory.update(NEVER, true);
  }
}

async function floodIn(document: vscode.TextDocument): Promise<Flood | undefined> {
  if (!(await isTemplate(document))) return undefined;
  const problems = vscode.languages.getDiagnostics(document.uri);
  // The server inside of helm-ls signs its words in the message.
  if (problems.filter(({ message }) => message.startsWith('Yamlls:')).length >= FLOOD) {
    return {
      who: 'helm-ls',
      how: t('Turn Its YAML Checks Off'),
      stop: async () => vscode.workspace.getConfiguration('helm-ls').update('yamlls.enabled', false),
    };
  }
  const others = problems.filter(({ source }) => /^yaml/i.test(source ?? ''));
  if (document.languageId === 'helm' || others.length < FLOOD) return undefined;
  return { who: others[0]?.source ?? '', how: t('Treat Templates as Helm'), stop: () => treatAsHelm(document) };
}

/** Writes into the folder's settings that templates are Helm, also where the user's own patterns say otherwise. */
async function treatAsHelm(document: vscode.TextDocument): Promise<void> {
  const settings = vscode.workspace.getConfiguration('files');
  const patterns = ['**/templates/**/*.yaml', '**/templates/**/*.yml', '**/templates/**/*.tpl', ...associations(document)];
  const old = settings.inspect<Record<string, string>>('associations')?.workspaceValue;
  const wanted = Object.fromEntries(patterns.map((pattern) => [pattern, 'helm']));
  await settings.update('associations', { ...old, ...wanted }, vscode.ConfigurationTarget.Workspace);
  for (const open of vscode.workspace.textDocuments) {
    if (open.languageId !== 'helm' && (await isTemplate(open))) await vscode.languages.setTextDocumentLanguage(open, 'helm');
  }
}
