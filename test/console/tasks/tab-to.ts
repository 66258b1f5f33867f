import assert from 'node:assert/strict'
import type { Page } from 'playwright-core'

/** Goes on with Tab until what has the focus says this. */
export async function tabTo(page: Page, name: string): Promise<void> {
  const named = page.locator(':focus').and(page.getByRole('button', { name, exact: true }))
  for (let presses = 0; presses < 100; presses++) {
    if ((await named.count()) === 1) return
    await page.keyboard.press('Tab')
  }
  assert.fail(`Tab does not come to ${name}`)
}
