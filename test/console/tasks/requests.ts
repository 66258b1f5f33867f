import assert from 'node:assert/strict'
import { requestTo } from '../../../harness/console/console-bench.ts'
import type { Tasks } from './tasks.ts'

const handledAt = new Date().toISOString()

export const requestTasks: Tasks = {
  'find requests by state, URL, label, error and retries; the address says which': async (bench) => {
    const { id } = await bench.queue(
      requestTo('list', { userData: { label: 'LIST' } }),
      requestTo('detail/1', { userData: { label: 'DETAIL' }, retryCount: 2 }),
      requestTo('detail/2', { userData: { label: 'DETAIL' } }),
      requestTo('done', { handledAt }),
      requestTo('broken', { handledAt, errorMessages: ['Error: the site said 503'] }),
    )
    await bench.inPage(`queues/${id}?tab=requests`, async (page) => {
      const rows = page.getByRole('table', { name: 'Requests' }).locator('tbody .opener')
      const shows = async (...paths: readonly string[]) => {
        for (const path of paths) await rows.filter({ hasText: new RegExp(`/${path}$`) }).waitFor()
        await rows.nth(paths.length).waitFor({ state: 'detached' })
      }
      await shows('list', 'detail/1', 'detail/2', 'done', 'broken')
      await page.getByRole('button', { name: /^Failed/ }).click()
      await shows('broken')
      await page.getByText('Error: the site said 503').waitFor()
      await page.getByRole('button', { name: 'Clear' }).click()
      await page.getByLabel('URL contains').fill('detail')
      await shows('detail/1', 'detail/2')
      await page.getByLabel('Retries, at least').fill('1')
      await shows('detail/1')
      await page.waitForURL('**?tab=requests&url=detail&retryCountMin=1')
      await page.reload()
      await shows('detail/1')
      await page.getByRole('button', { name: 'Clear' }).click()
      await page.getByLabel('Label').fill('LIST')
      await shows('list')
      await page.getByLabel('Label').fill('NOTHING')
      await page.getByText('No request matches').waitFor()
      await page.getByRole('button', { name: 'Clear the filter' }).click()
      await page.getByLabel('Error contains').fill('said 503')
      await shows('broken')
    })
  },

  'look at one request: its fields, errors and JSON, credentials hidden until asked for': async (bench) => {
    const { id } = await bench.queue({
      url: 'https://user:pass@example.com/a?api_key=key-in-url&page=2',
      uniqueKey: 'a',
      method: 'POST',
      payload: '{"search": "shoes"}',
      headers: { Authorization: 'Bearer header-secret', 'Accept-Language': "it's" },
      userData: { label: 'L', depth: 3, session: { cookie: 'data-secret' } },
      handledAt,
      errorMessages: ['Error: one\n    at somewhere (file.js:1)', 'Error: two'],
    })
    const secrets = /user:pass|key-in-url|header-secret|data-secret/
    await bench.inPage(`queues/${id}?tab=requests`, async (page) => {
      await page.getByRole('table', { name: 'Requests' }).locator('tbody .opener').click()
      const details = page.getByRole('complementary', { name: 'Request' })
      await details.getByText('2 errors').waitFor()
      await page.waitForURL('**?tab=requests&request=*')
      const text = await details.innerText()
      for (const shown of ['Error: two', '"depth": 3', '"search": "shoes"', 'page=2'])
        assert.ok(text.includes(shown), shown)
      assert.equal(secrets.exec(await page.content())?.[0], undefined)
      await page.context().grantPermissions(['clipboard-read', 'clipboard-write'])
      const curl = async () => {
        await details.getByRole('button', { name: /Copy as curl|Copied/ }).click()
        await details.getByText('Copied').waitFor()
        return page.evaluate<string>('navigator.clipboard.readText()')
      }
      const hidden = await curl()
      assert.doesNotMatch(hidden, secrets)
      await details.getByLabel('Show credentials').check()
      await details.getByText('header-secret').waitFor()
      const open = await curl()
      assert.equal(
        open,
        [
          "curl 'https://user:pass@example.com/a?api_key=key-in-url&page=2'",
          '-X POST',
          "-H 'Authorization: Bearer header-secret'",
          String.raw`-H 'Accept-Language: it'\''s'`,
          `--data-raw '{"search": "shoes"}'`,
        ].join(' \\\n  '),
      )
      // A link to the request opens it, also where the list does not show it. It is no access.
      const queue = () => bench.call('GET', `/headlock/v1/queues/${id}`)
      const before = await queue()
      await page.goto(`${page.url()}&state=available`)
      await details.getByText('2 errors').waitFor()
      assert.deepEqual(await queue(), before)
      await page.keyboard.press('Escape')
      await details.waitFor({ state: 'detached' })
    })
  },

  'a request that is open stays open when it leaves the list, and Escape closes one thing at a time': async (
    bench,
  ) => {
    const { id } = await bench.queue(requestTo('a'), requestTo('b'))
    await bench.inPage(`queues/${id}?tab=requests&state=available`, async (page) => {
      const row = page.getByRole('button', { name: 'https://example.com/a' })
      await row.click()
      const details = page.getByRole('complementary', { name: 'Request' })
      await details.getByRole('button', { name: 'Schedule' }).click()
      const dialog = page.getByRole('dialog', { name: 'Schedule' })
      await dialog.getByText('1 request will be available').waitFor()
      await page.keyboard.press('Escape')
      await dialog.waitFor({ state: 'detached' })
      await details.getByRole('button', { name: 'Schedule' }).click()
      await dialog.getByRole('button', { name: 'Schedule 1' }).click()
      await row.waitFor({ state: 'detached' })
      await details.getByText('https://example.com/a').first().waitFor()
      await page.keyboard.press('Escape')
      await details.waitFor({ state: 'detached' })
    })
  },

  'select all that are shown, and act on them; a typed filter stays as it is typed': async (bench) => {
    const { id } = await bench.queue(...['one', 'two', 'three'].map((path) => requestTo(path)))
    await bench.inPage(`queues/${id}?tab=requests`, async (page) => {
      await page.getByLabel('URL contains').pressSequentially('example.com/t', { delay: 70 })
      await page.waitForURL('**?tab=requests&url=example.com%2Ft')
      assert.equal(await page.getByLabel('URL contains').inputValue(), 'example.com/t')
      await page.getByLabel('Select the 2 that are shown').check()
      await page.getByText('2 requests selected').waitFor()
      await page.getByRole('button', { name: 'Mark handled' }).click()
      await page.getByRole('button', { name: 'Mark handled 2' }).click()
      await page.getByText('Mark handled: 2 requests done.').waitFor()
      const { data } = await bench.call('GET', `/v2/request-queues/${id}/head`)
      assert.deepEqual(
        data.items.map(({ url }: { url: string }) => url),
        ['https://example.com/one'],
      )
    })
  },

  'see what comes next, and why nothing does': async (bench) => {
    const { id } = await bench.queue(requestTo('first'), requestTo('second'))
    await bench.inPage(`queues/${id}`, async (page) => {
      const next = page.getByRole('region', { name: 'What comes next' })
      await next.getByRole('link', { name: 'https://example.com/first' }).waitFor()
      const { data } = await bench.call('GET', `/headlock/v1/queues/${id}/explain`)
      await page.getByText(data.verdict).waitFor()
      await bench.call('PUT', `/headlock/v1/queues/${id}/policy`, { paused: true })
      await next.getByText('Nothing can be handed out now.').waitFor()
      await page.getByText('Paused', { exact: true }).waitFor()
      await page.getByRole('button', { name: 'Resume' }).click()
      await next.getByRole('link', { name: 'https://example.com/second' }).waitFor()
    })
  },
}
