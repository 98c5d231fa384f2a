// VS Code in a browser: code-server with an extension, Chromium, and the hands of a user.
import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import net from 'node:net';
import path from 'node:path';

const QUIET = {
  'chat.disableAIFeatures': true,
  'editor.hover.delay': 100,
  'editor.minimap.enabled': false,
  'extensions.autoCheckUpdates': false,
  'extensions.ignoreRecommendations': true,
  // In a browser it is on: what a step reads from a file would depend on how long another step took.
  'files.autoSave': 'off',
  'git.enabled': false,
  'telemetry.telemetryLevel': 'off',
  'update.mode': 'none',
  'workbench.colorTheme': 'Default Light Modern',
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'workbench.startupEditor': 'none',
  'workbench.tips.enabled': false,
};
const CHROMIUM = [
  '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync', '--disable-dev-shm-usage',
];
const PATIENCE_MS = 30_000;
/** How long one keystroke may take to show. */
const STEP_MS = 3_000;
const LOCAL = /^(127\.0\.0\.1|localhost|.*\.localhost)$/;

/** A code-server of its own below `root`. */
export class CodeServer {
  constructor(tools, root) {
    this.require = createRequire(path.join(tools, 'package.json'));
    this.entry = path.join(tools, 'node_modules/code-server/out/node/entry.js');
    this.root = root;
    this.data = path.join(root, 'data');
    this.extensions = path.join(root, 'extensions');
    this.common = ['--user-data-dir', this.data, '--extensions-dir', this.extensions];
    this.env = { ...process.env, HOME: root, XDG_CONFIG_HOME: path.join(root, 'config') };
    this.settings({});
  }

  /** The user's settings. */
  settings(more) {
    this.write('User', { ...QUIET, ...more });
  }

  write(who, settings) {
    fs.mkdirSync(path.join(this.data, who), { recursive: true });
    fs.writeFileSync(path.join(this.data, who, 'settings.json'), JSON.stringify(settings));
  }

  install(vsix) {
    const done = spawnSync(process.execPath, [this.entry, ...this.common, '--install-extension', vsix], { env: this.env, encoding: 'utf8' });
    if (done.status !== 0) throw new Error(done.stdout + done.stderr);
  }

  async start() {
    this.port = await freePort();
    const log = fs.openSync(path.join(this.root, 'code-server.log'), 'w');
    const quiet = ['--auth', 'none', '--disable-telemetry', '--disable-update-check', '--disable-workspace-trust', '--disable-getting-started-override'];
    this.process = spawn(process.execPath, [this.entry, ...this.common, ...quiet, '--bind-addr', `127.0.0.1:${this.port}`], {
      env: this.env, stdio: ['ignore', log, log], detached: true,
    });
    await until('code-server', async () => (await fetch(`http://127.0.0.1:${this.port}/healthz`)).ok);
  }

  /** Opens a folder in a new browser. */
  async open(folder) {
    const { chromium } = this.require('playwright-core');
    this.browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', headless: true, args: CHROMIUM });
    const page = await this.browser.newPage({ viewport: { width: 1280, height: 800 } });
    page.setDefaultTimeout(PATIENCE_MS);
    // A page that asks outside fails at once instead of hanging.
    await page.route((url) => !LOCAL.test(url.hostname), (route) => route.abort());
    await page.goto(`http://127.0.0.1:${this.port}/?folder=${encodeURIComponent(folder)}`);
    await page.locator('.monaco-workbench .part.statusbar').waitFor();
    return new Workbench(page);
  }

  async stop() {
    await this.browser?.close();
    // Its group: code-server starts more processes.
    if (this.process) process.kill(-this.process.pid, 'SIGTERM');
  }
}

/** What a user sees and does. Everything waits for what it names: nothing is counted or read at once. */
export class Workbench {
  constructor(page) {
    this.page = page;
    this.editor = page.locator('.editor-group-container.active .editor-instance');
  }

  see(selector, text) {
    return this.page.locator(selector, text === undefined ? {} : { hasText: text }).first().waitFor();
  }

  gone(selector, text) {
    return this.page.locator(selector, text === undefined ? {} : { hasText: text }).first().waitFor({ state: 'detached' });
  }

  press(keys) {
    return this.page.keyboard.press(keys);
  }

  type(text) {
    return this.page.keyboard.type(text, { delay: 20 });
  }

  async pick(text, row) {
    await this.page.locator('.quick-input-widget:not([style*="display: none"]) input').first().fill(text);
    await this.page.locator('.quick-input-list .monaco-list-row', { hasText: row }).first().click();
  }

  /** A command of the palette. */
  async command(title) {
    await this.press('F1');
    await this.pick(`>${title}`, title);
  }

  /** Opens a file by its name, or the end of its path. */
  async file(name) {
    await this.press('Control+P');
    await this.pick(name, path.basename(name));
    await this.tab(path.basename(name));
  }

  tab(name) {
    return this.see('.editor-group-container.active .tab.active', name);
  }

  /** Puts the cursor there (both from 1). A tab is drawn before its editor listens, so what had no effect is done again. */
  async go(line, column) {
    const input = this.page.locator('.quick-input-widget:not([style*="display: none"]) input').first();
    await until(`cursor at ${line}:${column}`, async () => {
      await this.press('Control+G');
      await input.fill(`:${line}:${column}`, { timeout: STEP_MS });
      await this.press('Enter');
      await this.at(line, column, STEP_MS);
      return true;
    });
  }

  at(line, column, timeout = PATIENCE_MS) {
    const place = this.page.locator('#status\\.editor\\.selection', { hasText: new RegExp(`Ln ${line}, Col ${column}\\b`) });
    return place.waitFor({ timeout });
  }

  /** A line of the active editor that holds this. */
  line(text) {
    return this.editor.locator('.view-line', { hasText: text }).first().waitFor();
  }

  /** A line of the editor beside the active one that holds this. */
  beside(text) {
    return this.page.locator('.editor-group-container:not(.active) .view-line', { hasText: text }).first().waitFor();
  }

  language(name) {
    return this.see('#status\\.editor\\.mode', name);
  }

  /** A row of the problems panel. */
  async problem(text) {
    await this.command('Problems: Focus on Problems View');
    const row = this.page.locator('.markers-panel .monaco-list-row', { hasText: text }).first();
    await row.waitFor();
    return { text: await row.innerText(), label: await row.getAttribute('aria-label') };
  }

  /** What the hover at the cursor says. */
  async hover(text) {
    await this.command('Show or Focus Hover');
    const hover = this.page.locator('.monaco-hover:not(.hidden)', { hasText: text }).first();
    await hover.waitFor();
    return hover.innerText();
  }

  async shot(file) {
    // No tooltips.
    await this.page.mouse.move(640, 790);
    await this.page.screenshot({ path: file });
  }
}

/** Waits for an answer that is true; what it throws counts as no. */
export async function until(what, answer) {
  for (const end = Date.now() + PATIENCE_MS; Date.now() < end; ) {
    try {
      const got = await answer();
      if (got) return got;
    } catch {
      // Not yet.
    }
    await new Promise((go) => setTimeout(go, 50));
  }
  throw new Error(`no ${what} after ${PATIENCE_MS} ms`);
}

function freePort() {
  return new Promise((found) => {
    const probe = net.createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address();
      probe.close(() => found(port));
    });
  });
}
