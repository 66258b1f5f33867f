import assert from 'node:assert/strict'
import { requestTo } from '../../../harness/console/console-bench.ts'
import type { Tasks } from './tasks.ts'

export const runTasks: Tasks = {
  'unlock what one run holds, and not what another holds with the same client key': async (bench) => {
    const { id } = await bench.queue(...['a', 'b', 'c', 'd', 'e', 'f'].map((path) => requestTo(path)))
    const token = await bench.tokenOfRun('run-1')
    const path = `/v2/request-queues/${id}/head/lock?lockSecs=600&clientKey=worker`
    await bench.call('POST', `${path}&limit=3`, undefined, token)
    await bench.call('POST', `${path}&limit=2`)
    const held = async (run: string) => {
      const query = `state=locked&client=worker&run=${encodeURIComponent(run)}`
      return (await bench.call('GET', `/headlock/v1/queues/${id}/requests?${query}`)).data.items.length
    }
    await bench.inPage(`queues/${id}`, async (page) => {
      const holders = page.getByRole('region', { name: 'Who holds what' })
      const dialog = page.getByRole('dialog', { name: 'Unlock' })
      await holders.getByRole('button', { name: 'Unlock what worker holds', exact: true }).click()
      await dialog.getByRole('button', { name: 'Unlock 2' }).click()
      await holders.locator('tbody tr').nth(1).waitFor({ state: 'detached' })
      assert.deepEqual([await held('(none)'), await held('run-1')], [0, 3])

      await page.getByRole('link', { name: 'Clients' }).click()
      const line = page.getByRole('row').filter({ hasText: 'run run-1' })
      await line.getByRole('link', { name: 'worker' }).click()
      await page.waitForURL('**?tab=requests&state=locked&client=worker&run=run-1')
      assert.equal(await page.getByLabel('Run', { exact: true }).inputValue(), 'run-1')
      await page.getByRole('table', { name: 'Requests' }).locator('tbody tr').nth(2).waitFor()
      await page.goBack()
      await line.getByRole('button', { name: 'Unlock what worker in run run-1 holds' }).click()
      await dialog.getByRole('button', { name: 'Unlock 3' }).click()
      await page.getByText('Unlock: 3 requests done.').waitFor()
      assert.equal(await held('run-1'), 0)
    })
  },
}
