// Where the server is.
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import * as vscode from 'vscode';

const BINARY = process.platform === 'win32' ? 'kubeblocks-ls.exe' : 'kubeblocks-ls';

/** A program with what it is started with. */
export interface Server {
  command: string;
  args: string[];
  env: NodeJS.ProcessEnv;
}

/**
 * The server of the settings, else the one that came with the extension, else the one on `PATH`. A folder that is not
 * trusted cannot choose: there only the second one runs. Nothing is ever downloaded.
 */
export function find(context: vscode.ExtensionContext): Server | undefined {
  const settings = vscode.workspace.getConfiguration('kubeblocks.server');
  const bundled = context.asAbsolutePath(path.join('server', BINARY));
  if (!vscode.workspace.isTrusted) {
    return fs.existsSync(bundled) ? { command: bundled, args: ['--stdio'], env: process.env } : undefined;
  }
  const chosen = settings.get<string | null>('path');
  const args = ['--stdio', ...settings.get<string[]>('args', [])];
  const env = { ...process.env, ...settings.get<Record<string, string>>('env', {}) };
  // What was chosen is taken as it is, so that a wrong path is seen and not passed over.
  const command = chosen ? expand(chosen) : [bundled, ...onPath(env.PATH ?? '')].find((file) => fs.existsSync(file));
  return command === undefined ? undefined : { command, args, env };
}

function onPath(folders: string): string[] {
  return folders.split(path.delimiter).filter(Boolean).map((folder) => path.join(folder, BINARY));
}

function expand(file: string): string {
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath ?? '';
  return file
    .replace(/^~(?=[/\\])/, os.homedir())
    .replaceAll('${workspaceFolder}', folder)
    .replace(/\$\{env:(\w+)\}/g, (_, name: string) => process.env[name] ?? '');
}
