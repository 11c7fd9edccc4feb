import type { StoredRecord } from './state-store.ts'

export type NearCache = {
  get(name: string): StoredRecord | null
  /** Keeps a record unless a newer one is there; null forgets what is there. */
  put(name: string, record: StoredRecord | null): void
  /** Forgets a record that is older than this. */
  drop(name: string, than: { epoch: number; version: number }): void
}

/** Records that this instance has seen, the least recently used going first. Bounded in number and in characters. */
export function createNearCache(max_records = 10_000, max_length = 16 * 1024 * 1024): NearCache {
  const records = new Map<string, StoredRecord>()
  let length = 0

  const remove = (name: string): void => {
    length -= records.get(name)?.document.length ?? 0
    records.delete(name)
  }

  return {
    get(name) {
      const record = records.get(name)
      if (!record) return null
      records.delete(name)
      records.set(name, record)
      return { ...record }
    },
    put(name, record) {
      const known = records.get(name)
      if (record && known && isNewer(known, record)) return
      remove(name)
      if (!record) return
      records.set(name, { ...record })
      length += record.document.length
      for (const [oldest] of records) {
        if (records.size <= max_records && length <= max_length) break
        remove(oldest)
      }
    },
    drop(name, than) {
      const known = records.get(name)
      if (known && !isNewer(known, than)) remove(name)
    },
  }
}

type Version = { epoch: number; version: number }

const isNewer = (a: Version, b: Version): boolean =>
  a.epoch > b.epoch || (a.epoch === b.epoch && a.version > b.version)
