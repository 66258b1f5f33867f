import assert from 'node:assert/strict'
import { type ConsoleBench, requestTo } from '../../../harness/console/console-bench.ts'
import { tabTo } from './tab-to.ts'
import type { Tasks } from './tasks.ts'

const manyRequests = 10_000
const manyText = '10,000'
/** Of how many, the server only estimates. */
const someDone = /^[1-9][\d,]* of [1-9]/
/** The store is shared by all that act at the same time. With so many others, an action is sure to take longer than a call may. */
const othersAtOnce = 12

/** Lets others act on the same requests, so that the store has much to do. @returns ends what they do */
async function actOfOthers(bench: ConsoleBench, id: string): Promise<() => Promise<void>> {
  const availableAt = new Date(Date.now() + 3_600_000).toISOString()
  const body = { action: 'schedule', availableAt, filter: { url: '/many/' } }
  const answers = Array.from({ length: othersAtOnce }, () =>
    bench.call('POST', `/headlock/v1/queues/${id}/actions`, body),
  )
  return async () => {
    for (const { data } of await Promise.all(answers))
      if (data.jobId !== undefined) await bench.call('DELETE', `/headlock/v1/jobs/${data.jobId}`)
  }
}

/** What the API says of a job of the console that was stopped. */
async function assertStopped(bench: ConsoleBench, isIt: (job: Job) => boolean): Promise<void> {
  const { data } = await bench.call('GET', '/headlock/v1/jobs')
  const { state, done } = data.items.find((job: Job) => !job.dryRun && isIt(job))
  assert.equal(state, 'stopped')
  assert.ok(done > 0 && done < manyRequests, String(done))
}

interface Job {
  readonly queueId: string
  readonly sourceQueueId: string | null
  readonly action: string | null
  readonly dryRun: boolean
}

export const jobTasks: Tasks = {
  'a long fork and a long action on all that match: the count first, the progress, and a stop; by mouse and by keys':
    async (bench) => {
      const { id, name } = await bench.queue(requestTo('kept'))
      await bench.fill(
        id,
        Array.from({ length: manyRequests }, (_, index) => requestTo(`many/${index}`)),
      )
      await bench.inPage(`queues/${id}?tab=requests&url=${encodeURIComponent('/many/')}`, async (page) => {
        // All that act share one machine.
        page.setDefaultTimeout(60_000)
        const bulk = page.getByRole('toolbar', { name: 'Actions on requests' })
        const jobs = page.getByRole('region', { name: 'Jobs' })
        const progress = (name: string) => jobs.getByRole('progressbar', { name: `Progress of ${name}` })

        await bulk.getByRole('button', { name: 'Fork' }).click()
        await page.getByText(`${manyText} requests will be copied`).waitFor()
        await page.getByLabel('Name of the new queue').fill(`${name}-fork`)
        const endOthers = await actOfOthers(bench, id)
        await page.getByRole('button', { name: `Fork ${manyText}` }).click()
        await page.getByText('Fork goes on as a job.').waitFor()
        await progress('Fork').waitFor()
        await jobs
          .locator('.job', { hasText: `Fork to ${name}-fork` })
          .getByText(someDone)
          .waitFor()
        await jobs.getByRole('button', { name: 'Stop: Fork' }).click()
        await page.getByText(/^Stopped\. Fork: [\d,]+ requests? copied\.$/).waitFor()
        await jobs.getByRole('link', { name: `${name}-fork` }).waitFor()
        await assertStopped(bench, ({ sourceQueueId }) => sourceQueueId === id)
        await jobs.getByRole('button', { name: 'Dismiss: Fork' }).click()
        await endOthers()

        const { keyboard } = page
        await keyboard.press('/')
        await keyboard.press('ControlOrMeta+A')
        await keyboard.type('example.com/many/')
        await page.waitForURL(/url=example\.com/)
        await keyboard.press('Escape')
        await bulk.getByText('All that match').waitFor()
        await keyboard.press('a')
        await tabTo(page, 'Delete')
        await keyboard.press('Enter')
        await page.getByText(`${manyText} requests will be deleted.`).waitFor()
        const endMoreOthers = await actOfOthers(bench, id)
        await tabTo(page, `Delete ${manyText}`)
        await keyboard.press('Enter')
        await progress('Delete').waitFor()
        await jobs.locator('.job', { hasText: 'Delete' }).getByText(someDone).waitFor()
        await keyboard.press('s')
        await tabTo(page, 'Stop: Delete')
        await keyboard.press('Enter')
        await page.getByText(/^Stopped\. Delete: [\d,]+ requests? done\.$/).waitFor()
        assert.equal(await jobs.getByRole('button', { name: 'Stop: Delete' }).count(), 0)
        await assertStopped(bench, ({ queueId, action }) => queueId === id && action === 'delete')
        await endMoreOthers()
        const { data } = await bench.call('GET', `/v2/request-queues/${id}/head?limit=1`)
        assert.equal(data.items[0].url, 'https://example.com/kept')
      })
    },
}
