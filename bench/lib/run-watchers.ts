import { once } from 'node:events'
import { get, type IncomingMessage } from 'node:http'
import { connect } from 'node:net'
import { WebSocket } from 'ws'

type Message = { type: string; run_id: string; version: number; data: { sent_at?: number } }

/** When a report reached a watcher, and how long that took since it was sent, in ms. */
export type Delivery = { at: number; took_ms: number }

/** What one watcher has seen: the newest version of each run, and how late each message was. */
export function createWatcher(deliveries: Delivery[]) {
  const versions = new Map<string, number>()
  return {
    versions,
    disorder: 0,
    take(text: string) {
      const at = Date.now()
      const { run_id, version, data }: Message = JSON.parse(text)
      if (version <= (versions.get(run_id) ?? 0)) this.disorder++
      versions.set(run_id, version)
      if (data.sent_at !== undefined) deliveries.push({ at, took_ms: at - data.sent_at })
    },
  }
}

export type Watcher = ReturnType<typeof createWatcher>

export async function watchStream(base: string, watcher: Watcher): Promise<void> {
  const [response] = (await once(get(`${base}/api/v1/events?stream=tests`), 'response')) as [IncomingMessage]
  let rest = ''
  response.setEncoding('utf8').on('data', (chunk: string) => {
    const events = (rest + chunk).split('\n\n')
    rest = events.pop() ?? ''
    for (const event of events) {
      const data = /^data: (.*)$/m.exec(event)?.[1]
      if (data) watcher.take(data)
    }
  })
}

export async function watchSocket(base: string, watcher: Watcher): Promise<void> {
  const socket = new WebSocket(`${base.replace('http', 'ws')}/v1/runs/ws`, { perMessageDeflate: false })
  socket.on('message', (data) => watcher.take(String(data)))
  await once(socket, 'open')
}

/** Asks for everything and reads nothing: what the kernel buffers for it, some 4 MB, is all that it ever gets. */
export function stall(base: string, upgrade: boolean): void {
  const { port, host } = new URL(base)
  const socket = connect(Number(port), '127.0.0.1').pause()
  socket.on('error', () => {})
  const head =
    'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: c3RhbGxlZCByZWFkZXIhIQ=='
  socket.write(
    `GET /v1/runs/${upgrade ? 'ws' : 'events'} HTTP/1.1\r\nHost: ${host}\r\n${upgrade ? `${head}\r\n` : ''}\r\n`,
  )
}

/** How many watchers of runs a server has, by what it says itself: a reader that does not read does not see its end. */
export async function countWatchers(base: string): Promise<number> {
  const text = await (await fetch(`${base}/metrics`)).text()
  const counts = text.matchAll(/^synckairos_run_readers\{[^}]*\} (\d+)$/gm)
  return [...counts].reduce((total, [, count]) => total + Number(count), 0)
}
