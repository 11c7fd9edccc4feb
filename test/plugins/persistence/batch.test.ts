import t from 'tap'
import { toDeadLetter, toJobs, unpack } from '../../../plugins/persistence/batch.ts'
import type { OutboxEntry } from '../../../plugins/store/outbox.ts'

const entry = (n: number, data: unknown = {}): OutboxEntry => ({
  id: `e-${n}`,
  event: { topic: 'x', type: 'x.y', key: 'k', epoch: 1, version: n, at: 0, data },
})

t.test('the same batch is the same job, another one is another', (t) => {
  const [one] = toJobs([entry(1), entry(2)])
  const [again] = toJobs([entry(1), entry(2)])
  const [other] = toJobs([entry(1)])
  const [elsewhere] = toJobs([entry(1), { ...entry(2), event: { ...entry(2).event, epoch: 9 } }])
  t.match(one?.id, /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  t.strictSame(one, again)
  t.not(one?.id, other?.id)
  t.not(one?.id, elsewhere?.id, 'an emptied store that counts its entries anew')
  t.strictSame(toJobs([]), [])
  t.end()
})

t.test('a job holds what PostgreSQL would refuse, and gives it back', (t) => {
  const entries = [entry(1, { text: 'a\u0000b\ud800"\\' })]
  const [job] = toJobs(entries)
  t.notMatch(JSON.stringify(job), /[^\\]\\u0000/)
  t.strictSame(unpack(JSON.parse(JSON.stringify(job?.data))), [entries[0]?.event])
  t.strictSame(unpack(toDeadLetter(entry(7).event).data), [entry(7).event])
  t.end()
})

t.test('large events are spread over several jobs, in their order', (t) => {
  const text = 'x'.repeat(300_000)
  const entries = [1, 2, 3, 4, 5, 6, 7].map((n) => entry(n, { text: n === 4 ? text.repeat(5) : text }))
  const jobs = toJobs(entries)
  t.strictSame(
    jobs.map(({ data }) => unpack(data).map(({ version }) => version)),
    [[1, 2, 3], [4], [5, 6, 7]],
  )
  t.equal(new Set(jobs.map(({ id }) => id)).size, 3)
  t.end()
})
