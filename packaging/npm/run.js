#!/usr/bin/env node
// Runs the program of the package for this platform.
'use strict';

const { spawn } = require('node:child_process');
const { constants } = require('node:os');

const platform = `${process.platform}-${process.arch}`;
const file = `kubeblocks-ls${process.platform === 'win32' ? '.exe' : ''}`;

let program;
try {
  program = require.resolve(`@kubeblocks-ls/${platform}/${file}`);
} catch {
  console.error(`kubeblocks-ls: there is no program for ${platform}, or it was left out when this was installed`);
  process.exit(3);
}

const child = spawn(program, process.argv.slice(2), { stdio: 'inherit' });
// What the terminal sends to us it sends to the child too; others may mean us alone.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(signal, () => child.kill(signal));
}
child.on('error', (error) => {
  console.error(`kubeblocks-ls: ${error.message}`);
  process.exit(3);
});
child.on('exit', (code, signal) => process.exit(code ?? 128 + (constants.signals[signal] ?? 0)));
