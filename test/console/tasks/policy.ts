import assert from 'node:assert/strict'
import { requestTo } from '../../../harness/console/console-bench.ts'
import type { Tasks } from './tasks.ts'

export const policyTasks: Tasks = {
  'edit a policy in the form and as JSON; the server says what is wrong while somebody types': async (
    bench,
  ) => {
    const { id } = await bench.queue(requestTo('a'))
    const path = `/headlock/v1/queues/${id}/policy`
    await bench.inPage(`queues/${id}?tab=policy`, async (page) => {
      await page.getByRole('button', { name: 'Add a rule' }).click()
      await page.getByLabel('Hosts', { exact: true }).fill('*.example.com')
      await page.getByLabel('At once').fill('2')
      await page.getByLabel('wait longer each time').check()
      await page.getByRole('button', { name: 'Save' }).click()
      await page.getByText('The policy is in force').waitFor()
      assert.deepEqual((await bench.call('GET', path)).data.policy, {
        rules: [{ hosts: '*.example.com', delaySecs: 1, concurrency: 2 }],
        retry: { initialSecs: 10, factor: 2, maxSecs: 3600 },
      })

      await page.getByRole('button', { name: 'JSON' }).click()
      const text = page.getByLabel('The whole policy as JSON')
      const save = page.getByRole('button', { name: 'Save' })
      await text.fill('{"rules": [{"hosts": "*", "concurrency": 0}]}')
      await page
        .getByText(/concurrency/)
        .and(page.getByRole('status'))
        .waitFor()
      assert.equal(await save.isDisabled(), true)
      await text.fill('{"rules": ')
      await page.getByText(/JSON/).and(page.getByRole('status')).waitFor()
      assert.equal(await save.isDisabled(), true)
      assert.equal((await bench.call('GET', path)).data.version, 1)
      await text.fill('{"lockExpiriesMax": 3}')
      await save.click()
      await page.getByText('Version 2').waitFor()
      assert.deepEqual((await bench.call('GET', path)).data.policy, { lockExpiriesMax: 3 })

      // Somebody else changes it while it is edited here.
      await text.fill('{"paused": true}')
      await bench.call('PUT', path, { history: true })
      await save.click()
      await page.getByText('The policy was changed meanwhile').waitFor()
      assert.deepEqual((await bench.call('GET', path)).data.policy, { history: true })
      await page.getByText('Somebody else has saved version 3 meanwhile').waitFor()
      assert.equal(await save.isDisabled(), true)
      await page.getByRole('button', { name: 'Take theirs' }).click()
      await page.waitForURL('**?tab=policy&view=json')
      assert.match(await text.inputValue(), /"history": true/)
      await text.fill('{"paused": true}')
      await save.click()
      await page.getByText('Version 4').waitFor()
      assert.deepEqual((await bench.call('GET', path)).data.policy, { paused: true })
    })
  },

  'what is typed into the form stays as it is typed, and the server says what is wrong with it': async (
    bench,
  ) => {
    const { id } = await bench.queue(requestTo('a'))
    await bench.inPage(`queues/${id}?tab=policy`, async (page) => {
      await page.getByRole('button', { name: 'Add a rule' }).click()
      const hosts = page.getByLabel('Hosts', { exact: true })
      await hosts.clear()
      await hosts.pressSequentially('a.com, b.com,')
      await hosts.press('Backspace')
      assert.equal(await hosts.inputValue(), 'a.com, b.com')
      const delay = page.getByLabel('Delay, s')
      await delay.clear()
      await delay.pressSequentially('1.5')
      await page.getByLabel('At once').pressSequentially('two')
      await page
        .getByText(/concurrency/)
        .and(page.getByRole('status'))
        .waitFor()
      await page.getByLabel('At once').fill('2')
      await page.getByRole('button', { name: 'Save' }).click()
      await page.getByText('Version 1').waitFor()
      const { data } = await bench.call('GET', `/headlock/v1/queues/${id}/policy`)
      assert.deepEqual(data.policy, {
        rules: [{ hosts: ['a.com', 'b.com'], delaySecs: 1.5, concurrency: 2 }],
      })
    })
  },

  'let a host rest, and end that': async (bench) => {
    const { id } = await bench.queue(requestTo('a'))
    await bench.call('PUT', `/headlock/v1/queues/${id}/policy`, { rules: [{ hosts: '*', concurrency: 3 }] })
    await bench.inPage(`queues/${id}?tab=hosts`, async (page) => {
      const row = page.getByRole('row').filter({ hasText: 'example.com' })
      await row.getByText('3 at once').waitFor()
      await row.getByLabel('Actions on example.com').click()
      await row.getByRole('button', { name: 'Cool down for 10 min' }).click()
      await row
        .getByText(/^in (10 min|59\d s)$/)
        .first()
        .waitFor()
      const { data } = await bench.call('GET', `/headlock/v1/queues/${id}/explain`)
      assert.equal(data.held[0].reason, 'cooldown')
      await row.getByLabel('Actions on example.com').click()
      await row.getByRole('button', { name: 'End the cooldown' }).click()
      await page.getByText('The cooldown of example.com has ended.').waitFor()
      await row.getByLabel('Actions on example.com').click()
      await row.getByRole('button', { name: 'Pause' }).click()
      await row.getByText('paused', { exact: true }).waitFor()
    })
  },
}
