// Starts a Prometheus and a node exporter on loopback, with a scrape every second and data in a temporary folder, and
// the page's server in front of them. Ends all of them with itself. Usage: node dev/backend.mjs [--port 9100]
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startServer } from './server.mjs';

const { values } = parseArgs({ options: { port: { type: 'string', default: '9100' } } });

const freePort = () =>
  new Promise((fulfil) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address();
      probe.close(() => fulfil(port));
    });
  });

const folder = mkdtempSync(join(tmpdir(), 'isobar-ui-'));
const exporter = await freePort();
const prometheus = await freePort();
writeFileSync(
  join(folder, 'prometheus.yml'),
  `global: {scrape_interval: 1s}
scrape_configs:
  - job_name: node
    static_configs: [{targets: ['127.0.0.1:${exporter}']}]
  - job_name: prometheus
    static_configs: [{targets: ['127.0.0.1:${prometheus}']}]
  - job_name: absent
    static_configs: [{targets: ['127.0.0.1:1']}]
`,
);
const children = [
  spawn('prometheus-node-exporter', [`--web.listen-address=127.0.0.1:${exporter}`], { stdio: 'ignore' }),
  spawn(
    'prometheus',
    [
      `--config.file=${join(folder, 'prometheus.yml')}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
      `--web.listen-address=127.0.0.1:${prometheus}`,
    ],
    { stdio: 'ignore' },
  ),
];

let ending = false;
function end() {
  if (ending) return;
  ending = true;
  let left = children.length;
  for (const child of children) {
    child.once('exit', () => {
      if (--left > 0) return;
      rmSync(folder, { recursive: true, force: true });
      process.exit(0);
    });
    child.kill('SIGTERM');
  }
}
process.on('SIGINT', end);
process.on('SIGTERM', end);

const server = await startServer({ port: Number(values.port), upstream: `http://127.0.0.1:${prometheus}` });
console.log(`http://127.0.0.1:${server.address().port}/`);
