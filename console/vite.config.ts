/** Builds the console into dist/console. tools/console/build.ts calls it, and `npm run dev:console` serves it while it is changed. */
import { resolve } from 'node:path'
import { defineConfig } from 'vite'

export default defineConfig({
  root: import.meta.dirname,
  // Relative, so that the console works behind a proxy that puts something before the path.
  base: './',
  build: {
    outDir: resolve(import.meta.dirname, '../dist/console'),
    emptyOutDir: true,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    target: ['chrome123', 'firefox128', 'safari17.5'],
  },
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  server: { proxy: { '/v2': 'http://127.0.0.1:4747', '/headlock': 'http://127.0.0.1:4747' } },
})
