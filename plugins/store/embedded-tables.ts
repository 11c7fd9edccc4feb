import { join } from 'node:path'
import { type Database, open, type RootDatabase } from 'lmdb'
import { unreadable } from './errors.ts'
import type { Key, StoredRecord } from './state-store.ts'

/** A record as it is kept; `document` is null in what remains of a deleted one. */
export type Row = {
  epoch: number
  version: number
  document: string | null
  label: string
  deadline: number | null
  expires_at: number
  /** Where the row stands in `expiries`: at or before `expires_at`, and moved on when that time comes. */
  looked_at: number
  /** The latest operations, for those who repeat one. */
  operations: string[]
}

type Answer = { value: string; bulk?: string; expires_at: number }

export type Tables = ReturnType<typeof openTables>

/**
 * The tables of the embedded store, in one LMDB file.
 *
 * Each resolved transaction is on the disk (`overlappingSync: false`: one fdatasync for all that commit together), so it
 * survives `kill -9` and, as far as the disk keeps its word, a loss of power. lmdb batches by event turn unless told
 * otherwise, and then leaves a rejection unhandled when the disk is full.
 */
export function openTables(folder: string) {
  const root: RootDatabase = open({
    path: join(folder, 'store.mdb'),
    noSubdir: true,
    overlappingSync: false,
    eventTurnBatching: false,
  })
  const table = <V, K extends (string | number)[] | number>(name: string): Database<V, K> =>
    root.openDB({ name })
  return {
    root,
    records: table<Row, [topic: string, id: string]>('records'),
    /** Live records by topic ('' for all labels) and label. */
    labels: table<true, [topic: string, label: string, epoch: number, id: string]>('labels'),
    counts: table<number, [topic: string, label: string]>('counts'),
    deadlines: table<true, [at: number, topic: string, id: string]>('deadlines'),
    answers: table<Answer, [topic: string, id: string, name: string]>('answers'),
    /** The bulks of answers, the oldest first. */
    bulks: table<{ topic: string; id: string; name: string; length: number }, number>('bulks'),
    /** What to look at when; `name` is '' for a record. */
    expiries: table<true, [at: number, topic: string, id: string, name: string]>('expiries'),
    outbox: table<string, number>('outbox'),
    close: () => root.close(),
  }
}

/** The row of a key, also one that has outlived its lifetime. @throws DomainError STATE_DESERIALIZATION_ERROR */
export function rowOf({ records }: Tables, { topic, id }: Key): Row | undefined {
  let row: Row | undefined
  try {
    row = records.get([topic, id])
  } catch (error) {
    throw unreadable(error)
  }
  if (
    row &&
    !(Number.isInteger(row.epoch) && Number.isInteger(row.version) && Array.isArray(row.operations))
  ) {
    throw unreadable()
  }
  return row
}

/** The record in a row, or null for a deleted one. */
export const recordOf = (row: Row | undefined): StoredRecord | null =>
  row && row.document !== null
    ? { epoch: row.epoch, version: row.version, document: row.document, label: row.label }
    : null

/** Replaces a key's row and all that points to it; for use within a transaction. */
export function putRow(tables: Tables, { topic, id }: Key, old: Row | undefined, row: Row): void {
  unlist(tables, { topic, id }, old, row)
  if (row.document !== null && !isListedAlike(old, row)) {
    for (const label of ['', row.label]) {
      tables.labels.put([topic, label, row.epoch, id], true)
      count(tables, topic, label, 1)
    }
  }
  if (row.deadline !== null && row.deadline !== old?.deadline) {
    tables.deadlines.put([row.deadline, topic, id], true)
  }
  if (row.looked_at !== old?.looked_at) tables.expiries.put([row.looked_at, topic, id, ''], true)
  tables.records.put([topic, id], row)
}

/** Forgets a key's row and all that points to it; for use within a transaction. */
export function removeRow(tables: Tables, { topic, id }: Key, old: Row): void {
  unlist(tables, { topic, id }, old, undefined)
  tables.records.remove([topic, id])
}

/** Takes away what points to the old row and not to the new one. */
function unlist(tables: Tables, { topic, id }: Key, old: Row | undefined, row: Row | undefined): void {
  if (!old) return
  if (old.document !== null && !isListedAlike(old, row)) {
    for (const label of ['', old.label]) {
      tables.labels.remove([topic, label, old.epoch, id])
      count(tables, topic, label, -1)
    }
  }
  if (old.deadline !== null && old.deadline !== row?.deadline) {
    tables.deadlines.remove([old.deadline, topic, id])
  }
  if (old.looked_at !== row?.looked_at) tables.expiries.remove([old.looked_at, topic, id, ''])
}

const isListedAlike = (a: Row | undefined, b: Row | undefined): boolean =>
  a !== undefined &&
  b !== undefined &&
  a.document !== null &&
  b.document !== null &&
  a.label === b.label &&
  a.epoch === b.epoch

function count({ counts }: Tables, topic: string, label: string, change: number): void {
  counts.put([topic, label], (counts.get([topic, label]) ?? 0) + change)
}
