import type { Page } from 'playwright-core'
import { requestTo } from '../../../harness/console/console-bench.ts'
import type { Tasks } from './tasks.ts'

/** Hides or shows the tab, as the browser would. */
async function setHidden(page: Page, isHidden: boolean): Promise<void> {
  await page.evaluate(`
    Object.defineProperty(document, 'hidden', { configurable: true, get: () => ${isHidden} })
    document.dispatchEvent(new Event('visibilitychange'))
  `)
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
}
