import assert from 'node:assert/strict'
import { requestTo } from '../../../harness/console/console-bench.ts'
import { tabTo } from './tab-to.ts'
import type { Tasks } from './tasks.ts'

const handledAt = new Date().toISOString()
const failed = { handledAt, errorMessages: ['Error: 503'], retryCount: 3 }

export const forkTasks: Tasks = {
  'fork what matches with keys alone: the count first, a name that is taken, and the new queue': async (
    bench,
  ) => {
    const { name: taken } = await bench.queue()
    const { id, name } = await bench.queue(requestTo('a'), requestTo('x/1', failed), requestTo('x/2'))
    await bench.inPage(`queues/${id}?tab=requests&url=${encodeURIComponent('/x/')}`, async (page) => {
      const { keyboard } = page
      await page.getByRole('button', { name: 'https://example.com/x/1' }).waitFor()
      await keyboard.press('a')
      await tabTo(page, 'Fork')
      await keyboard.press('Enter')
      const dialog = page.getByRole('dialog', { name: 'Fork' })
      await dialog.getByText('2 requests will be copied').waitFor()
      const field = dialog.getByLabel('Name of the new queue')
      await keyboard.type(taken)
      await keyboard.press('Enter')
      await dialog.getByText(`There is a queue named "${taken}" already`).waitFor()
      assert.equal(await field.getAttribute('aria-invalid'), 'true')
      assert.equal(await dialog.getByRole('alert').count(), 0)
      await keyboard.press('ControlOrMeta+A')
      await keyboard.type(`${name}-fork`)
      assert.equal(await field.getAttribute('aria-invalid'), 'false')
      await keyboard.press('Enter')
      await page.getByText('Fork: 2 requests copied.').waitFor()
      await page
        .getByRole('region', { name: 'Jobs' })
        .getByRole('link', { name: `${name}-fork` })
        .waitFor()
      await keyboard.press('s')
      await keyboard.press('Enter')
      await page.getByRole('heading', { name: `${name}-fork` }).waitFor()
    })
    const { data: head } = await bench.call('GET', `/v2/request-queues/~${name}-fork/head`)
    assert.deepEqual(
      head.items.map(({ url, retryCount }: { url: string; retryCount: number }) => [url, retryCount]).sort(),
      [
        ['https://example.com/x/1', 0],
        ['https://example.com/x/2', 0],
      ],
    )
    const { data: source } = await bench.call('GET', `/headlock/v1/queues/${id}`)
    assert.deepEqual([source.pendingRequestCount, source.handledRequestCount], [2, 1])
  },

  'fork some, and one': async (bench) => {
    const { id, name } = await bench.queue(...['a', 'b', 'c'].map((path) => requestTo(path)))
    const countIn = async (fork: string) =>
      (await bench.call('GET', `/v2/request-queues/~${fork}`)).data.totalRequestCount
    await bench.inPage(`queues/${id}?tab=requests`, async (page) => {
      const dialog = page.getByRole('dialog', { name: 'Fork' })
      const jobs = page.getByRole('region', { name: 'Jobs' })
      await page.getByLabel('Select https://example.com/a', { exact: true }).check()
      await page.getByLabel('Select https://example.com/b', { exact: true }).check()
      await page
        .getByRole('toolbar', { name: 'Actions on requests' })
        .getByRole('button', { name: 'Fork' })
        .click()
      await dialog.getByLabel('Name of the new queue').fill(`${name}-some`)
      await dialog.getByRole('button', { name: 'Fork 2' }).click()
      await jobs.getByRole('link', { name: `${name}-some` }).waitFor()
      await jobs.getByRole('button', { name: 'Dismiss: Fork' }).click()
      await jobs.waitFor({ state: 'detached' })

      await page.getByRole('button', { name: 'https://example.com/c' }).click()
      const details = page.getByRole('complementary', { name: 'Request' })
      await details.getByRole('button', { name: 'Fork' }).click()
      await dialog.getByLabel('Name of the new queue').fill(`${name}-one`)
      await dialog.getByRole('button', { name: 'Fork 1' }).click()
      await jobs.getByRole('link', { name: `${name}-one` }).waitFor()
    })
    assert.deepEqual([await countIn(`${name}-some`), await countIn(`${name}-one`)], [2, 1])
  },
}
