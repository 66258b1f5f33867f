import assert from 'node:assert/strict'
import type { Page } from 'playwright-core'
import { type ConsoleBench, requestTo } from '../../../harness/console/console-bench.ts'
import type { Tasks } from './tasks.ts'

/** Hides or shows the tab, as the browser would. */
async function setHidden(page: Page, isHidden: boolean): Promise<void> {
  await page.evaluate(`
    Object.defineProperty(document, 'hidden', { configurable: true, get: () => ${isHidden} })
    document.dispatchEvent(new Event('visibilitychange'))
  `)
}

/** Takes requests and marks them handled until nothing is left. */
async function crawl(bench: ConsoleBench, id: string): Promise<void> {
  for (;;) {
    const { data } = await bench.call(
      'POST',
      `/v2/request-queues/${id}/head/lock?lockSecs=60&clientKey=crawler&limit=5`,
    )
    if (data.items.length === 0) return
    for (const { id: requestId, uniqueKey, url, method } of data.items) {
      const body = { id: requestId, uniqueKey, url, method, handledAt: new Date().toISOString() }
      await bench.call('PUT', `/v2/request-queues/${id}/requests/${requestId}?clientKey=crawler`, body)
    }
  }
}

export const liveTasks: Tasks = {
  'a page follows what happens, rests in a hidden tab, and comes back after a cut': async (bench) => {
    const { id } = await bench.queue(requestTo('a'))
    await bench.inPage(`queues/${id}`, async (page) => {
      const sign = page.locator('.live')
      const pending = page
        .getByRole('figure', { name: 'Requests pending and locked' })
        .locator('.legend b')
        .first()
      await sign.getByText('Live').waitFor()
      await pending.getByText('1', { exact: true }).waitFor()
      await page.getByRole('button', { name: '1h' }).click()
      await page.waitForURL('**?range=1h')
      await page.reload()
      await page.getByRole('button', { name: '1h', pressed: true }).waitFor()
      await page.getByRole('button', { name: '5m' }).click()
      await sign.getByText('Live').waitFor()
      await bench.call('POST', `/v2/request-queues/${id}/requests?clientKey=seeder`, requestTo('b'))
      await pending.getByText('2', { exact: true }).waitFor()
      await setHidden(page, true)
      await sign.getByText('Paused').waitFor()
      await bench.call('POST', `/v2/request-queues/${id}/requests?clientKey=seeder`, requestTo('c'))
      await setHidden(page, false)
      await sign.getByText('Live').waitFor()
      await pending.getByText('3', { exact: true }).waitFor()
      await page.context().setOffline(true)
      // Chromium leaves open connections alone, so the tab is hidden and shown: it then opens another one.
      await setHidden(page, true)
      await setHidden(page, false)
      await sign.getByText('Reconnecting').waitFor()
      await page.context().setOffline(false)
      await sign.getByText('Live').waitFor()
    })
  },

  'at the end of a crawl that was watched, the console and the API agree': async (bench) => {
    const requests = Array.from({ length: 60 }, (_, page) => requestTo(`page/${page}`))
    const { id, name } = await bench.queue(...requests)
    await bench.inPage(`queues/${id}`, async (page) => {
      await page.locator('.live').getByText('Live').waitFor()
      await crawl(bench, id)
      const tile = (title: string) => page.locator('.tile').filter({ hasText: title }).locator('.tile-count')
      await tile('Handled').getByText('60', { exact: true }).waitFor()
      await tile('Available').getByText('0', { exact: true }).waitFor()
      const { data } = await bench.call('GET', `/v2/request-queues/${id}`)
      assert.deepEqual([data.handledRequestCount, data.pendingRequestCount], [60, 0])
      await page.goto(bench.urlOf(`?search=${name}`))
      const row = page.getByRole('row').filter({ hasText: name })
      await row.locator('[data-title="Handled"]').getByText('60', { exact: true }).waitFor()
      await row.getByRole('img', { name: '60 handled in the last hour' }).waitFor()
      await row.getByText('empty').waitFor()
    })
  },
}
