import assert from 'node:assert/strict'
import { type ConsoleBench, requestTo } from '../../../harness/console/console-bench.ts'
import type { Tasks } from './tasks.ts'

const handledAt = new Date().toISOString()
const failed = (path: string, error: string) =>
  requestTo(path, { handledAt, errorMessages: [error], retryCount: 3 })

async function urlsOfHead(bench: ConsoleBench, id: string): Promise<string[]> {
  const { data } = await bench.call('GET', `/v2/request-queues/${id}/head`)
  return data.items.map(({ url }: { url: string }) => url.replace('https://example.com/', ''))
}

export const actionTasks: Tasks = {
  'retry all failures with one error': async (bench) => {
    const { id } = await bench.queue(
      failed('a', 'Error: received 503 status code.'),
      failed('b', 'Error: received 500 status code.'),
      failed('c', 'TimeoutError: too slow'),
    )
    await bench.inPage(`queues/${id}?tab=failures`, async (page) => {
      const row = page.getByRole('row').filter({ hasText: 'status code' })
      await row.getByRole('cell', { name: '2', exact: true }).waitFor()
      await row.getByRole('button', { name: 'Retry all' }).click()
      const dialog = page.getByRole('dialog', { name: 'Retry' })
      await dialog.getByText('2 requests will be pending again').waitFor()
      assert.deepEqual(await urlsOfHead(bench, id), [])
      await dialog.getByRole('button', { name: 'Retry 2' }).click()
      await page.getByText('Retry: 2 requests done.').waitFor()
      await row.waitFor({ state: 'detached' })
      assert.deepEqual((await urlsOfHead(bench, id)).sort(), ['a', 'b'])
      await page.getByRole('link', { name: 'TimeoutError: too slow' }).click()
      await page.getByRole('button', { name: 'https://example.com/c' }).waitFor()
    })
  },

  'unlock what a client holds, and see that nobody holds it': async (bench) => {
    const { id } = await bench.queue(requestTo('a'), requestTo('b'), requestTo('c'))
    await bench.call('POST', `/v2/request-queues/${id}/head/lock?lockSecs=600&clientKey=stuck&limit=2`)
    await bench.inPage(`queues/${id}`, async (page) => {
      const holders = page.getByRole('region', { name: 'Who holds what' })
      await holders.getByRole('button', { name: 'Unlock what stuck holds' }).click()
      const dialog = page.getByRole('dialog', { name: 'Unlock' })
      await dialog.getByText('2 requests will be available at once').waitFor()
      await dialog.getByRole('button', { name: 'Unlock 2' }).click()
      await holders.getByText('Nobody holds a request.').waitFor()
      assert.equal((await urlsOfHead(bench, id)).length, 3)
      await page.getByRole('link', { name: 'Clients' }).click()
      await page.getByRole('table', { name: 'Clients' }).getByRole('link', { name: 'stuck' }).waitFor()
    })
  },

  'act on some requests, on one, and on all that match, with the count first': async (bench) => {
    const { id } = await bench.queue(
      ...['a', 'b', 'c', 'd', 'x/1', 'x/2', 'x/3'].map((path) => requestTo(path)),
    )
    await bench.inPage(`queues/${id}?tab=requests`, async (page) => {
      for (const path of ['c', 'd'])
        await page.getByLabel(`Select https://example.com/${path}`, { exact: true }).check()
      await page.getByText('2 requests selected').waitFor()
      const bulk = page.getByRole('toolbar', { name: 'Actions on requests' })
      await bulk.getByRole('button', { name: 'To the front' }).click()
      await page.getByText('2 requests will be handed out before everything else').waitFor()
      await page.getByRole('button', { name: 'To the front 2' }).click()
      await page.getByText('To the front: 2 requests done.').waitFor()
      assert.deepEqual((await urlsOfHead(bench, id)).slice(0, 2).sort(), ['c', 'd'])

      await page.getByLabel('URL contains').fill('/x/')
      await bulk.getByText('All that match').waitFor()
      await page.getByLabel('Select https://example.com/a', { exact: true }).waitFor({ state: 'detached' })
      await bulk.getByRole('button', { name: 'Delete' }).click()
      await page.getByText('3 requests will be deleted').waitFor()
      await page.getByRole('button', { name: 'Delete 3' }).click()
      await page.getByText('No request matches').waitFor()
      assert.equal((await urlsOfHead(bench, id)).length, 4)

      await page.getByRole('button', { name: 'Clear the filter' }).click()
      await page.getByRole('button', { name: 'https://example.com/a' }).click()
      const details = page.getByRole('complementary', { name: 'Request' })
      await details.getByRole('button', { name: 'Mark handled' }).click()
      await page.getByRole('button', { name: 'Mark handled 1' }).click()
      await page.getByText('Mark handled: 1 request done.').waitFor()
      assert.deepEqual((await urlsOfHead(bench, id)).sort(), ['b', 'c', 'd'])

      await page.keyboard.press('Escape')
      await page.getByRole('button', { name: 'https://example.com/b' }).click()
      await details.getByRole('button', { name: 'Schedule' }).click()
      await page.getByRole('button', { name: 'Schedule 1' }).click()
      await page.getByText('Schedule: 1 request done.').waitFor()
      const { data } = await bench.call('GET', `/headlock/v1/queues/${id}/requests?state=scheduled`)
      assert.deepEqual(
        data.items.map(({ url }: { url: string }) => url),
        ['https://example.com/b'],
      )
    })
  },
}
