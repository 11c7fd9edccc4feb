import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import t from 'tap'
import { build, call } from '../helpers/app.ts'
import { openEvents } from '../helpers/realtime.ts'
import { newSession, startSession } from '../helpers/sessions.ts'

t.test('long lists are compressed for whoever takes that; what has a tag is not', async (t) => {
  const app = await build(t)
  const bodies = Array.from({ length: 20 }, () => newSession())
  for (const body of bodies) await call(app, 'POST', '/v1/sessions', body)
  const get = (url: string, encodings?: string) =>
    app.inject({ url, headers: encodings === undefined ? {} : { 'accept-encoding': encodings } })

  const plain = await get('/v1/sessions')
  t.equal(plain.headers['content-encoding'], undefined)
  t.match(plain.headers.vary, /Accept-Encoding/)
  const packed = await get('/v1/sessions', 'gzip, deflate, br')
  t.equal(packed.headers['content-encoding'], 'br')
  t.equal(Number(packed.headers['content-length']), packed.rawPayload.length)
  t.ok(packed.rawPayload.length < plain.rawPayload.length / 4)
  t.equal(brotliDecompressSync(packed.rawPayload).toString(), plain.body)
  const zipped = await get('/v1/sessions', 'gzip')
  t.equal(zipped.headers['content-encoding'], 'gzip')
  t.equal(gunzipSync(zipped.rawPayload).toString(), plain.body)

  t.equal((await get('/v1/sessions?limit=1', 'br')).headers['content-encoding'], undefined, 'a short one')
  const many = newSession({ totals: Array(100).fill(60_000) })
  await call(app, 'POST', '/v1/sessions', many)
  const one = await get(`/v1/sessions/${many.session_id}`, 'br')
  t.ok(one.headers.etag)
  t.equal(one.headers['content-encoding'], undefined)
})

t.test('streams, pages and what they are made of are left as they are', async (t) => {
  const app = await build(t)
  const { id } = await startSession(app)
  const stream = await openEvents(t, app, id, { 'accept-encoding': 'br' })
  await stream.until('STATE_SYNC')
  t.equal(stream.response.headers['content-encoding'], undefined)

  const page = await app.inject({ url: '/', headers: { 'accept-encoding': 'br' } })
  t.match(brotliDecompressSync(page.rawPayload).toString(), /^<!doctype html>/, 'once and no more')
  const etag = String(page.headers.etag)
  const again = await app.inject({ url: '/', headers: { 'accept-encoding': 'br', 'if-none-match': etag } })
  t.equal(again.statusCode, 304)
})
