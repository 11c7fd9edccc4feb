import t, { type Test } from 'tap'
import { createClient } from '../../sdk/index.ts'
import { build } from '../helpers/app.ts'
import { listen } from '../helpers/realtime.ts'
import { newSession } from '../helpers/sessions.ts'
import { createTcpProxy } from '../helpers/tcp-proxy.ts'
import { until } from '../helpers/until.ts'
import { jitter } from './network.ts'

const CLOSE_MS = 5

/**
 * How far a client's clock is off, against the server's in the same process. A busy machine delays packets as it
 * likes, so the client asks until it is sure enough of itself - which is the claim: then it is right.
 */
async function offBy(
  t: Test,
  { socket, delay }: { socket: boolean; delay: { up(): number; down(): number } },
): Promise<number> {
  const app = await build(t)
  const proxy = await createTcpProxy(t, Number((await listen(app)).split(':')[1]), { delay })
  const client = createClient({ url: `http://127.0.0.1:${proxy.port}` })
  t.teardown(() => client.close())
  if (socket) {
    const live = client.session(newSession().session_id)
    await until(
      () => live.status,
      (status) => status === 'missing',
    )
  }
  await until(
    async () => {
      await client.clock.sync()
      return client.clock.uncertainty
    },
    (uncertainty) => uncertainty < CLOSE_MS,
  )
  return Math.abs(client.clock.now() - app.clock.precise())
}

const none = () => 0

for (const [what, delay] of [
  ['on the way to the server', { up: jitter(), down: none }],
  ['on the way back', { up: none, down: jitter() }],
] as const) {
  t.test(
    `over a socket with 40 ms of jitter ${what}, the client's clock is less than 5 ms off`,
    async (t) => {
      const off = await offBy(t, { socket: true, delay })
      t.ok(off < CLOSE_MS, `${off} ms`)
    },
  )
}

t.test('the same over HTTP, without any session', async (t) => {
  const off = await offBy(t, { socket: false, delay: { up: jitter(), down: none } })
  t.ok(off < CLOSE_MS, `${off} ms`)
})
