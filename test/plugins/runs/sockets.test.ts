import t from 'tap'
import { build } from '../../helpers/app.ts'
import { createFakeClock } from '../../helpers/fake-clock.ts'
import { connect } from '../../helpers/realtime.ts'

t.test('a reader that asks gets a sign of life, and nothing else is listened to', async (t) => {
  const clock = createFakeClock()
  const app = await build(t, {}, { clock })
  const reader = await connect(t, app, '/v1/runs/ws')
  for (const text of ['PING', '{"type":"PONG"}', '{', '[]']) reader.socket.send(text)
  reader.socket.send(Buffer.from([1, 2, 3]))
  reader.socket.send(' { "type" : "PING" } ')
  t.same(await reader.until('PONG'), { type: 'PONG', timestamp: clock.now() })
  t.equal(reader.messages.length, 1)
})

t.test('a reader that asks without end is ended', async (t) => {
  const clock = createFakeClock()
  const app = await build(t, { WS_MAX_MESSAGES_PER_SECOND: 2 }, { clock })
  const reader = await connect(t, app, '/v1/runs/ws')
  for (let i = 0; i < 4; i++) reader.send({ type: 'PING' })
  for (let i = 0; i < 4; i++) await reader.until('PONG')
  for (let i = 0; i < 5; i++) reader.send({ type: 'PING' })
  t.match(await reader.closed, { code: 4029 })
  t.equal(reader.messages.length, 4)
})
