import { requestTo } from '../../../harness/console/console-bench.ts'
import type { Tasks } from './tasks.ts'

export const requestTasks: Tasks = {
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
