import assert from 'node:assert/strict'
import type { Tasks } from './tasks.ts'

const scriptBytesMax = 150 * 1024
const firstViewMsMax = 1000

export const firstViewTasks: Tasks = {
  'the first view is there within a second, with less than 150 KB of script': (bench) =>
    bench.inPage('', async (page) => {
      // The browser has started, and nothing is in its cache: another address of the same files would be another cache.
      const began = performance.now()
      await page.reload()
      await page.getByRole('heading', { name: 'Queues' }).waitFor()
      const tookMs = performance.now() - began
      const bytes = await page.evaluate<number>(`performance
        .getEntriesByType('resource')
        .filter((entry) => entry.name.endsWith('.js'))
        .reduce((sum, entry) => sum + entry.encodedBodySize, 0)`)
      assert.ok(bytes > 0 && bytes < scriptBytesMax, `${bytes} bytes of script`)
      assert.ok(tookMs < firstViewMsMax, `${tookMs} ms to the first view`)
    }),
}
