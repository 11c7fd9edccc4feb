import type { Test } from 'tap'
import type { Key, StateStore, StoredRecord } from '../../../plugins/store/state-store.ts'
import { type CreateBackend, change, EPOCH, given, newKey, record } from './given.ts'

/** Lists, counts and deadlines. */
export function listsSuite(t: Test, create: CreateBackend): void {
  t.test('a list is walked page by page, newest first, each record once', async (t) => {
    const backend = await create(t)
    if (!backend) return
    const { store } = backend
    t.strictSame(await store.list('things', { limit: 10 }), { records: [], next: null })
    // Ties: five records of each instant.
    const made = await Promise.all(
      Array.from({ length: 50 }, (_, i) => given(store, newKey(), numbered(i, EPOCH + Math.floor(i / 5)))),
    )
    await given(store, newKey('others'), record(1))
    for (const limit of [1, 7, 10, 49, 50, 51]) {
      const pages = await walk(store, { limit })
      const records = pages.flat()
      t.equal(new Set(records.map(({ document }) => document)).size, 50, `limit ${limit}`)
      t.equal(pages.length, Math.ceil(50 / limit), 'no page is empty')
      t.strictSame(
        records.map(({ epoch }) => epoch),
        made.map(({ epoch }) => epoch).reverse(),
      )
    }
  })

  t.test('a label lists and counts its own, and follows the changes', async (t) => {
    const backend = await create(t)
    if (!backend) return
    const { store } = backend
    const [a, b, c] = [newKey(), newKey(), newKey()]
    const labels = async () => {
      const labelled = async (label: string) => {
        const { records } = await store.list('things', { label, limit: 10 })
        t.equal(await store.count('things', label), records.length)
        return records.map(({ document }) => document)
      }
      return { open: await labelled('open'), closed: await labelled('closed') }
    }
    await given(store, a, numbered(1, EPOCH))
    await given(store, b, numbered(2, EPOCH + 1))
    await given(store, c, numbered(3, EPOCH + 2))
    t.strictSame(await labels(), { open: ['3', '2', '1'], closed: [] })
    const closed = { ...numbered(2, EPOCH + 1), version: 2, label: 'closed' }
    await store.commit(b, change(numbered(2, EPOCH + 1), closed))
    t.strictSame(await labels(), { open: ['3', '1'], closed: ['2'] })
    await store.commit(c, change(numbered(3, EPOCH + 2), null))
    t.strictSame(await labels(), { open: ['1'], closed: ['2'] })
    await store.commit(b, change(closed, { ...closed, version: 3, label: 'open' }))
    t.strictSame(await labels(), { open: ['2', '1'], closed: [] })
    t.equal((await store.list('things', { limit: 10 })).records.length, 2)
    t.equal(await store.count('others', 'open'), 0)
  })

  t.test('what is there during the whole walk is listed once, whatever else comes and goes', async (t) => {
    const backend = await create(t)
    if (!backend) return
    const { store } = backend
    const keys = Array.from({ length: 40 }, () => newKey())
    const records = keys.map((_, i) => numbered(i, EPOCH + i))
    await Promise.all(keys.map((key, i) => given(store, key, records[i])))
    const seen: string[] = []
    let touched = 0
    let cursor: string | null = null
    do {
      const page = await store.list('things', { limit: 3, label: 'open', ...(cursor ? { cursor } : {}) })
      seen.push(...page.records.map(({ document }) => document))
      cursor = page.next
      // Every third goes or changes its label, before or behind the walk; newer ones come.
      const [key, expect] = [keys[touched] as Key, records[touched] as StoredRecord]
      const next = touched % 2 === 0 ? null : { ...expect, version: 2, label: 'closed' }
      await store.commit(key, change(expect, next))
      await given(store, newKey(), numbered(1000 + touched, EPOCH + 1000 + touched))
      touched += 3
    } while (cursor)
    const stayed = records.filter((_, i) => i % 3 !== 0 || i >= touched).map(({ document }) => document)
    t.strictSame(
      stayed.filter((document) => !seen.includes(document)),
      [],
    )
    t.equal(new Set(seen).size, seen.length)
  })

  t.test('a cursor that is none is refused', async (t) => {
    const backend = await create(t)
    if (!backend) return
    for (const cursor of ['', '!', 'AAAA', Buffer.from('1:').toString('base64url'), 'x'.repeat(5000)]) {
      await t.rejects(backend.store.list('things', { limit: 1, cursor }), {
        kind: 'invalid',
        code: 'VALIDATION_ERROR',
        details: [{ field: 'cursor' }],
      })
    }
  })

  t.test('deadlines are due in their order, move with each commit and go with the record', async (t) => {
    const backend = await create(t)
    if (!backend) return
    const { store } = backend
    const keys = Array.from({ length: 12 }, () => newKey())
    await Promise.all(keys.map((key, i) => given(store, key, record(1), { deadline: EPOCH + 12 - i })))
    await given(store, newKey(), record(1))
    t.strictSame(await store.due(EPOCH, 100), [])
    const due = await store.due(EPOCH + 12, 100)
    t.strictSame(
      due,
      keys.map((key, i) => ({ key, deadline: EPOCH + 12 - i })).reverse(),
      'at the instant itself it is due',
    )
    t.strictSame(await store.due(EPOCH + 100, 3), due.slice(0, 3))
    const [last, gone, moved] = [keys[11], keys[10], keys[9]] as [Key, Key, Key]
    await store.commit(last, change(record(1), record(2)))
    await store.commit(gone, change(record(1), null, { deadline: EPOCH }))
    await store.commit(moved, change(record(1), record(2), { deadline: EPOCH + 50 }))
    t.strictSame(await store.due(EPOCH + 4, 100), [{ key: keys[8], deadline: EPOCH + 4 }])
    t.strictSame((await store.due(EPOCH + 50, 100)).at(-1), { key: moved, deadline: EPOCH + 50 })
    t.equal((await store.due(EPOCH + 50, 100)).length, 10)
  })
}

const numbered = (number: number, epoch: number): StoredRecord =>
  record(1, { epoch, document: String(number) })

async function walk(
  store: StateStore,
  options: { limit: number; label?: string },
): Promise<StoredRecord[][]> {
  const pages: StoredRecord[][] = []
  let cursor: string | null = null
  do {
    const page = await store.list('things', { ...options, ...(cursor ? { cursor } : {}) })
    pages.push(page.records)
    cursor = page.next
  } while (cursor)
  return pages
}
