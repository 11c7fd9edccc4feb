import type { Test } from 'tap'
import type { OutboxEntry } from '../../../plugins/store/outbox.ts'
import { type CreateBackend, change, event, eventually, given, newKey, record } from './given.ts'

const versions = (entries: OutboxEntry[]): number[] => entries.map(({ event }) => event.version)

/** Events from the commit to the one who processes them. */
export function outboxesSuite(t: Test, create: CreateBackend): void {
  t.test('without a reader nothing is kept', async (t) => {
    const backend = await create(t)
    if (!backend) return
    const key = newKey()
    await given(backend.store, key, record(1), { events: [event(key, 1)] })
    t.equal(await backend.store.outbox().backlog(), 0)
    t.strictSame(await backend.store.outbox().claim(10, 0), [])
  })

  t.test('the events of accepted commits are handed out in order, and go when acknowledged', async (t) => {
    const backend = await create(t, { outbox: true })
    if (!backend) return
    const { store } = backend
    const outbox = store.outbox()
    const key = newKey()
    t.strictSame(await outbox.claim(10, 0), [])
    const odd = event(key, 1, { data: { text: 'ä\n😀\u0000', list: [1, null] } })
    await given(store, key, record(1), { events: [odd] })
    await store.commit(key, change(record(5), record(6), { events: [event(key, 6)] }))
    const second = change(record(1), record(3), { events: [event(key, 2), event(key, 3)] })
    await store.commit(key, second)
    await store.commit(key, second)
    await store.commit(key, change(record(3), null, { events: [event(key, 4)] }))
    t.equal(await outbox.backlog(), 4)
    const entries = await outbox.claim(100, 0)
    t.strictSame(versions(entries), [1, 2, 3, 4])
    t.strictSame(entries[0]?.event, odd)
    t.equal(new Set(entries.map(({ id }) => id)).size, 4)
    t.strictSame(await outbox.claim(100, 0), [], 'what is claimed is not handed out again at once')
    t.equal(await outbox.backlog(), 4)
    await outbox.acknowledge(entries.slice(0, 3))
    t.equal(await outbox.backlog(), 1)
    await outbox.acknowledge(entries)
    await outbox.acknowledge([])
    t.equal(await outbox.backlog(), 0)
  })

  t.test('a claim takes no more than its limit, and all readers together take each entry once', async (t) => {
    const backend = await create(t, { outbox: true })
    if (!backend) return
    const { store } = backend
    const other = (await backend.another?.()) ?? store
    const keys = Array.from({ length: 20 }, () => newKey())
    for (const key of keys) await given(store, key, record(1), { events: [event(key, 1)] })
    await Promise.all(
      keys.map((key) => store.commit(key, change(record(1), record(2), { events: [event(key, 2)] }))),
    )
    const claimed: OutboxEntry[] = []
    for (let turn = 0; claimed.length < 40 && turn < 100; turn++) {
      const entries = await (turn % 2 ? store : other).outbox().claim(3, 0)
      t.ok(entries.length <= 3)
      claimed.push(...entries)
    }
    t.equal(new Set(claimed.map(({ id }) => id)).size, 40)
    t.equal(claimed.length, 40)
    await store.outbox().acknowledge(claimed)
    t.equal(await other.outbox().backlog(), 0)
  })

  t.test('a claim waits for the first entry', async (t) => {
    const backend = await create(t, { outbox: true })
    if (!backend) return
    const { store } = backend
    const key = newKey()
    const claim = store.outbox().claim(10, 5000)
    await given(store, key, record(1), { events: [event(key, 1)] })
    t.strictSame(versions(await claim), [1])
  })

  t.test('a claim that waits ends when the store is closed, and later ones are refused', async (t) => {
    const backend = await create(t, { outbox: true })
    if (!backend) return
    const { store } = backend
    const claim = store.outbox().claim(10, 60_000)
    await store.close()
    t.strictSame(await claim, [])
    await t.rejects(store.outbox().claim(10, 0), { code: 'STORE_UNAVAILABLE' })
  })

  t.test('what is not acknowledged is handed out again', async (t) => {
    const backend = await create(t, { outbox: true, redeliver_ms: 200 })
    if (!backend) return
    const { store } = backend
    const other = (await backend.another?.()) ?? store
    const key = newKey()
    await given(store, key, record(1), { events: [event(key, 1), event(key, 2), event(key, 3)] })
    const first = await store.outbox().claim(10, 0)
    t.equal(first.length, 3)
    await store.outbox().acknowledge(first.slice(1, 2))
    const again: OutboxEntry[] = []
    await eventually(backend, async () => {
      again.push(...(await other.outbox().claim(10, 0)))
      return again.length >= 2
    })
    t.strictSame(
      again.map(({ id }) => id),
      [first[0]?.id, first[2]?.id],
    )
    t.strictSame(versions(again), [1, 3])
    await other.outbox().acknowledge(again)
    t.equal(await store.outbox().backlog(), 0)
  })
}
