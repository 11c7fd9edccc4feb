import t from 'tap'
import { createBoard } from '../../../plugins/runs/board.ts'
import type { StateStore, StoredRecord } from '../../../plugins/store/state-store.ts'

const record = (run_id: string, version: number, label: string): StoredRecord => ({
  epoch: 1,
  version,
  label,
  document: `{"run":{"run_id":"${run_id}"},"kept":{}}`,
})

/** A store with these records, a page each; `meanwhile` happens between the pages. */
const storeOf = (records: StoredRecord[], meanwhile = () => {}): Pick<StateStore, 'list'> => ({
  async list(_topic, { cursor = '0' }) {
    const next = Number(cursor) + 1
    if (next > 1) meanwhile()
    return { records: records.slice(next - 1, next), next: next < records.length ? String(next) : null }
  },
})

t.test('counts follow the news, and older news changes nothing', async (t) => {
  const board = createBoard(storeOf([]), { now: () => 0 })
  board.note('a', { epoch: 1, version: 1 }, 'running')
  board.note('a', { epoch: 1, version: 3 }, 'finished')
  board.note('a', { epoch: 1, version: 2 }, 'running')
  board.note('b', { epoch: 1, version: 1 }, 'running')
  t.strictSame([board.active, board.total], [1, 2])
  board.note('a', { epoch: 2, version: 1 }, 'running')
  t.strictSame([board.active, board.total], [2, 2])
})

t.test('what is gone is forgotten at the next reading, what comes meanwhile is not', async (t) => {
  let now = 0
  const records = [record('a', 5, 'running'), record('b', 1, 'running')]
  const store = storeOf(records, () => {
    board.note('c', { epoch: 1, version: 1 }, 'running')
    board.note('a', { epoch: 1, version: 6 }, 'failed')
  })
  const board = createBoard(store, { now: () => now })
  board.note('gone', { epoch: 1, version: 1 }, 'running')
  now = 5
  await board.load()
  t.strictSame([board.active, board.total], [2, 3])
})
