import assert from 'node:assert/strict'
import { startPrefixProxy } from '../../../harness/console/prefix-proxy.ts'
import type { Tasks } from './tasks.ts'

export const signInTasks: Tasks = {
  'a wrong token is refused, the right one signs in, and signing out ends it': (bench) =>
    bench.inPage(
      'queues/any?tab=requests',
      async (page) => {
        const field = page.getByLabel('API token')
        await field.fill('wrong')
        await page.keyboard.press('Enter')
        await page.getByRole('alert').getByText('token is not valid').waitFor()
        await field.fill(bench.token)
        await page.keyboard.press('Enter')
        await page.getByText('There is no such queue').waitFor()
        // The address that was asked for is the one that is shown.
        assert.match(page.url(), /\/console\/queues\/any\?tab=requests$/)
        assert.doesNotMatch(await page.content(), new RegExp(bench.token))
        assert.equal(await page.evaluate('document.cookie + JSON.stringify(localStorage)'), '{}')
        await page.reload()
        await page.getByText('There is no such queue').waitFor()
        await page.getByLabel('More').click()
        await page.getByRole('button', { name: 'Sign out' }).click()
        await field.waitFor()
        await page.reload()
        await field.waitFor()
      },
      { token: null },
    ),

  '/ leads to the console, and a link to a queue of the API opens it': async (bench) => {
    const { id, name } = await bench.queue()
    const { data } = await bench.call('GET', `/v2/request-queues/${id}`)
    await bench.inPage('', async (page) => {
      await page.goto(`${bench.server.url}/`)
      await page.getByRole('heading', { name: 'Queues' }).waitFor()
      assert.equal(page.url(), bench.urlOf(''))
      await page.goto(data.consoleUrl)
      await page.getByRole('heading', { name }).waitFor()
      assert.equal(page.url(), bench.urlOf(`queues/${id}`))
    })
  },

  'it works below a path of a proxy': async (bench) => {
    const { id, name } = await bench.queue({ url: 'https://example.com/a', uniqueKey: 'a' })
    const proxy = await startPrefixProxy(bench.server.url)
    try {
      await bench.inPage(
        `${proxy.url}/`,
        async (page) => {
          await page.getByLabel('API token').fill(bench.token)
          await page.keyboard.press('Enter')
          await page.getByRole('heading', { name: 'Queues' }).waitFor()
          assert.equal(page.url(), `${proxy.url}/console/`)
          await page.goto(`${proxy.url}/console/queues/${id}`)
          await page.getByRole('heading', { name }).waitFor()
          await page.locator('.live').getByText('Live').waitFor()
          await page.getByRole('button', { name: 'Pause' }).click()
          await page.getByText('The queue is paused').waitFor()
        },
        { token: null },
      )
    } finally {
      proxy.close()
    }
  },

  'a read-only token sees everything and no button that changes something': async (bench) => {
    const { id } = await bench.queue({ url: 'https://example.com/a', uniqueKey: 'a' })
    await bench.call('POST', `/v2/request-queues/${id}/head/lock?lockSecs=60&clientKey=holder`)
    const changing =
      /^(?:New queue|Add requests|Pause|Delete.*|Rename|Retry.*|Unlock.*|Mark handled|Schedule|To the front|Fork|Save)$/
    await bench.inPage(
      '',
      async (page) => {
        await page.getByText('(read only)').waitFor()
        for (const tab of ['', 'requests', 'failures', 'hosts', 'clients', 'policy']) {
          await bench.goTo(page, `queues/${id}?tab=${tab}`)
          await page.locator('main .panel :is(tbody tr, .empty, .json)').first().waitFor()
          assert.equal(await page.getByRole('button', { name: changing }).count(), 0, tab)
        }
        await bench.goTo(page, `queues/${id}?tab=requests`)
        await page.getByRole('button', { name: 'https://example.com/a' }).click()
        await page.getByRole('complementary', { name: 'Request' }).getByText('Unique key').waitFor()
        assert.equal(await page.getByRole('button', { name: changing }).count(), 0)
        assert.equal(await page.getByRole('checkbox', { name: /Select/ }).count(), 0)
      },
      { token: bench.readOnlyToken },
    )
  },
}
