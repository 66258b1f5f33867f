import assert from 'node:assert/strict'
import { requestTo } from '../../../harness/console/console-bench.ts'
import type { Tasks } from './tasks.ts'

export const serverTasks: Tasks = {
  'see the version, the store, the calls by route and the tokens': async (bench) => {
    const { id } = await bench.queue(requestTo('first'))
    await bench.call('POST', `/v2/request-queues/${id}/head/lock?lockSecs=60&clientKey=crawler`)
    await bench.inPage('server', async (page) => {
      await page
        .getByRole('region', { name: 'Store' })
        .getByText(/SQLite|PostgreSQL/)
        .waitFor()
      const { data } = await bench.call('GET', '/headlock/v1/server')
      await page.getByRole('region', { name: 'Headlock' }).getByText(data.version, { exact: true }).waitFor()
      await page
        .getByRole('region', { name: 'Calls' })
        .getByText(/head\/lock/)
        .first()
        .waitFor()
      await page.getByRole('region', { name: 'Tokens' }).getByRole('row').nth(1).waitFor()
      const figures = page.getByRole('region', { name: 'Throughput' })
      await figures.getByRole('figure', { name: 'Requests per second' }).waitFor()
      await page.locator('.live').getByText('Live').waitFor()
      await bench.call('POST', `/v2/request-queues/${id}/requests`, requestTo('another'))
      // The queues of other tests are there too.
      const { data: queues } = await bench.call('GET', '/headlock/v1/queues?limit=100')
      const pending = queues.items.reduce(
        (sum: number, { pendingRequestCount }: { pendingRequestCount: number }) => sum + pendingRequestCount,
        0,
      )
      const backlog = figures.getByRole('figure', { name: 'Requests pending and locked' })
      await backlog
        .locator('.legend b')
        .first()
        .getByText(pending.toLocaleString('en-US'), { exact: true })
        .waitFor()
      await figures.getByRole('button', { name: '24h' }).click()
      await figures.getByRole('figure', { name: 'Requests per second' }).waitFor()
      assert.doesNotMatch(await page.content(), new RegExp(`${bench.token}|${bench.readOnlyToken}`))
    })
  },
}
