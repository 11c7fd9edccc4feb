import type { Test } from 'tap'
import type { CommitResult } from '../../../plugins/store/state-store.ts'
import { COMMITTED, type CreateBackend, change, eventually, given, newKey, record } from './given.ts'

const isCommitted = ({ outcome }: CommitResult): boolean => outcome === 'committed'
const FIRST = { value: 'first', bulk: '\u0000ä' }

/** Answers that are kept with a commit, and claims. */
export function answersSuite(t: Test, create: CreateBackend): void {
  t.test('an answer is kept with its commit or not at all, and the first one of a name stays', async (t) => {
    const backend = await create(t)
    if (!backend) return
    const { store } = backend
    const key = newKey()
    const named = (value: string) => ({
      answer: { name: 'k/1:ä', value, bulk: '\u0000ä', lifetime_ms: 60_000 },
    })
    t.equal(await store.answer(key, 'k/1:ä'), null)
    await given(store, key, record(1), named('first'))
    t.strictSame(await store.answer(key, 'k/1:ä'), FIRST)
    const second = await store.commit(key, change(record(1), record(2), named('second')))
    t.strictSame(second, { outcome: 'answered', answer: FIRST })
    t.strictSame(await store.read(key), record(1), 'nothing was changed')
    const lost = await store.commit(key, change(record(7), record(8), named('third')))
    t.strictSame(lost, { outcome: 'answered', answer: FIRST }, 'the answer comes before the conflict')
    t.equal(await store.answer(newKey(), 'k/1:ä'), null, 'a key has its own answers')
    const other = { answer: { name: 'k', value: '', lifetime_ms: 60_000 } }
    t.strictSame(await store.commit(key, change(record(1), null, other)), COMMITTED)
    t.strictSame(await store.answer(key, 'k'), { value: '', bulk: null }, 'an empty one is one')
    t.strictSame(await store.answer(key, 'k/1:ä'), FIRST, 'they outlive the record')
  })

  t.test('of many commits with one answer name exactly one goes through', async (t) => {
    const backend = await create(t)
    if (!backend) return
    const stores = [backend.store, (await backend.another?.()) ?? backend.store]
    const key = newKey()
    const results = await Promise.all(
      Array.from({ length: 20 }, (_, i) => {
        const answer = { name: 'once', value: String(i), lifetime_ms: 60_000 }
        return (stores[i % 2] as typeof backend.store).commit(key, change(null, record(1), { answer }))
      }),
    )
    t.equal(results.filter(isCommitted).length, 1)
    const answer = await backend.store.answer(key, 'once')
    for (const result of results.filter((r) => !isCommitted(r)))
      t.strictSame(result, { outcome: 'answered', answer })
  })

  t.test('of the bulks of all answers the newest are kept, as far as there is room', async (t) => {
    const backend = await create(t, { answer_bulk_limit: 16 * 100 })
    if (!backend) return
    const { store } = backend
    const key = newKey()
    let last = await given(store, key)
    const answers = Array.from({ length: 70 }, (_, i) => ({
      name: `a${i}`,
      value: `${i}`,
      bulk: `${i % 10}`.repeat(30),
    }))
    for (const answer of answers) {
      const next = record(last.version + 1)
      const result = await store.commit(
        key,
        change(last, next, { answer: { ...answer, lifetime_ms: 60_000 } }),
      )
      t.strictSame(result, COMMITTED)
      last = next
    }
    for (const { name, value, bulk } of answers.slice(-3))
      t.strictSame(await store.answer(key, name), { value, bulk })
    const first = await store.answer(key, 'a0')
    t.strictSame(first, { value: '0', bulk: null }, 'that it was given is known all the same')
    const again = { name: 'a0', value: 'again', bulk: '', lifetime_ms: 60_000 }
    const answered = { outcome: 'answered', answer: first }
    t.strictSame(await store.commit(key, change(last, record(last.version + 1), { answer: again })), answered)

    const whole = { name: 'whole', value: 'x', bulk: 'y'.repeat(5000), lifetime_ms: 60_000 }
    t.strictSame(
      await store.commit(key, change(last, record(last.version + 1), { answer: whole })),
      COMMITTED,
    )
    t.strictSame(
      await store.answer(key, 'whole'),
      { value: 'x', bulk: null },
      'one that is too long for itself',
    )
  })

  t.test('a name is claimed once, for as long as that lasts', async (t) => {
    const backend = await create(t)
    if (!backend) return
    const stores = [backend.store, (await backend.another?.()) ?? backend.store]
    const claims = await Promise.all(
      Array.from({ length: 20 }, (_, i) => (stores[i % 2] as typeof backend.store).claim('n', `${i}`, 200)),
    )
    const won = claims.indexOf(null)
    t.not(won, -1)
    for (const [i, found] of claims.entries()) t.equal(found, i === won ? null : `${won}`)
    t.equal(await backend.store.claim('m', '', 60_000), null, 'each name for itself')
    t.equal(await backend.store.claim('m', 'other', 60_000), '')
    t.strictSame((await backend.store.list('', { limit: 10 })).records, [], 'it is no record')
    let later = 0
    await eventually(
      backend,
      async () => (await backend.store.claim('n', `later ${++later}`, 60_000)) === null,
    )
    t.equal(await backend.store.claim('n', 'last', 60_000), `later ${later}`)
  })
}
