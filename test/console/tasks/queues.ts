import assert from 'node:assert/strict'
import { requestTo } from '../../../harness/console/console-bench.ts'
import type { Tasks } from './tasks.ts'

export const queueTasks: Tasks = {
  'create a queue, paste URLs and JSON lines, and learn how many were new': (bench) =>
    bench.inPage('', async (page) => {
      const name = `made-${Date.now().toString(36)}`
      await page.getByRole('button', { name: 'New queue' }).click()
      await page.getByLabel('Name').fill(name)
      await page.getByRole('button', { name: 'Create' }).click()
      await page.getByRole('heading', { name }).waitFor()
      await page.getByText('The queue is empty', { exact: true }).waitFor()
      assert.match(await page.locator('.command pre').innerText(), /curl -X POST/)

      await page.getByRole('button', { name: 'Add requests' }).click()
      const dialog = page.getByRole('dialog', { name: 'Add requests' })
      const field = dialog.getByRole('textbox')
      await field.fill('https://example.com/1\nno address\n{"url": 1}')
      await dialog.getByText('Line 2: no address is no http or https URL').waitFor()
      await dialog.getByText('Line 3: a request needs a url').waitFor()
      await field.fill(
        'https://example.com/1\n\n  https://example.com/2 \n{"url": "https://example.com/3", "userData": {"label": "L"}}',
      )
      await dialog.getByRole('button', { name: 'Add 3' }).click()
      await dialog.getByText('3 requests were new, 0 were there already.').waitFor()
      await field.fill('https://example.com/3\nhttps://example.com/4')
      await dialog.getByRole('button', { name: 'Add 2' }).click()
      await dialog.getByText('1 request was new, 1 was there already.').waitFor()
      await dialog.getByRole('button', { name: 'Close' }).click()

      const queue = `/v2/request-queues/~${name}`
      const { data } = await bench.call('GET', `${queue}/head`)
      const urls = data.items.map((item: { url: string }) => item.url)
      assert.deepEqual(
        urls,
        [1, 2, 3, 4].map((page) => `https://example.com/${page}`),
      )
      const found = data.items.find((item: { url: string }) => item.url.endsWith('/3'))
      const third = await bench.call('GET', `${queue}/requests/${found.id}`)
      assert.deepEqual(third.data.userData, { label: 'L' })
    }),

  'more than one batch before everything else keeps the order of its lines': async (bench) => {
    const { id } = await bench.queue(requestTo('old'))
    await bench.inPage(`queues/${id}`, async (page) => {
      await page.getByRole('button', { name: 'Add requests' }).click()
      const dialog = page.getByRole('dialog', { name: 'Add requests' })
      const lines = Array.from({ length: 60 }, (_, line) => `https://example.com/new/${line}`)
      await dialog.getByRole('textbox').fill(lines.join('\n'))
      await dialog.getByLabel('Before everything else').check()
      await dialog.getByRole('button', { name: 'Add 60' }).click()
      await dialog.getByText('60 requests were new').waitFor()
      const { data } = await bench.call('GET', `/v2/request-queues/${id}/head`)
      const urls = data.items.map((item: { url: string }) => item.url)
      assert.deepEqual(urls, [...lines, 'https://example.com/old'])
    })
  },
}
