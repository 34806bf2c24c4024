// Serves dist/ as the Isobar server does (same addresses, same Content-Security-Policy) and passes API requests on to
// a Prometheus. Usage: node dev/server.mjs [--port 9100] [--upstream http://127.0.0.1:9090] [--prefix /some/path]
import { createReadStream, existsSync } from 'node:fs';
import { createServer, request as forward } from 'node:http';
import { dirname, extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { createGzip } from 'node:zlib';

const CSP =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
  "font-src 'self'; base-uri 'self'; form-action 'none'; frame-ancestors 'none'";

const TYPES = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.md': 'text/plain; charset=utf-8',
};

const dist = join(dirname(fileURLToPath(import.meta.url)), '..', 'dist');

export function startServer({ port = 0, upstream, prefix = '' }) {
  const server = createServer((request, response) => {
    const { pathname, search } = new URL(request.url, 'http://x');
    if (!pathname.startsWith(`${prefix}/`)) return answer(response, 404);
    const path = pathname.slice(prefix.length);
    if (path === '/') return sendFile(request, response, 'index.html', 'no-cache');
    if (path.startsWith('/assets/')) return sendFile(request, response, path, 'public, max-age=31536000, immutable');
    if (path.startsWith('/api/')) return pass(request, response, upstream, path + search);
    answer(response, 404);
  });
  return new Promise((fulfil, reject) => {
    server.on('error', reject);
    server.listen(port, '127.0.0.1', () => fulfil(server));
  });
}

function answer(response, status) {
  response.writeHead(status, { 'content-type': 'text/plain' }).end(`${status}\n`);
}

function sendFile(request, response, path, cacheControl) {
  const file = join(dist, normalize(path));
  if (!file.startsWith(dist) || !existsSync(file)) return answer(response, 404);
  const gzip = /\bgzip\b/.test(request.headers['accept-encoding'] ?? '');
  response.writeHead(200, {
    'content-type': TYPES[extname(file)] ?? 'application/octet-stream',
    'content-security-policy': CSP,
    'x-content-type-options': 'nosniff',
    'cache-control': cacheControl,
    ...(gzip ? { 'content-encoding': 'gzip' } : {}),
  });
  const content = createReadStream(file);
  (gzip ? content.pipe(createGzip({ level: 9 })) : content).pipe(response);
}

function pass(request, response, upstream, path) {
  const onward = forward(new URL(path, upstream), { method: request.method, headers: request.headers }, (reply) => {
    response.writeHead(reply.statusCode, reply.headers);
    reply.pipe(response);
  });
  onward.on('error', () => answer(response, 502));
  response.on('close', () => onward.destroy());
  request.pipe(onward);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values } = parseArgs({
    options: {
      port: { type: 'string', default: '9100' },
      upstream: { type: 'string', default: 'http://127.0.0.1:9090' },
      prefix: { type: 'string', default: '' },
    },
  });
  const server = await startServer({ ...values, port: Number(values.port) });
  console.log(`http://127.0.0.1:${server.address().port}${values.prefix}/`);
}
