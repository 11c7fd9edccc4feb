import type { Key, StoredRecord, Update, Watcher } from '../../../plugins/store/state-store.ts'

/** A store of which a test decides when it answers and what it forgets to tell. */
export function createFakeStore() {
  const records = new Map<string, StoredRecord>()
  const watchers = new Map<string, Set<Watcher<Update>>>()
  let gate: Promise<void> = Promise.resolve()
  let failure: Error | null = null

  async function passGate() {
    await gate
    if (failure) throw failure
  }

  const store = {
    reads: 0,
    watches: 0,
    /** How many watches are open. */
    get watching() {
      return [...watchers.values()].reduce((sum, { size }) => sum + size, 0)
    },

    async read({ id }: Key) {
      store.reads++
      const record = records.get(id) ?? null
      await passGate()
      return record && { ...record }
    },
    async watch({ id }: Key, watcher: Watcher<Update>) {
      store.watches++
      await passGate()
      const all = watchers.get(id) ?? new Set()
      watchers.set(id, all.add(watcher))
      return () => {
        all.delete(watcher)
      }
    },

    /** Keeps a state without telling. */
    keep(id: string, version: number, epoch = 1, document = JSON.stringify({ version })) {
      records.set(id, { epoch, version, document, label: '' })
      return { epoch, version, at: version, document } satisfies Update
    },
    forget(id: string) {
      records.delete(id)
    },
    tell(id: string, update: Update) {
      for (const watcher of watchers.get(id) ?? []) watcher.onUpdate(update)
    },
    put(id: string, version: number, epoch = 1) {
      store.tell(id, store.keep(id, version, epoch))
    },
    remove(id: string, version: number, epoch = 1) {
      store.forget(id)
      store.tell(id, { epoch, version, at: version, document: null })
    },
    gap() {
      for (const all of watchers.values()) for (const watcher of all) watcher.onGap()
    },
    /** From now on answers wait until the returned function is called. */
    hold() {
      let release = () => {}
      gate = new Promise<void>((resolve) => {
        release = resolve
      })
      return release
    },
    fail(error: Error | null) {
      failure = error
    },
  }
  return store
}
