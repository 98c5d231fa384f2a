// The packed extension in a real VS Code, on a copy of our charts. `test/run` calls it.
// Ends with `N passed, N failed`, and exit code 1 if any failed.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { CodeServer, until } from './workbench.mjs';

const { TOOLS, VSIX, FLOOD, SHOTS } = process.env;
const project = path.resolve(import.meta.dirname, '../../..');
const root = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'kubeblocks-e2e-')));
const charts = path.join(root, 'charts');
fs.mkdirSync(SHOTS, { recursive: true });
for (const chart of ['tidedb', 'tidedb-cluster']) {
  fs.cpSync(path.join(project, 'tests/charts', chart), path.join(charts, chart), { recursive: true });
}
const definition = path.join(charts, 'tidedb/templates/clusterdefinition.yaml');
const settings = path.join(charts, '.vscode/settings.json');
const cluster = path.join(charts, 'tidedb-cluster/templates/cluster.yaml');

// A chart of the newer kind, with what ConfigMaps bring into its containers.
const brook = path.join(charts, 'brookdb');
const brookFiles = {
  'Chart.yaml': 'apiVersion: v2\nname: brookdb\nversion: 0.1.0\n',
  'values.yaml': 'image:\n  tag: "1.0"\n',
  'values.schema.json': '{\n  "properties": {\n    "image": {"type": "object"}\n  }\n}\n',
  'scripts/start.sh': '#!/bin/sh\nexec brookd --port "$BROOK_PORT"\n',
  'config/brook.tpl': '\nport = {{ .BROOK_PORT }}\n',
  'templates/maps.yaml': ['scripts/start.sh', 'config/brook.tpl'].map((file) => `---
apiVersion: v1
kind: ConfigMap
metadata:
  name: brookdb-${path.dirname(file)}
data:
  ${path.basename(file)}: |
    {{- .Files.Get "${file}" | nindent 4 }}
`).join(''),
  'templates/brook.yaml': `apiVersion: apps.kubeblocks.io/v1
kind: ComponentDefinition
metadata:
  name: brookdb-{{ .Chart.Version }}
spec:
  vars:
    - name: BROOK_PORT
      value: "7000"
  scripts:
    - name: scripts
      template: brookdb-scripts
      namespace: {{ .Release.Namespace }}
      volumeName: scripts
  configs:
    - name: config
      template: brookdb-config
      namespace: {{ .Release.Namespace }}
      volumeName: config
  runtime:
    containers:
      - name: brook
        image: registry.example.com/brook:{{ .Values.image.tag }}
        command: [/scripts/start.sh]
        volumeMounts:
          - name: scripts
            mountPath: /scripts
          - name: config
            mountPath: /config
`,
};
for (const [file, text] of Object.entries(brookFiles)) {
  fs.mkdirSync(path.dirname(path.join(brook, file)), { recursive: true });
  fs.writeFileSync(path.join(brook, file), text);
}

/** Line and column (from 1) of `text` in a file; `offset` characters behind its start. */
function place(file, text, offset = 0) {
  const lines = fs.readFileSync(file, 'utf8').split('\n');
  const line = lines.findIndex((candidate) => candidate.includes(text));
  if (line < 0) throw new Error(`${file} has no ${text}`);
  return [line + 1, lines[line].indexOf(text) + 1 + offset];
}

// A mistake: the component that the frontend refers to is misspelt.
fs.writeFileSync(definition, fs.readFileSync(definition, 'utf8').replace('componentDefName: meta', 'componentDefName: mata'));
const mistake = place(definition, 'componentDefName: mata', 'componentDefName: '.length);

const began = Date.now();
let passed = 0;
let failed = 0;
let vs;

/** One thing that a user does. The steps build on each other: the first that fails ends the test. */
async function step(name, work) {
  const start = Date.now();
  await work();
  passed += 1;
  console.log(`ok    ${name} (${Date.now() - start} ms)`);
}

function expect(what, got) {
  if (!what) throw new Error(`unexpected: ${JSON.stringify(got)}`);
}

/** The processes of the server that came with the extension. */
function servers() {
  return fs.readdirSync('/proc').filter((pid) => {
    try {
      return fs.readlinkSync(`/proc/${pid}/exe`).startsWith(code.extensions);
    } catch {
      return false;
    }
  });
}

const shot = (name) => vs.shot(path.join(SHOTS, `${name}.png`));

const code = new CodeServer(TOOLS, root);
// A pattern that leaves one template to servers for plain YAML.
code.settings({ 'files.associations': { '**/clusterversion.yaml': 'yaml' } });
try {
  await step('the package installs', () => {
    code.install(VSIX);
    code.install(FLOOD);
  });
  await step('VS Code starts', async () => {
    await code.start();
    vs = await code.open(charts);
  });
  await step('a mistake has a squiggle', async () => {
    await vs.file('tidedb/templates/clusterdefinition.yaml');
    await vs.go(...mistake);
    await vs.see('.squiggly-error');
  });
  await step('a template is Helm', () => vs.language('Helm'));
  await step('its actions are coloured', async () => {
    await vs.go(1, 1);
    const words = vs.editor.locator('.view-line', { hasText: 'include' }).first().locator('span[class*=mtk]');
    await until('colours', async () => new Set(await words.evaluateAll((all) => all.map((word) => word.className))).size > 3);
  });
  await step('the problem stands at its place, with its rule and source', async () => {
    const { text, label } = await vs.problem('mata');
    expect(text.includes('kubeblocks') && text.includes('unknown-component-def'), text);
    expect(label.includes(`line ${mistake[0]}`) && label.includes(`character ${mistake[1]}`), label);
  });
  await step('hover explains it', async () => {
    await vs.command('View: Hide Panel');
    await vs.go(mistake[0], mistake[1] + 1);
    const words = await vs.hover('mata');
    expect(words.includes('unknown-component-def'), words);
    await shot('finding');
    await vs.press('Escape');
  });
  await step("the rule's page", async () => {
    await vs.command('KubeBlocks: Explain Rule');
    await vs.see('.tab', 'unknown-component-def');
    const page = vs.page.frameLocator('iframe.webview.ready').frameLocator('#active-frame');
    await page.locator('h1', { hasText: 'unknown-component-def' }).waitFor();
    await shot('explain');
    await vs.command('View: Close All Editors in Group');
  });
  await step('hover shows what an expression becomes', async () => {
    await vs.file('tidedb/templates/clusterdefinition.yaml');
    await vs.go(...place(definition, '.Values.image.pullPolicy', 9));
    await vs.hover('IfNotPresent');
    await vs.press('Escape');
  });
  await step('F12 leads to the value', async () => {
    await vs.press('F12');
    await vs.tab('values.yaml');
    await vs.line('pullPolicy');
  });
  await step('F12 leads across files', async () => {
    await vs.file('tidedb/templates/clusterdefinition.yaml');
    await vs.go(...place(definition, '"tidedb.labels"', 3));
    await vs.press('F12');
    await vs.tab('_helpers.tpl');
    await vs.language('Helm');
  });
  await step('F12 leads across charts', async () => {
    await vs.file('tidedb-cluster/templates/cluster.yaml');
    await vs.go(...place(cluster, 'clusterDefinitionRef: tidedb', 'clusterDefinitionRef: '.length + 2));
    await vs.press('F12');
    await vs.tab('clusterdefinition.yaml');
    await vs.at(...place(definition, 'name: tidedb', 'name: '.length));
  });
  await step('a preview shows what is rendered', async () => {
    await vs.file('tidedb/templates/clusterdefinition.yaml');
    await vs.go(...place(definition, 'namespace: {{ .Release.Namespace }}', 'namespace: {{ .R'.length));
    await vs.command('KubeBlocks: Show Rendered Output');
    // The line that belongs to the cursor, far below the first.
    await vs.beside('namespace: release-ns');
    await vs.beside('volumeName: config');
    await shot('rendered');
  });
  await step('it changes while one types', async () => {
    const [line, column] = place(definition, '- --config=', '- --'.length);
    await vs.go(line, column);
    await vs.type('new-');
    await vs.beside('--new-config=');
    await vs.press('Control+Z');
    await vs.beside('- --config=');
    await vs.command('View: Close Editors in Other Groups');
  });
  await step('a picture of the chart', async () => {
    await vs.file('tidedb/templates/clusterdefinition.yaml');
    await vs.command('KubeBlocks: Show Graph');
    await vs.see('.tab', 'KubeBlocks Graph');
    const picture = vs.page.frameLocator('iframe.webview.ready').frameLocator('#active-frame').locator('img');
    await until('picture', () => picture.evaluate((image) => image.complete && image.naturalWidth > 100));
    await shot('graph');
    await vs.command('View: Close Editors in Other Groups');
  });
  await step('a restart brings the squiggle back', async () => {
    await vs.file('tidedb/templates/clusterdefinition.yaml');
    await vs.go(...mistake);
    await vs.see('.squiggly-error');
    const [old] = servers();
    await vs.command('KubeBlocks: Restart Language Server');
    await until('another server', () => servers().length === 1 && !servers().includes(old));
    await vs.see('.squiggly-error');
  });
  await step('a rule is switched off in the settings, and on again', async () => {
    fs.mkdirSync(path.dirname(settings), { recursive: true });
    fs.writeFileSync(settings, JSON.stringify({ 'kubeblocks.rules': { 'unknown-component-def': 'off' } }));
    await vs.gone('.squiggly-error');
    fs.rmSync(settings);
    await vs.see('.squiggly-error');
  });
  await step('a quick fix mends it', async () => {
    await vs.go(...mistake);
    await vs.command('Quick Fix...');
    await vs.page.locator('.action-widget .monaco-list-row', { hasText: '`meta`' }).first().waitFor();
    await shot('fix');
    await vs.press('Enter');
    await vs.line('componentDefName: meta');
    await vs.gone('.squiggly-error');
  });
  await step('a completion is accepted', async () => {
    const [line, column] = place(definition, 'workloadType: Stateless', 'workloadType: '.length);
    await vs.go(line, column);
    await vs.press('Shift+End');
    await vs.type('Con');
    await vs.page.locator('.suggest-widget.visible .monaco-list-row', { hasText: 'Consensus' }).first().waitFor();
    await shot('completion');
    await vs.press('Tab');
    await vs.line('workloadType: Consensus');
    await vs.press('Control+Z');
    await vs.press('Control+Z');
    await vs.line('workloadType: Stateless');
  });
  await step('an anchor is renamed, with its alias', async () => {
    await vs.go(...place(definition, '&metaRef', 3));
    await vs.press('F2');
    const box = vs.page.locator('.rename-input');
    await box.waitFor();
    await box.fill('storeRef');
    await vs.press('Enter');
    await vs.line('&storeRef');
    await vs.go(place(definition, '*metaRef')[0], 1);
    await vs.line('*storeRef');
    await vs.press('Control+Z');
    await vs.line('&metaRef');
  });
  await step('a script leads to the definition', async () => {
    await vs.file('brookdb/scripts/start.sh');
    await vs.go(...place(path.join(brook, 'scripts/start.sh'), 'BROOK_PORT', 2));
    await vs.press('F12');
    await vs.tab('brook.yaml');
    await vs.at(...place(path.join(brook, 'templates/brook.yaml'), 'name: BROOK_PORT', 'name: '.length));
  });
  await step('a config has its variables completed', async () => {
    await vs.file('brookdb/config/brook.tpl');
    await vs.go(1, 1);
    await vs.type('{{ .BROOK');
    await vs.page.locator('.suggest-widget.visible .monaco-list-row', { hasText: 'BROOK_PORT' }).first().waitFor();
    await shot('config');
    await vs.press('Escape');
    await vs.command('File: Revert File');
  });
  await step('the schema leads to the values', async () => {
    await vs.file('brookdb/values.schema.json');
    await vs.go(...place(path.join(brook, 'values.schema.json'), '"image"', 3));
    await vs.press('F12');
    await vs.tab('values.yaml');
  });
  await step('a document without a file', async () => {
    await vs.command('File: New Untitled Text File');
    await vs.command('Change Language Mode');
    await vs.pick('yaml', 'YAML');
    await vs.language('YAML');
    await vs.page.keyboard.insertText('apiVersion: apps.kubeblocks.io/v1\nkind: Cluster\nmetadata: {name: c}\nspec: {terminationPolicy: Never}\n');
    await vs.see('.squiggly-error');
    await vs.go(4, 12);
    await vs.hover('WipeOut');
    await shot('untitled');
    await vs.press('Escape');
    await vs.command('View: Revert and Close Editor');
  });
  await step('the file associations of the user win', async () => {
    await vs.file('tidedb/templates/clusterversion.yaml');
    await vs.see('.squiggly-error');
    await vs.language('YAML');
  });
  await step('advice against a flood, taken with one click', async () => {
    await vs.see('.notification-toast', 'YAML reads templates as plain YAML');
    await shot('advice');
    expect(!fs.existsSync(settings), 'written before the click');
    await vs.page.locator('.notification-toast a', { hasText: 'Treat Templates as Helm' }).click();
    await vs.language('Helm');
    await vs.gone('.squiggly-error');
    const written = JSON.parse(fs.readFileSync(settings, 'utf8'))['files.associations'];
    expect(written['**/clusterversion.yaml'] === 'helm' && written['**/templates/**/*.yaml'] === 'helm', written);
  });
} catch (fault) {
  failed += 1;
  console.log(`FAIL  ${fault.stack}`);
  await vs?.shot(path.join(SHOTS, 'failure.png')).catch(() => {});
} finally {
  await code.stop();
}
fs.rmSync(root, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
console.log(`${passed} passed, ${failed} failed in ${((Date.now() - began) / 1000).toFixed(1)} s`);
process.exit(failed === 0 ? 0 : 1);
