import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import type { Page } from 'playwright-core'
import { requestTo } from '../../../harness/console/console-bench.ts'
import type { Tasks } from './tasks.ts'

interface Violation {
  readonly id: string
  readonly impact: string
  readonly nodes: readonly { readonly html: string; readonly failureSummary: string }[]
}

const axeSource = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

/** What axe-core finds in the page, as far as it is serious. */
async function seriousFindings(page: Page, rules: readonly string[] | null): Promise<string[]> {
  // Once in a page: it goes to another place without being loaded again.
  if (!(await page.evaluate<boolean>('"axe" in window'))) await page.evaluate(axeSource)
  // What is in order is not listed, which takes most of the time.
  const quick = { resultTypes: ['violations'], preload: false }
  const options = rules === null ? quick : { ...quick, runOnly: rules }
  const { violations } = await page.evaluate<{ violations: readonly Violation[] }>(
    `axe.run(${JSON.stringify(options)})`,
  )
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes[0]!.html} ${nodes[0]!.failureSummary}`)
}

export const accessibilityTasks: Tasks = {
  'axe-core finds nothing serious on any page, light and dark, and nothing is wider than a phone': async (
    bench,
  ) => {
    const handledAt = new Date().toISOString()
    const { id } = await bench.queue(
      requestTo('a', { userData: { label: 'L' }, headers: { Accept: 'text/html' } }),
      requestTo(`long/${'x'.repeat(300)}`),
      requestTo('c'),
      requestTo('failed', { handledAt, errorMessages: ['Error: x'] }),
    )
    await bench.call('PUT', `/headlock/v1/queues/${id}/policy`, {
      rules: [{ hosts: '*', concurrency: 1 }],
      history: true,
    })
    await bench.call('POST', `/v2/request-queues/${id}/head/lock?lockSecs=600&clientKey=holder&limit=1`)
    const { data } = await bench.call('GET', `/v2/request-queues/${id}/requests?limit=1`)
    const tabs = [
      'requests',
      'failures',
      'hosts',
      'clients',
      'policy',
      `requests&request=${data.items[0].id}`,
    ]
    const ways = ['', `queues/${id}`, ...tabs.map((tab) => `queues/${id}?tab=${tab}`), 'server', 'nowhere']
    await bench.inPage('', async (page) => {
      for (const way of ways) {
        await bench.goTo(page, way)
        // What the place shows has come, not only its frame.
        await page.locator('main .panel :is(tbody tr, .empty, .policy)').first().waitFor()
        if (way.includes('request=')) await page.getByText('Unique key').waitFor()
        await page.emulateMedia({ colorScheme: 'light' })
        assert.deepEqual(await seriousFindings(page, null), [], way)
        await page.emulateMedia({ colorScheme: 'dark' })
        assert.deepEqual(await seriousFindings(page, ['color-contrast']), [], `${way}, dark`)
        await page.setViewportSize({ width: 390, height: 800 })
        const isWider = await page.evaluate('document.documentElement.scrollWidth > innerWidth')
        assert.equal(isWider, false, `${way} is wider than a phone`)
        await page.setViewportSize({ width: 1280, height: 800 })
      }
    })
  },
}
