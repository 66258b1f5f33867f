import assert from 'node:assert/strict'
import type { Page } from 'playwright-core'
import type { Tasks } from './tasks.ts'

const markup = '<img src=x onerror=alert(1)><script>alert(2)</script>'

/** All that somebody reads or hears, and the addresses that links lead to. */
async function shownIn(page: Page): Promise<string> {
  const hints = await page.evaluate<string>(
    "[...document.querySelectorAll('[title], [aria-label]')].map((each) => each.title + each.ariaLabel).join()",
  )
  const links = await page.evaluate<string>('[...document.links].map(({ href }) => href).join()')
  return (await page.locator('main').innerText()) + hints + page.url() + links
}

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
      await bench.goTo(page, `queues/${id}`)
      await page.getByText(clientKey).waitFor()
      await page.getByText(`${url}&3`).waitFor()
      await isHarmless()
      await bench.goTo(page, `queues/${id}?tab=requests&state=locked`)
      await page.getByRole('button', { name: url }).click()
      const details = page.getByRole('complementary', { name: 'Request' })
      await details.getByText(JSON.stringify(markup), { exact: true }).first().waitFor()
      await isHarmless()
      for (const tab of ['failures', 'clients', 'hosts', 'requests']) {
        await bench.goTo(page, `queues/${id}?tab=${tab}`)
        await page.locator('tbody .opener, .empty').first().waitFor()
        await isHarmless()
      }
      await bench.goTo(page, `queues/${encodeURIComponent(markup)}?tab=${encodeURIComponent(markup)}`)
      await page.getByText('There is no such queue').waitFor()
      await isHarmless()
    })
  },

  'what somebody reads is what is there: marks of direction are written out, long words wrap, credentials are hidden':
    async (bench) => {
      const long = 'w'.repeat(10_000)
      const handledAt = new Date().toISOString()
      const { id, name } = await bench.queue(
        {
          url: 'https://example.com/next?token=url-secret&key=key-secret',
          uniqueKey: 'https://a:key-pass@b.c/',
        },
        {
          url: 'https://example.com/\u202Egnp.exe',
          uniqueKey: 'b',
          userData: { label: '\u2067label\u200B' },
        },
        { url: `https://example.com/${'x'.repeat(1500)}`, uniqueKey: long, userData: { label: long, long } },
        {
          url: 'https://example.com/failed',
          uniqueKey: 'd',
          handledAt,
          errorMessages: [
            `${long} at https://u:error-pass@b.c/?token=error-secret`,
            `Cookie: sid=error-cookie`,
          ],
        },
        {
          url: 'https://example.com/sent',
          uniqueKey: 'e',
          method: 'POST',
          payload: '{"password": "payload-secret", "page": 2}',
          userData: { note: 'Authorization: Bearer note-secret' },
          handledAt,
        },
        { url: 'https://example.com/form', uniqueKey: 'f', payload: 'pwd=form-secret&page=3', handledAt },
      )
      const secrets =
        /url-secret|key-secret|key-pass|error-pass|error-secret|error-cookie|payload-secret|note-secret|form-secret/
      await bench.call('PUT', `/v2/request-queues/${id}`, { title: `\u202E${'t'.repeat(190)}` })
      await bench.call(
        'POST',
        `/v2/request-queues/${id}/head/lock?lockSecs=600&limit=1&clientKey=${encodeURIComponent('\u202Eclient')}`,
      )
      const { data } = await bench.call('GET', `/headlock/v1/queues/${id}/requests?limit=10`)
      const ways = data.items.map((item: { id: string }) => `requests&request=${item.id}`)
      await bench.inPage(`?search=${name}`, async (page) => {
        await page.getByText(String.raw`\u202ettt`).waitFor()
        for (const tab of ['overview', 'requests', 'failures', 'clients', 'hosts', ...ways]) {
          await bench.goTo(page, `queues/${id}?tab=${tab}`)
          await page.locator('tbody tr').first().waitFor()
          if (tab.includes('request=')) await page.getByText('Unique key').waitFor()
          assert.equal(secrets.exec(await shownIn(page))?.[0], undefined, tab)
          assert.doesNotMatch(
            await page.locator('main').innerText(),
            /[\u200B\u202A-\u202E\u2066-\u2069]/,
            tab,
          )
          for (const width of [390, 820, 1280]) {
            await page.setViewportSize({ width, height: 800 })
            const scrollWidth = await page.evaluate<number>('document.documentElement.scrollWidth')
            assert.ok(scrollWidth <= width, `${tab} is ${scrollWidth} wide where there are ${width}`)
          }
        }
        await bench.goTo(page, `queues/${id}?tab=requests`)
        await page.getByRole('button', { name: String.raw`https://example.com/\u202egnp.exe` }).waitFor()
        await bench.goTo(page, `queues/${id}?tab=clients`)
        await page.getByRole('button', { name: String.raw`Unlock what \u202eclient holds` }).waitFor()
      })
    },

  'an address names a group of failures without its text, which may have credentials in it': async (
    bench,
  ) => {
    const handledAt = new Date().toISOString()
    const failed = (key: string, error: string) => ({
      url: `https://example.com/${key}`,
      uniqueKey: key,
      handledAt,
      errorMessages: [error],
    })
    const { id } = await bench.queue(
      failed('a', 'Login refused. Authorization: Basic hunters-secret'),
      failed('b', 'Login refused. Authorization: Basic hunters-secret'),
      failed('c', 'TimeoutError'),
    )
    const secret = /hunters/
    await bench.inPage(`queues/${id}?tab=failures`, async (page) => {
      const rows = page.getByRole('table', { name: 'Requests' }).locator('tbody tr')
      const showsTwo = async () => {
        await rows.nth(1).waitFor()
        await page.getByText('Failed with').waitFor()
        assert.equal(await rows.count(), 2)
        assert.doesNotMatch((await page.content()) + page.url(), secret)
      }
      await page.getByRole('row').filter({ hasText: 'Login refused' }).waitFor()
      assert.doesNotMatch(await page.content(), secret)
      await page.getByRole('link', { name: 'Login refused' }).click()
      await page.waitForURL(/&failure=\w+$/)
      await showsTwo()
      await page.reload()
      await showsTwo()

      await page.getByRole('button', { name: 'Retry' }).click()
      await page.getByRole('button', { name: 'Retry 2' }).click()
      await page.getByText('No request matches').waitFor()
      await page.reload()
      await page.getByText('No request has failed with that error any more').waitFor()
      assert.equal(await page.getByRole('toolbar').count(), 0)
      await page.getByLabel('Error contains').fill('Timeout')
      await page.waitForURL((url) => !url.search.includes('failure='))
      await page.getByRole('button', { name: 'https://example.com/c' }).waitFor()
    })
  },
}
