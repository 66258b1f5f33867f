import { existsSync } from 'node:fs'
import { type Browser, chromium } from 'playwright-core'

/** Names a Chromium or Chrome for the tests, where it is not in a usual place. If it names none, there is none. */
export const chromiumVariable = 'HEADLOCK_TEST_CHROMIUM'

const usualPlaces = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
]

/** The Chromium of this machine. Null if there is none. Nothing is downloaded. */
export function chromiumPath(): string | null {
  const named = process.env[chromiumVariable]
  return (named ? [named] : usualPlaces).find((path) => existsSync(path)) ?? null
}

/** Why tests in a browser cannot run here. False if they can. */
export const noBrowser: string | false =
  chromiumPath() === null
    ? `no Chromium is installed: run apt-get install chromium, or name one in ${chromiumVariable}`
    : false

export function launchChromium(): Promise<Browser> {
  // The tests open pages of their own server alone. Chromium's sandbox does not start for root, as which CI runs.
  return chromium.launch({ executablePath: chromiumPath()!, args: ['--no-sandbox', '--disable-gpu'] })
}
