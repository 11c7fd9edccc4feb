import { accessSync, constants } from 'node:fs'
import { type Browser, chromium } from 'playwright-core'
import { findProgram } from '../../helpers/servers.ts'

/** In CSS pixels: a laptop, a phone, a screen on a wall. */
export const SIZES = {
  desktop: { width: 1440, height: 900 },
  phone: { width: 390, height: 844 },
  wall: { width: 1920, height: 1080 },
}

/** The first is Chromium without its window: a third quicker, and nobody is looking. */
const NAMES = [
  'chromium-headless-shell',
  'chromium',
  'chromium-browser',
  'google-chrome-stable',
  'google-chrome',
]
/** Where installers put it without telling PATH. */
const PLACES = [
  '/usr/bin/chromium',
  '/snap/bin/chromium',
  '/opt/google/chrome/chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
]

/** Nothing but the page under test uses the network, and colours and letters are those of every other machine. */
const ARGS = [
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--force-color-profile=srgb',
  '--font-render-hinting=none',
]

/** The path of a Chromium: CHROMIUM_PATH, else one from PATH, else one where installers put it; null without any. */
export function findChromium(): string | null {
  if (process.env.CHROMIUM_PATH) return process.env.CHROMIUM_PATH
  const inPath = NAMES.map(findProgram).find((path) => path !== null)
  return inPath ?? PLACES.find(isExecutable) ?? null
}

/** Starts a Chromium without its sandbox, which refuses root and most containers: it sees our own pages only. */
export function launchChromium(executablePath: string): Promise<Browser> {
  return chromium.launch({ executablePath, args: ARGS, chromiumSandbox: false })
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
