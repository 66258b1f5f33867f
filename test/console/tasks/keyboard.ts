import assert from 'node:assert/strict'
import { requestTo } from '../../../harness/console/console-bench.ts'
import type { Tasks } from './tasks.ts'

export const keyboardTasks: Tasks = {
  'go through queues and requests with keys alone': async (bench) => {
    const { id, name } = await bench.queue(requestTo('a'), requestTo('b'))
    await bench.inPage('', async (page) => {
      const { keyboard } = page
      await page.getByRole('link', { name }).waitFor()
      await keyboard.press('/')
      await keyboard.type(name)
      await page.waitForURL(`**?search=${name}`)
      await keyboard.press('Escape')
      await page.locator('tbody tr').nth(1).waitFor({ state: 'detached' })
      await keyboard.press('j')
      await keyboard.press('Enter')
      await page.getByRole('heading', { name }).waitFor()
      await keyboard.press(']')
      await page.getByRole('button', { name: 'https://example.com/b' }).waitFor()
      await keyboard.press('j')
      await keyboard.press('j')
      await keyboard.press('x')
      await page.getByText('1 request selected').waitFor()
      const rows = page.locator('tbody tr')
      assert.equal(await rows.nth(1).getByRole('checkbox').isChecked(), true)
      const first = await rows.nth(0).locator('.opener').innerText()
      await keyboard.press('k')
      await keyboard.press('Enter')
      const details = page.getByRole('complementary', { name: 'Request' })
      await details.getByText(first).first().waitFor()
      await keyboard.press('Escape')
      await details.waitFor({ state: 'detached' })
      // The keys go on from the row that was looked at.
      assert.equal(await page.locator(':focus').innerText(), first)
      await keyboard.press('?')
      await page.getByRole('dialog', { name: 'Keyboard' }).waitFor()
      await keyboard.press('Escape')
      await page.getByRole('dialog', { name: 'Keyboard' }).waitFor({ state: 'detached' })
      await keyboard.press('g')
      await keyboard.press('q')
      await page.getByRole('heading', { name: 'Queues' }).waitFor()
      assert.equal(page.url(), bench.urlOf(''))
      await page.goBack()
      await page.getByRole('heading', { name }).waitFor()
      assert.equal(page.url(), bench.urlOf(`queues/${id}?tab=requests`))
    })
  },
}
