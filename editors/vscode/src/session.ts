// One server and its client: start, stop, and what the status item says of them.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import * as vscode from 'vscode';
import { LanguageClient, State } from 'vscode-languageclient/node';
import { SELECTOR } from './documents';
import * as server from './server';

/** The name of our settings' section; the client finds `trace.server` under its id. */
export const SECTION = 'kubeblocks';

/** Settings that are for the client alone. */
const OURS = ['server', 'trace'];

const { t } = vscode.l10n;

export class Session implements vscode.Disposable {
  private client: LanguageClient | undefined;
  private wanted = false;
  /** The last start or stop: one at a time. */
  private turn: Promise<void> = Promise.resolve();
  private readonly log = vscode.window.createOutputChannel('KubeBlocks', { log: true });
  private readonly status = vscode.languages.createLanguageStatusItem('kubeblocks', SELECTOR);

  constructor(private readonly context: vscode.ExtensionContext) {
    this.status.name = 'KubeBlocks';
    this.status.command = { command: 'kubeblocks.showOutput', title: t('Show Log') };
    this.say(t('not started'));
  }

  /** Somebody has started the server. */
  get isWanted(): boolean {
    return this.wanted;
  }

  /** Starts the server if nobody has yet. */
  start(): Promise<void> {
    if (this.wanted) return this.turn;
    this.wanted = true;
    return this.next(() => this.launch());
  }

  /** Starts the server anew, if there is to be one. */
  async refresh(): Promise<void> {
    if (this.wanted) await this.restart();
  }

  /** Another server in place of this one. */
  restart(): Promise<void> {
    this.wanted = true;
    return this.next(async () => {
      await this.stop();
      await this.launch();
    });
  }

  showLog(): void {
    this.log.show(true);
  }

  /** What the server answers, if it is there and knows an answer. */
  async ask<T>(method: string, params: object): Promise<T | undefined> {
    if (this.client?.state !== State.Running) return undefined;
    return (await this.client.sendRequest<T | null>(method, params)) ?? undefined;
  }

  /** What the server's program prints with these arguments. */
  async print(...args: string[]): Promise<string> {
    const found = server.find(this.context);
    if (!found) throw new Error(t('There is no kubeblocks-ls.'));
    return (await promisify(execFile)(found.command, args, { env: found.env })).stdout;
  }

  dispose(): void {
    this.status.dispose();
    this.log.dispose();
  }

  async stop(): Promise<void> {
    const client = this.client;
    this.client = undefined;
    // A server that hangs is not waited for.
    await client?.dispose().catch((fault) => this.log.warn(String(fault)));
  }

  private next(work: () => Promise<void>): Promise<void> {
    this.turn = this.turn.then(work);
    return this.turn;
  }

  private async launch(): Promise<void> {
    const found = server.find(this.context);
    if (!found) {
      await this.failed(t('There is no kubeblocks-ls.'));
      return;
    }
    this.status.busy = true;
    this.say(t('starting'));
    const client = new LanguageClient(
      SECTION,
      'KubeBlocks',
      { command: found.command, args: found.args, options: { env: found.env } },
      {
        documentSelector: SELECTOR,
        outputChannel: this.log,
        initializationOptions: withoutOurs(vscode.workspace.getConfiguration(SECTION)),
        synchronize: { configurationSection: SECTION },
        middleware: {
          workspace: {
            configuration: async (params, token, next) => {
              const answers = await next(params, token);
              return Array.isArray(answers) ? answers.map(withoutOurs) : answers;
            },
          },
        },
      },
    );
    client.onDidChangeState(({ newState }) => {
      if (newState === State.Stopped && this.client === client) this.stopped();
      if (newState === State.Running && this.client === client) this.running(client);
    });
    this.client = client;
    try {
      await client.start();
    } catch (fault) {
      this.client = undefined;
      await this.failed(t('{0} does not start: {1}', found.command, fault instanceof Error ? fault.message : String(fault)));
    }
  }

  private running(client: LanguageClient): void {
    this.status.busy = false;
    this.say(client.initializeResult?.serverInfo?.version ?? '');
    void vscode.commands.executeCommand('setContext', 'kubeblocks.running', true);
  }

  private stopped(): void {
    this.status.busy = false;
    this.say(t('stopped'), vscode.LanguageStatusSeverity.Error);
    void vscode.commands.executeCommand('setContext', 'kubeblocks.running', false);
  }

  private async failed(why: string): Promise<void> {
    this.log.error(why);
    this.stopped();
    const settings = t('Open Settings');
    const install = t('How to Install');
    // Not awaited by `turn`: a message may stay for ever.
    void vscode.window.showErrorMessage(why, settings, install).then((choice) => {
      if (choice === settings) {
        void vscode.commands.executeCommand('workbench.action.openSettings', 'kubeblocks.server.path');
      } else if (choice === install) {
        const page = vscode.Uri.parse(`${this.context.extension.packageJSON.repository.url}#try-it`);
        void vscode.env.openExternal(page);
      }
    });
  }

  private say(text: string, severity = vscode.LanguageStatusSeverity.Information): void {
    this.status.text = `KubeBlocks ${text}`.trim();
    this.status.severity = severity;
  }
}

/** Settings as the server knows them. */
function withoutOurs(settings: unknown): unknown {
  if (typeof settings !== 'object' || settings === null) return settings;
  return Object.fromEntries(Object.entries(settings).filter(([name, value]) => !OURS.includes(name) && typeof value !== 'function'));
}
