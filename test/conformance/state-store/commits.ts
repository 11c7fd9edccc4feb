import { randomUUID } from 'node:crypto'
import type { Test } from 'tap'
import type { CommitResult } from '../../../plugins/store/state-store.ts'
import { COMMITTED, type CreateBackend, change, EPOCH, eventually, given, newKey, record } from './given.ts'

const isCommitted = ({ outcome }: CommitResult): boolean => outcome === 'committed'

/** Records, versions, operations, answers and lifetimes. */
export function commitsSuite(t: Test, create: CreateBackend): void {
  t.test('what was committed is read, and what is absent is null', async (t) => {
    const backend = await create(t)
    if (!backend) return
    const { store } = backend
    const key = newKey()
    t.equal(await store.read(key), null)
    t.equal(await store.read(key, { guess: true }), null)
    const first = await given(store, key)
    t.strictSame(await store.read(key), first)
    const second = record(2, { label: 'closed' })
    t.strictSame(await store.commit(key, change(first, second)), COMMITTED)
    t.strictSame(await store.read(key), second)
    t.strictSame(await store.read(key, { guess: true }), second)
    t.equal(await store.read({ topic: 'others', id: key.id }), null, 'a topic has its own keys')
  })

  t.test('documents come back as they were, however odd or long', async (t) => {
    const backend = await create(t)
    if (!backend) return
    const { store } = backend
    const odd = { text: '\u0000\n\r\u2028 ünïcödé 日本 😀 \ud800', '': '', __proto__x: '\'"\\{}[]:' }
    for (const [i, value] of [odd, 'x'.repeat(200 * 1024), '😀'.repeat(50_000), [], 0, null].entries()) {
      const key = newKey()
      const document = JSON.stringify(value)
      await given(store, key, record(1, { document }))
      t.ok((await store.read(key))?.document === document, `document ${i}`)
    }
  })

  t.test('what a caller gets and gives is its own copy', async (t) => {
    const backend = await create(t)
    if (!backend) return
    const { store } = backend
    const key = newKey()
    const mine = await given(store, key)
    mine.document = 'changed by the one who gave it'
    for (const options of [{}, { guess: true }, { guess: true }]) {
      const got = await store.read(key, options)
      t.equal(got?.document, '{"version":1}')
      if (got) got.document = 'changed by one who got it'
    }
  })

  t.test(
    'of many commits that expect the same record exactly one is committed, on all instances',
    async (t) => {
      const backend = await create(t)
      if (!backend) return
      const stores = [backend.store, (await backend.another?.()) ?? backend.store]
      const key = newKey()
      let current = await given(backend.store, key)
      for (let round = 2; round <= 10; round++) {
        const results = await Promise.all(
          Array.from({ length: 20 }, async (_, i) => {
            const next = record(round, { document: JSON.stringify({ round, writer: i }) })
            const result = await (stores[i % 2] as typeof backend.store).commit(key, change(current, next))
            return { result, next }
          }),
        )
        const won = results.filter(({ result }) => isCommitted(result))
        t.equal(won.length, 1)
        const expected = { outcome: 'conflict', current: won[0]?.next, floor: round }
        for (const { result } of results.filter(({ result }) => !isCommitted(result)))
          t.match(result, expected)
        current = won[0]?.next as typeof current
        for (const store of stores) t.strictSame(await store.read(key), current)
      }
      const fresh = newKey()
      const creations = await Promise.all(
        Array.from({ length: 20 }, (_, i) =>
          (stores[i % 2] as typeof backend.store).commit(fresh, change(null, record(1))),
        ),
      )
      t.equal(creations.filter(isCommitted).length, 1)
    },
  )

  t.test('a conflict says what is there and changes nothing', async (t) => {
    const backend = await create(t)
    if (!backend) return
    const { store } = backend
    const key = newKey()
    const absent = { outcome: 'conflict', current: null, floor: 0 }
    t.strictSame(await store.commit(key, change(record(1), record(2))), absent)
    const first = await given(store, key)
    const conflict = { outcome: 'conflict', current: first, floor: 1 }
    const answer = { name: 'lost', value: 'x', lifetime_ms: 1000 }
    for (const lost of [
      change(null, record(1)),
      change(null, record(2)),
      change(record(2), record(3)),
      change(record(1, { epoch: EPOCH + 1 }), record(2)),
      change(record(1, { label: 'closed' }), record(2)),
      change(record(1, { document: '{"version":1,"of":"another past"}' }), record(2)),
      change(record(1), record(1)),
      change(record(2), null),
    ]) {
      t.strictSame(await store.commit(key, { ...lost, deadline: EPOCH, answer }), conflict)
    }
    t.strictSame(await store.read(key), first)
    t.equal(await store.answer(key, 'lost'), null)
    t.strictSame(await store.due(EPOCH, 10), [])
  })

  t.test(
    'an operation that is repeated is applied once, also when others have committed since',
    async (t) => {
      const backend = await create(t)
      if (!backend) return
      const { store } = backend
      const key = newKey()
      const creation = change(null, record(1), { answer: { name: 'a', value: 'made', lifetime_ms: 1000 } })
      const second = change(record(1), record(2))
      t.strictSame(await store.commit(key, creation), COMMITTED)
      t.strictSame(await store.commit(key, creation), COMMITTED)
      t.strictSame(await store.commit(key, second), COMMITTED)
      t.strictSame(await store.commit(key, change(record(2), record(3))), COMMITTED)
      t.strictSame(await store.commit(key, second), COMMITTED)
      t.strictSame(await store.commit(key, creation), COMMITTED)
      t.strictSame(await store.read(key), record(3))
      const removal = change(record(3), null)
      t.strictSame(await store.commit(key, removal), COMMITTED)
      t.strictSame(await store.commit(key, removal), COMMITTED)
      t.strictSame(await store.commit(key, change(record(3), null)), {
        outcome: 'conflict',
        current: null,
        floor: 4,
      })
    },
  )

  t.test('a deleted key is absent, and created again it goes on above its last version', async (t) => {
    const backend = await create(t)
    if (!backend) return
    const { store } = backend
    const key = newKey()
    await given(store, key, record(5))
    t.strictSame(await store.commit(key, change(record(5), null, { version: 6 })), COMMITTED)
    t.equal(await store.read(key), null)
    t.equal(await store.read(key, { guess: true }), null)
    const floor = { outcome: 'conflict', current: null, floor: 6 }
    t.strictSame(
      await store.commit(key, change(record(5), record(6))),
      floor,
      'a late change does not bring it back',
    )
    t.strictSame(await store.commit(key, change(null, record(1, { epoch: EPOCH + 1 }))), floor)
    t.strictSame(await store.commit(key, change(null, record(6, { epoch: EPOCH + 1 }))), floor)
    const again = record(7, { epoch: EPOCH + 1 })
    t.strictSame(await store.commit(key, change(null, again)), COMMITTED)
    t.strictSame(await store.read(key), again)
  })

  t.test('records and answers go at the end of their lifetime, which every commit sets anew', async (t) => {
    const backend = await create(t)
    if (!backend) return
    const { store } = backend
    const [short, renewed] = [newKey(), newKey()]
    const answer = { name: 'a', value: 'kept', lifetime_ms: 150 }
    await given(store, short, record(1), { lifetime_ms: 150, deadline: EPOCH, answer })
    await given(store, renewed, record(1), { lifetime_ms: 150 })
    t.strictSame(await store.commit(renewed, change(record(1), record(2))), COMMITTED)
    t.ok(await store.read(short))
    t.strictSame(await store.answer(short, 'a'), { value: 'kept', bulk: null })
    await eventually(backend, async () => (await store.read(short)) === null)
    await eventually(backend, async () => (await store.answer(short, 'a')) === null)
    t.strictSame(await store.due(EPOCH, 10), [], 'its deadline went with it')
    t.strictSame((await store.list('things', { limit: 10 })).records, [record(2)])
    const gone = await store.commit(short, change(record(1), record(2)))
    t.strictSame(gone, { outcome: 'conflict', current: null, floor: 0 })
    t.strictSame(
      await store.commit(short, change(null, record(1, { epoch: EPOCH + 1 }), { answer })),
      COMMITTED,
    )
    t.strictSame(await store.commit(renewed, change(record(2), record(3), { lifetime_ms: 100 })), COMMITTED)
    await eventually(backend, async () => (await store.read(renewed)) === null)
  })

  t.test('a closed store says that it is not available', async (t) => {
    const backend = await create(t)
    if (!backend) return
    const { store } = backend
    const key = newKey()
    await store.check()
    await store.close()
    await store.close()
    const unavailable = { kind: 'unavailable', code: 'STORE_UNAVAILABLE' }
    await t.rejects(store.read(key), unavailable)
    await t.rejects(store.commit(key, change(null, record(1), { operation_id: randomUUID() })), unavailable)
    await t.rejects(store.check(), unavailable)
    await t.rejects(store.list('things', { limit: 1 }), unavailable)
  })
}
