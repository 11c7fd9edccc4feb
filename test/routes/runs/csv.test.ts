import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import { toDetail } from '../../../plugins/runs/codec.ts'
import { toCsv } from '../../../routes/runs/csv.ts'
import { points, started } from '../../engine/run/make.ts'

t.test('every history has as many rows as points, and no text that begins like a formula', async () => {
  fc.assert(
    fc.property(points(20), fc.string(), (input, text) => {
      const odd = input.map((each) => ({ ...each, metrics: { ...each.metrics, cons_version: text } }))
      const csv = toCsv(toDetail(started(), odd).progress_history)
      const cells = csv.match(/(?<=^|,|\r\n)(?:"(?:[^"]|"")*"|[^",\r\n]*)/g) ?? []
      for (const cell of cells) assert.doesNotMatch(cell, /^"?[=+@\t\r]/)
      const breaks = text.match(/\r\n/g)?.length ?? 0
      assert.equal(csv.split('\r\n').length - 2, input.length * (1 + breaks))
    }),
  )
})
