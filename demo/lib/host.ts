import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { buildApp } from '../../app.ts'
import type { Clock } from '../../plugins/clock.ts'

export { createSystemClock } from '../../plugins/clock.ts'

export type Host = {
  /** Without a slash at its end. */
  url: string
  /** Resolves soon, whatever is under way. */
  close(): Promise<void>
}

/** How long an orderly end may take, in ms; what it would save is thrown away. */
const CLOSE_WITHIN_MS = 1200
const LAST_PORT = 65_535

/** The server, on a folder that is gone when the process ends. */
export async function startHost(port: number, host: string, clock: Clock): Promise<Host> {
  const DATA_DIR = mkdtempSync(join(tmpdir(), 'synckairos-demo-'))
  process.once('exit', () => rmSync(DATA_DIR, { recursive: true, force: true }))
  const app = await buildApp(
    {
      DATA_DIR,
      LOG_LEVEL: 'error',
      PERSISTENCE: 'on',
      // All players share one address, and nobody has to be kept from trying things.
      RATE_LIMIT_GENERAL: 0,
      RATE_LIMIT_SWITCH: 0,
      WS_MAX_SOCKETS_PER_IP: 0,
      SSE_MAX_STREAMS_PER_IP: 0,
      // The past is played as fast as the machine can.
      OVERLOAD_EVENT_LOOP_DELAY_MS: 0,
    },
    { clock },
  )
  const url = await app.listen({ port, host })
  return { url, close: () => Promise.race([app.close(), pause(CLOSE_WITHIN_MS)]) }
}

/** The first port from `wanted` on that nothing listens at. */
export async function findPort(wanted: number, host: string): Promise<number> {
  for (let port = wanted; port <= LAST_PORT; port++) if (await isFree(port, host)) return port
  throw new Error(`No port from ${wanted} on is free`)
}

async function isFree(port: number, host: string): Promise<boolean> {
  const server = createServer()
  try {
    await once(server.listen(port, host), 'listening')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') return false
    throw error
  }
  server.close()
  await once(server, 'close')
  return true
}
