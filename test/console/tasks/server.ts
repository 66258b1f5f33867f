import assert from 'node:assert/strict'
import type { Tasks } from './tasks.ts'

export const serverTasks: Tasks = {
  'see the version, the store, the calls by route and the tokens': async (bench) => {
    const { id } = await bench.queue()
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
      assert.doesNotMatch(await page.content(), new RegExp(`${bench.token}|${bench.readOnlyToken}`))
    })
  },
}
