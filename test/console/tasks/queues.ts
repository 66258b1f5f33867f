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

  'stop a long paste: what was sent until then is there, and the window says how much': async (bench) => {
    const { id } = await bench.queue()
    await bench.inPage(`queues/${id}`, async (page) => {
      await page.getByRole('button', { name: 'Add requests' }).click()
      const dialog = page.getByRole('dialog', { name: 'Add requests' })
      const lines = Array.from({ length: 20_000 }, (_, line) => `https://example.com/${line}`)
      // As the browser does it for Ctrl+V. All tasks have the clipboard of one browser.
      await page.evaluate(`
        const clipboardData = new DataTransfer()
        clipboardData.setData('text', ${JSON.stringify(lines.join('\n'))})
        const pasted = new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true })
        document.querySelector('dialog textarea').dispatchEvent(pasted)
      `)
      await dialog.getByRole('button', { name: 'Add 20,000' }).click()
      await dialog.getByText(/^[1-9][\d,]* requests were new/).waitFor()
      await dialog.getByRole('button', { name: 'Stop' }).click()
      const told = await dialog.getByText(/^Stopped\. /).innerText()
      const added = Number(/([\d,]+) requests were new/.exec(told)![1]!.replaceAll(',', ''))
      const { data } = await bench.call('GET', `/v2/request-queues/${id}`)
      assert.equal(data.totalRequestCount, added)
      assert.ok(added < lines.length)
    })
  },

  'find a queue, rename it, and delete it with its name typed': async (bench) => {
    const taken = await bench.queue()
    const { id, name } = await bench.queue(requestTo('a'), requestTo('b'))
    await bench.inPage('', async (page) => {
      await page.getByLabel('Search queues').fill(name)
      const row = page.getByRole('row').filter({ hasText: name })
      await row.waitFor()
      await page.waitForURL(`**/console/?search=${name}`)
      await page.locator('tbody tr').nth(1).waitFor({ state: 'detached' })
      await row.getByLabel(`Actions on ${name}`).click()
      await row.getByRole('button', { name: 'Rename' }).click()
      await page.getByLabel('Title').fill('A title')
      // The refusal shows at the field.
      await page.getByLabel('Name', { exact: true }).fill(taken.name)
      await page.getByRole('dialog').getByRole('button', { name: 'Rename' }).click()
      await page.getByRole('dialog').getByText('already has the name').waitFor()
      assert.equal(await page.getByLabel('Name', { exact: true }).getAttribute('aria-invalid'), 'true')
      await page.getByLabel('Name', { exact: true }).fill(`${name}-2`)
      await page.getByRole('dialog').getByRole('button', { name: 'Rename' }).click()
      await page.getByRole('link', { name: `${name}-2` }).waitFor()
      const { data } = await bench.call('GET', `/v2/request-queues/${id}`)
      assert.deepEqual([data.name, data.title], [`${name}-2`, 'A title'])

      await row.getByLabel(`Actions on ${name}-2`).click()
      await row.getByRole('button', { name: 'Delete' }).click()
      const dialog = page.getByRole('dialog')
      const button = dialog.getByRole('button', { name: 'Delete' })
      await dialog.getByRole('textbox').fill(name)
      assert.equal(await button.isDisabled(), true)
      await dialog.getByRole('textbox').fill(`${name}-2`)
      await button.click()
      await page.getByText(`No queue matches “${name}”`).waitFor()
      assert.equal((await bench.call('GET', `/v2/request-queues/${id}`)).status, 404)
    })
  },

  'a queue that somebody else deletes goes from the list': async (bench) => {
    const { id, name } = await bench.queue(requestTo('a'))
    await bench.inPage(`?search=${name}`, async (page) => {
      await page.locator('.live').getByText('Live').waitFor()
      const row = page.getByRole('row').filter({ hasText: name })
      await row.waitFor()
      await bench.call('DELETE', `/v2/request-queues/${id}`)
      // Sooner than the list is asked for again.
      await row.waitFor({ state: 'detached', timeout: 7000 })
    })
  },

  'the list shows what is in each queue, in the order that is asked for': async (bench) => {
    const few = await bench.queue(requestTo('a'))
    const many = await bench.queue(requestTo('a'), requestTo('b'), requestTo('c'))
    await bench.call('POST', `/v2/request-queues/${many.id}/head/lock?lockSecs=60&clientKey=holder&limit=1`)
    await bench.inPage('', async (page) => {
      const row = page.getByRole('row').filter({ hasText: many.name })
      await row.locator('[data-title="Pending"]').getByText('3', { exact: true }).waitFor()
      await row.locator('[data-title="Locked"]').getByText('1', { exact: true }).waitFor()
      await page.getByRole('button', { name: 'Pending' }).click()
      await page.waitForURL('**/console/?sort=pending&desc=true')
      await page.locator('table:not(.is-waiting) th[aria-sort="descending"]').waitFor()
      const names = page.locator('.queue-name .opener')
      await names.first().waitFor()
      const all = await names.allInnerTexts()
      assert.ok(all.indexOf(many.name) < all.indexOf(few.name), all.join())
    })
  },
}
