import t from 'tap'
import type { Board } from '../../../plugins/presence/board.ts'
import type { Others } from '../../../plugins/presence/instances.ts'
import { createWatchers } from '../../../plugins/presence/watchers.ts'
import type { Reader } from '../../../plugins/realtime/channel.ts'
import type { Hub } from '../../../plugins/realtime/hub.ts'
import type { Key } from '../../../plugins/store/state-store.ts'
import { createFakeClock } from '../../helpers/fake-clock.ts'

const key = (id: string): Key => ({ topic: 'sessions', id })

/** Watchers on a hub and a board of the test's own: `come` and `go` are readers, `notes` is what the others can see. */
function setUp(limits = { names: 10, listed: 10 }) {
  const clock = createFakeClock()
  const readers = new Map<string, Set<Reader>>()
  let tell: (key: Key) => void = () => {}
  let notes = new Map<string, string>()
  const board = { writes: 0, fail: null as Error | null, answered: true }
  const written: Pick<Board, 'write'> = {
    async write(changes, known) {
      board.writes++
      if (board.fail && !board.answered) throw board.fail
      const complete = notes.size === known
      if (!complete) notes.clear()
      else
        for (const [name, note] of changes) {
          if (note === null) notes.delete(name)
          else notes.set(name, note)
        }
      if (board.fail) throw board.fail
      return complete
    },
  }
  const hub: Pick<Hub, 'readers' | 'onReaders'> = {
    readers: ({ id }) => readers.get(id) ?? new Set(),
    onReaders: (fn) => {
      tell = fn
    },
  }
  const over = (others: Partial<Board>, known: Others = { cards: [], partial: false }) =>
    createWatchers({ hub, board: others as Board, others: async () => known, clock, id: 'here', limits })
  const watchers = over(written)
  let count = 0
  return {
    clock,
    board,
    watchers,
    /** The same readers beside other instances. */
    over,
    come(id: string, times = 1) {
      const here = readers.get(id) ?? new Set()
      readers.set(id, here)
      for (let i = 0; i < times; i++) {
        here.add({ id: `r${++count}`, name: null, transport: 'websocket', connected_at: count })
        tell(key(id))
      }
    },
    go(id: string) {
      readers.delete(id)
      tell(key(id))
    },
    lose() {
      notes = new Map()
    },
    /** `<id>:<total>/<listed>` for each note. */
    get seen() {
      return [...notes].map(([name, text]) => {
        const { total, watchers } = JSON.parse(text)
        return `${name.slice('sessions/'.length)}:${total}/${watchers.length}`
      })
    },
  }
}

t.test('what changed is told in one call, what did not is not told', async (t) => {
  const set = setUp()
  await set.watchers.flush()
  t.equal(set.board.writes, 0, 'nothing to tell')
  set.come('a', 3)
  set.come('b')
  set.come('c')
  set.go('c')
  await set.watchers.flush()
  t.strictSame([set.seen, set.board.writes], [['a:3/3', 'b:1/1'], 1])
  await set.watchers.flush()
  t.equal(set.board.writes, 1)
  set.go('a')
  set.come('b')
  await set.watchers.flush()
  t.strictSame([set.seen, set.board.writes], [['b:2/2'], 2])
})

t.test('the notes are kept alive, and told again when they were lost', async (t) => {
  const set = setUp()
  set.come('a')
  set.come('b', 2)
  await set.watchers.flush()
  t.strictSame(set.seen, ['a:1/1', 'b:2/2'])
  set.clock.advance(4999)
  await set.watchers.flush()
  t.equal(set.board.writes, 1)
  set.clock.advance(1)
  await set.watchers.flush()
  t.equal(set.board.writes, 2)
  set.lose()
  set.come('c')
  await set.watchers.flush()
  t.strictSame(set.seen.toSorted(), ['a:1/1', 'b:2/2', 'c:1/1'])
})

t.test('after a call that failed everything is told again, whether it was carried out or not', async (t) => {
  for (const answered of [true, false]) {
    const set = setUp()
    set.come('a')
    set.come('b')
    await set.watchers.flush()
    set.board.fail = new Error('no answer')
    set.board.answered = answered
    set.go('a')
    set.come('c')
    await t.rejects(set.watchers.flush(), /no answer/)
    set.go('b')
    await t.rejects(set.watchers.flush(), /no answer/)
    set.board.fail = null
    await set.watchers.flush()
    t.strictSame(set.seen, ['c:1/1'])
  }
})

t.test('the last watcher of all is taken away even when the first try fails', async (t) => {
  const set = setUp()
  set.come('a')
  await set.watchers.flush()
  set.board.fail = new Error('no answer')
  set.board.answered = false
  set.go('a')
  await t.rejects(set.watchers.flush())
  set.board.fail = null
  await set.watchers.flush()
  t.strictSame(set.seen, [])
})

t.test('an instance lists so many watchers, and counts the others', async (t) => {
  const set = setUp({ names: 10, listed: 4 })
  set.come('a', 3)
  set.come('b', 3)
  set.come('c', 3)
  await set.watchers.flush()
  t.strictSame(set.seen, ['a:3/3', 'b:3/1', 'c:3/0'])
  set.go('a')
  set.come('c')
  await set.watchers.flush()
  t.strictSame(set.seen, ['b:3/1', 'c:4/3'])
  t.equal(set.watchers.crowded, false)
})

t.test('of one session a hundred are listed', async (t) => {
  const set = setUp({ names: 10, listed: 1000 })
  set.come('a', 150)
  await set.watchers.flush()
  t.strictSame(set.seen, ['a:150/100'])
  const { total, watchers } = await set.watchers.of(key('a'))
  t.strictSame([total, watchers.length, watchers[0]?.id], [150, 100, 'r1'])
})

t.test(
  'an instance tells of so many sessions, says that there are more, and tells them when it can',
  async (t) => {
    const set = setUp({ names: 2, listed: 100 })
    for (const id of ['a', 'b', 'c', 'd']) set.come(id)
    await set.watchers.flush()
    t.strictSame(set.seen, ['a:1/1', 'b:1/1'])
    t.equal(set.watchers.crowded, true)
    set.come('b')
    set.go('c')
    set.go('a')
    await set.watchers.flush()
    await set.watchers.flush()
    t.strictSame(set.seen, ['b:2/2', 'd:1/1'])
    t.equal(set.watchers.crowded, false)
  },
)

t.test('thousands of changes are told in portions', async (t) => {
  const set = setUp({ names: 2000, listed: 2000 })
  for (let i = 0; i < 1200; i++) set.come(`s${i}`)
  await set.watchers.flush()
  t.equal(set.seen.length, 1200)
  t.equal(set.board.writes, 3)
  set.lose()
  set.clock.advance(5000)
  await set.watchers.flush()
  t.equal(set.seen.length, 1200)
})

t.test('what others say is added, and what they could not say makes it partial', async (t) => {
  const note = (total: number, ...at: string[]) =>
    JSON.stringify({ total, watchers: at.map((connected_at) => ({ id: connected_at, connected_at })) })
  const notes: Record<string, string | null> = {
    one: note(200, '1970-01-01T00:00:00.000Z', '2026-01-01T00:00:00.000Z'),
    none: null,
  }
  const ask = (ids: string[], crowded = false, partial = false) => {
    const set = setUp()
    set.come('a')
    const cards = ids.map((id) => ({ id, crowded }) as Others['cards'][number])
    const read: Board['read'] = async (id, name) => {
      if (!(id in notes)) throw new Error(`no answer about ${name}`)
      return notes[id] ?? null
    }
    return set.over({ read }, { cards, partial }).of(key('a'))
  }
  const all = await ask(['one', 'none'])
  t.strictSame([all.total, all.partial], [201, false])
  t.strictSame(
    all.watchers.map(({ id, instance }) => `${instance} ${id}`),
    ['one 1970-01-01T00:00:00.000Z', 'here r1', 'one 2026-01-01T00:00:00.000Z'],
  )
  t.match(await ask(['one', 'away']), { total: 201, partial: true })
  t.match(await ask(['none'], true), { total: 1, partial: true }, 'it has more than it could tell')
  t.match(await ask([], false, true), { total: 1, partial: true })
})

t.test('once it is closed nothing is told any more', async (t) => {
  const set = setUp()
  set.come('a')
  await set.watchers.close()
  await set.watchers.flush()
  t.equal(set.board.writes, 0)
})
