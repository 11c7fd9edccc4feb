import type { Test } from 'tap'
import type { Update, Watcher } from '../../../plugins/store/state-store.ts'
import { type CreateBackend, change, EPOCH, eventually, given, newKey, record } from './given.ts'

export type Recorder<T> = Watcher<T> & { updates: T[]; gaps: number }

export function createRecorder<T = Update>(): Recorder<T> {
  const recorder: Recorder<T> = {
    updates: [],
    gaps: 0,
    onUpdate: (update) => recorder.updates.push(update),
    onGap: () => {
      recorder.gaps++
    },
  }
  return recorder
}

/** Updates and broadcasts. */
export function watchingSuite(t: Test, create: CreateBackend): void {
  t.test('a watcher hears of every commit of its key from then on, on all instances, in order', async (t) => {
    const backend = await create(t)
    if (!backend) return
    const { store } = backend
    const other = (await backend.another?.()) ?? store
    const key = newKey()
    let last = await given(store, key)
    const recorders = [createRecorder(), createRecorder(), createRecorder()]
    for (const [i, recorder] of recorders.entries()) await (i === 2 ? other : store).watch(key, recorder)
    for (let version = 2; version <= 50; version++) {
      const next = record(version, { document: JSON.stringify({ version, text: 'ä\n😀' }) })
      await (version % 2 ? store : other).commit(key, change(last, next))
      last = next
    }
    await given(store, newKey())
    await (other as typeof store).commit(key, change(last, null))
    for (const recorder of recorders) {
      await eventually(backend, () => recorder.updates.some(({ version }) => version === 51))
      // What was committed just before may still be on its way between the nodes of a cluster.
      const updates = recorder.updates.filter(({ version }) => version > 1)
      t.strictSame(
        updates.map(({ version, epoch }) => [epoch, version]),
        Array.from({ length: 50 }, (_, i) => [EPOCH, i + 2]),
      )
      t.equal(updates[0]?.document, JSON.stringify({ version: 2, text: 'ä\n😀' }))
      t.equal(updates.at(-1)?.document, null, 'deleted')
      t.type(updates[0]?.at, 'number')
    }
  })

  t.test('conflicts, answers and repeated operations are no updates', async (t) => {
    const backend = await create(t)
    if (!backend) return
    const { store } = backend
    const key = newKey()
    const recorder = createRecorder()
    await store.watch(key, recorder)
    const creation = change(null, record(1), { answer: { name: 'a', value: 'x', lifetime_ms: 1000 } })
    await store.commit(key, creation)
    await store.commit(key, creation)
    await store.commit(key, { ...creation, operation_id: 'another' })
    await store.commit(key, change(record(5), record(6)))
    await store.commit(key, change(record(1), record(2)))
    await eventually(backend, () => recorder.updates.length >= 2)
    t.strictSame(
      recorder.updates.map(({ version }) => version),
      [1, 2],
    )
  })

  t.test('who has left hears nothing more, and the others go on', async (t) => {
    const backend = await create(t)
    if (!backend) return
    const { store } = backend
    const key = newKey()
    const [stays, leaves, twice] = [createRecorder(), createRecorder(), createRecorder()]
    await store.watch(key, stays)
    const leave = await store.watch(key, leaves)
    const unwatch = await store.watch(key, twice)
    await store.watch(key, twice)
    leave()
    leave()
    unwatch()
    await given(store, key)
    await eventually(backend, () => stays.updates.length === 1 && twice.updates.length === 1)
    t.equal(leaves.updates.length, 0)
  })

  t.test('a key that is left and watched again in the same breath is watched', async (t) => {
    const backend = await create(t)
    if (!backend) return
    const { store } = backend
    const key = newKey()
    let current = await given(store, key)
    let unwatch = await store.watch(key, createRecorder())
    for (let version = 2; version <= 30; version++) {
      const recorder = createRecorder()
      unwatch()
      const again = store.watch(key, createRecorder()).then((leave) => leave())
      unwatch = await store.watch(key, recorder)
      if (version % 2) await again
      const next = record(version)
      await store.commit(key, change(current, next))
      current = next
      await eventually(backend, () => recorder.updates.length > 0)
      await again
    }
    t.pass()
  })

  t.test('a broadcast reaches the watchers of its topic, on all instances', async (t) => {
    const backend = await create(t)
    if (!backend) return
    const { store } = backend
    const other = (await backend.another?.()) ?? store
    const [here, there, elsewhere] = [0, 0, 0].map(() => createRecorder<string>()) as [
      Recorder<string>,
      Recorder<string>,
      Recorder<string>,
    ]
    await store.watchTopic('things', here)
    const leave = await other.watchTopic('things', there)
    await store.watchTopic('others', elsewhere)
    const key = newKey()
    await given(store, key, record(1), { broadcast: 'first' })
    await store.commit(key, change(record(1), record(2)))
    await store.commit(key, change(record(9), record(10), { broadcast: 'lost' }))
    await store.commit(key, change(record(2), null, { broadcast: '{"ä":"😀"}' }))
    await eventually(backend, () => here.updates.length >= 2 && there.updates.length >= 2)
    for (const { updates } of [here, there]) t.strictSame(updates, ['first', '{"ä":"😀"}'])
    leave()
    await given(store, newKey(), record(1), { broadcast: 'third' })
    await eventually(backend, () => here.updates.length === 3)
    t.equal(there.updates.length, 2)
    t.equal(elsewhere.updates.length, 0)
  })

  t.test('a watcher that throws harms nobody', async (t) => {
    const backend = await create(t)
    if (!backend) return
    const { store } = backend
    const key = newKey()
    const recorder = createRecorder()
    await store.watch(key, {
      ...recorder,
      onUpdate: () => {
        throw new Error('a bug')
      },
    })
    await store.watch(key, recorder)
    await given(store, key)
    await eventually(backend, () => recorder.updates.length === 1)
    t.strictSame(await store.read(key), record(1))
  })
}
