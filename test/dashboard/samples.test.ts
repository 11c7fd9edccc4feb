import t from 'tap'
import type { Instance } from '../../dashboard/lib/api.ts'
import {
  addSample,
  lineOf,
  linesPerInstance,
  nameOf,
  together,
} from '../../dashboard/pages/system/samples.ts'

const instance = (id: string, host: string, figures: Partial<Instance['figures']> = {}) =>
  ({ id, host, pid: 7, figures: { sockets: 1, p99_ms: null, outbox_pending: 5, ...figures } }) as Instance

t.test('figures of several instances are told as one', async (t) => {
  const figures = [instance('a', 'x', { p99_ms: 3 }), instance('b', 'x', { sockets: 2 })].map(
    (each) => each.figures,
  )
  t.equal(together(figures, 'sockets', 'sum'), 3)
  t.equal(together(figures, 'p99_ms', 'largest'), 3)
  t.equal(together(figures, 'outbox_pending', 'all'), 5, 'each knows it of all')
  t.equal(together(figures.slice(1), 'p99_ms', 'largest'), null, 'unknown is not zero')
})

t.test('lines have a value for every sample, and none where an instance was not there', async (t) => {
  const [a, b] = [instance('a', 'x'), instance('b', 'y', { sockets: 4 })]
  let samples = addSample([], { instances: [a], partial: false }, 1000)
  samples = addSample(samples, { instances: [a, b], partial: false }, 3000)
  t.strictSame(linesPerInstance(samples, [a, b], 'sockets', 'All'), [
    { name: 'x', values: [1, 1] },
    { name: 'y', values: [null, 4] },
  ])
  t.strictSame(lineOf(samples, 'Sockets', 'sockets', 'sum'), { name: 'Sockets', values: [1, 5] })
})

t.test('the oldest samples go', async (t) => {
  let samples = addSample([], { instances: [], partial: false }, 0)
  for (let at = 1; at <= 400; at++) samples = addSample(samples, { instances: [], partial: false }, at)
  t.equal(samples.length, 300)
  t.equal(samples[0]?.at, 101)
})

t.test('instances on one host are told apart by their process', async (t) => {
  t.equal(nameOf([instance('a', 'x'), instance('b', 'y')], 'a'), 'x')
  t.equal(nameOf([instance('a', 'x'), instance('b', 'x')], 'a'), 'x #7')
  t.equal(nameOf([], '0123456789'), '01234567')
})
