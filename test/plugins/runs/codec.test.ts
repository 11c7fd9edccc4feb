import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import { decode, encode, runJsonOf, toWire } from '../../../plugins/runs/codec.ts'
import { pack, unpack } from '../../../plugins/runs/pack.ts'
import { complete, play, points, progress, started } from '../../engine/run/make.ts'

t.test('points come back from their table as they were', async () => {
  fc.assert(
    fc.property(points(50), (any) => {
      const input = JSON.parse(JSON.stringify(any))
      assert.deepEqual(unpack(JSON.parse(JSON.stringify(pack(input)))), input)
    }),
  )
})

t.test('a table of points is much smaller than the points', async (t) => {
  const metrics = { block: 123_456, slot: 234_567, exec_peers: 50, exec_version: 'Geth/v1.16.2-stable/linux' }
  const input = Array.from({ length: 100 }, (_, i) => ({ at: i, received_at: i, metrics }))
  t.ok(JSON.stringify(pack(input)).length < JSON.stringify(input).length / 3)
})

t.test('a run comes back from its document as it was', async (t) => {
  for (const state of [
    started(),
    started({ run_timeout_ms: 5000, system_info: { kept: { kept: ',"kept":' } }, enclave_name: ',"kept":{' }),
    play(started(), [[1, progress(7, { block: 1, exec_version: 'a","kept":{' })]]).state,
    play(started(), [[1, complete({ success: false })]]).state,
    { ...play(started(), [[1, progress(7)]]).state, points: [], spilled: true },
  ]) {
    const document = encode(state)
    t.strictSame(decode(document), state)
    t.strictSame(JSON.parse(runJsonOf(document)), toWire(state))
  }
})

t.test('what is not a run is not taken for one', async (t) => {
  for (const document of ['', '{}', 'null', '{"run":{},"kept":{}}']) {
    t.throws(() => decode(document), { code: 'STATE_DESERIALIZATION_ERROR' }, document)
  }
})
