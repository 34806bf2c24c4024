import { defineConfig } from 'vitest/config';

// Every address in the built page is relative, so that the page works below any path of a reverse proxy.
export default defineConfig({
  base: './',
  build: {
    target: 'es2022',
    assetsDir: 'assets',
    // Fonts and pictures stay files: only the icon, which is smaller than a request, may become a data: address.
    assetsInlineLimit: 1024,
    modulePreload: { polyfill: false },
    license: { fileName: 'assets/licenses.md' },
    reportCompressedSize: true,
  },
  worker: { format: 'es' },
  test: {
    include: ['src/**/*.test.ts'],
    environment: 'node',
  },
});
