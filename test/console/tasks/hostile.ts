import assert from 'node:assert/strict'
import type { Tasks } from './tasks.ts'

const markup = '<img src=x onerror=alert(1)><script>alert(2)</script>'

export const hostileTasks: Tasks = {
  'hostile URLs, errors, labels and client keys are shown as text, and nothing of them runs': async (
    bench,
  ) => {
    const url = `https://example.com/"><script>alert(3)</script>?x='${markup}`
    const handledAt = new Date().toISOString()
    const { id, name } = await bench.queue(
      { url, uniqueKey: 'a', userData: { label: markup, [markup]: markup } },
      { url: `${url}&2`, uniqueKey: 'b', handledAt, errorMessages: [`Error: ${markup}`] },
      { url: `${url}&3`, uniqueKey: 'c' },
    )
    const clientKey = '<b onclick=alert(4)>"key"</b>'
    await bench.call('PUT', `/v2/request-queues/${id}`, { title: markup })
    await bench.call(
      'POST',
      `/v2/request-queues/${id}/head/lock?lockSecs=600&limit=1&clientKey=${encodeURIComponent(clientKey)}`,
    )
    await bench.inPage(`?search=${name}`, async (page) => {
      const isHarmless = async () => {
        const foreign = 'main :is(img, script, b[onclick], iframe), main [onerror]'
        assert.equal(await page.locator(foreign).count(), 0, page.url())
      }
      await page.getByText(markup).waitFor()
      await isHarmless()
      await page.goto(bench.urlOf(`queues/${id}`))
      await page.getByText(clientKey).waitFor()
      await page.getByText(`${url}&3`).waitFor()
      await isHarmless()
      await page.goto(bench.urlOf(`queues/${id}?tab=requests&state=locked`))
      await page.getByRole('button', { name: url }).click()
      const details = page.getByRole('complementary', { name: 'Request' })
      await details.getByText(JSON.stringify(markup), { exact: true }).first().waitFor()
      await isHarmless()
      for (const tab of ['failures', 'clients', 'hosts', 'requests']) {
        await page.goto(bench.urlOf(`queues/${id}?tab=${tab}`))
        await page.locator('tbody .opener, .empty').first().waitFor()
        await isHarmless()
      }
      await page.goto(bench.urlOf(`queues/${encodeURIComponent(markup)}?tab=${encodeURIComponent(markup)}`))
      await page.getByText('There is no such queue').waitFor()
      await isHarmless()
    })
  },
}
