import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import t, { type Test } from 'tap'
import { createEmbeddedStore } from '../../../plugins/store/embedded.ts'
import { openTables } from '../../../plugins/store/embedded-tables.ts'
import {
  COMMITTED,
  change,
  EPOCH,
  event,
  eventually,
  given,
  HOUR_MS,
  newKey,
  record,
} from '../../conformance/state-store/given.ts'
import { createFakeClock } from '../../helpers/fake-clock.ts'

const log = { warn: () => {}, error: () => {} }
const WRITER = join(import.meta.dirname, 'writer.ts')

function openStore(t: Test, folder: string, clock = createFakeClock()) {
  const store = createEmbeddedStore({ folder, clock, log, outbox: true })
  t.teardown(() => store.close())
  return store
}

/** The writer in a process of its own; `limit` is how many KiB it may write to a file. */
function startWriter(
  t: Test,
  folder: string,
  keys: number,
  limit?: number,
): { child: ChildProcess; lines: string[] } {
  const command = [process.execPath, WRITER, folder, `${keys}`].map((word) => `'${word}'`).join(' ')
  const shell = limit ? `ulimit -f ${limit}; exec ${command}` : `exec ${command}`
  const child = spawn('bash', ['-c', shell], { stdio: ['ignore', 'pipe', 'ignore'] })
  const lines: string[] = []
  createInterface({ input: child.stdout }).on('line', (line) => lines.push(line))
  t.teardown(() => child.kill('SIGKILL'))
  return { child, lines }
}

const pass = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms))

/** The highest version that was acknowledged, by id. */
function acknowledged(lines: string[]): Map<string, number> {
  const highest = new Map<string, number>()
  for (const line of lines) {
    const [, id, version] = /^(key-\d+) (\d+)$/.exec(line) ?? []
    if (id) highest.set(id, Math.max(highest.get(id) ?? 0, Number(version)))
  }
  return highest
}

t.test('a second server on the same folder is refused until the first has ended', async (t) => {
  const folder = t.testdir()
  const { child, lines } = startWriter(t, folder, 0)
  await eventually({ pass }, () => lines.includes('open'))
  t.throws(
    () => createEmbeddedStore({ folder, clock: createFakeClock(), log }),
    new RegExp(`${folder} is in use by another server \\(process ${child.pid}\\).*DATA_DIR`),
  )
  child.kill('SIGKILL')
  await once(child, 'exit')
  const store = openStore(t, folder)
  await store.check()
  t.throws(
    () => createEmbeddedStore({ folder, clock: createFakeClock(), log }),
    /in use/,
    'nor twice in one process',
  )
  await store.close()
  await openStore(t, folder).check()
})

t.test('a folder that cannot be used is named', async (t) => {
  const folder = t.testdir({ file: 'not a folder' })
  const file = join(folder, 'file')
  const open = () => createEmbeddedStore({ folder: file, clock: createFakeClock(), log })
  t.throws(open, new RegExp(`${file} cannot be used`))
})

t.test('what was acknowledged is there after kill -9', async (t) => {
  const folder = t.testdir()
  for (let round = 0; round < 3; round++) {
    const { child, lines } = startWriter(t, join(folder, `${round}`), 20)
    await eventually({ pass }, () => lines.length > 500)
    child.kill('SIGKILL')
    await once(child, 'close')
    const store = openStore(t, join(folder, `${round}`))
    const events = (await store.outbox().claim(100_000, 0)).map(({ event }) => event)
    for (const [id, version] of acknowledged(lines)) {
      const found = (await store.read({ topic: 'things', id }))?.version ?? 0
      t.ok(found >= version, `${id}: ${found} of ${version}`)
      const written = events.filter(({ key }) => key === id).map(({ version }) => version)
      t.strictSame(
        written,
        Array.from({ length: found }, (_, i) => i + 1),
        'an event for each version',
      )
    }
    const due = await store.due(1e9, 100)
    for (const { key, deadline } of due) t.equal((await store.read(key))?.version, deadline)
  }
})

t.test('everything is there when the folder is opened again', async (t) => {
  const folder = t.testdir()
  const [kept, gone] = [newKey(), newKey()]
  const before = openStore(t, folder)
  const answer = { name: 'a', value: 'kept', lifetime_ms: HOUR_MS }
  await given(before, kept, record(1), { events: [event(kept, 1)], deadline: EPOCH, answer })
  await given(before, gone, record(1), { events: [event(gone, 1)] })
  await before.commit(gone, change(record(1), null, { version: 9 }))
  const [claimed] = await before.outbox().claim(10, 0)
  await before.outbox().acknowledge(claimed ? [claimed] : [])
  await before.close()

  const after = openStore(t, folder)
  t.strictSame(await after.read(kept), record(1))
  t.strictSame(await after.answer(kept, 'a'), { value: 'kept', bulk: null })
  t.strictSame(await after.due(EPOCH, 10), [{ key: kept, deadline: EPOCH }])
  t.strictSame(await after.list('things', { label: 'open', limit: 10 }), { records: [record(1)], next: null })
  t.equal(await after.count('things', 'open'), 1)
  t.match(await after.commit(gone, change(null, record(9))), { outcome: 'conflict', current: null, floor: 9 })
  const entries = await after.outbox().claim(10, 0)
  t.strictSame(
    entries.map(({ event }) => event.key),
    [gone.id],
    'claimed before, handed out again',
  )
  await after.outbox().acknowledge(entries)
  await given(after, newKey(), record(1), { events: [event(kept, 1)] })
  const [next] = await after.outbox().claim(10, 0)
  t.notOk([claimed?.id, entries[0]?.id].includes(next?.id), 'no id is given twice')
})

t.test('what has outlived its lifetime is swept from the disk', async (t) => {
  const folder = t.testdir()
  const clock = createFakeClock()
  const store = openStore(t, folder, clock)
  const answer = { name: 'a', value: 'x', lifetime_ms: 1000 }
  const keys = Array.from({ length: 700 }, () => newKey())
  await Promise.all(
    keys.map((key) => given(store, key, record(1), { lifetime_ms: 1000, deadline: EPOCH, answer })),
  )
  const [renewed, removed] = keys as [(typeof keys)[0], (typeof keys)[0]]
  await store.commit(renewed, change(record(1), record(2), { lifetime_ms: 2 * 24 * HOUR_MS }))
  await store.commit(removed, change(record(1), null))
  clock.advance(60_000)
  await eventually({ pass }, async () => (await store.count('things', 'open')) === 1)
  clock.advance(25 * HOUR_MS)
  await pass(0)
  clock.advance(10_000)
  await store.close()
  const tables = openTables(folder)
  t.equal(tables.records.getCount(), 1)
  t.equal(tables.labels.getCount(), 2)
  t.equal(tables.expiries.getCount(), 1)
  t.equal(tables.answers.getCount(), 0)
  t.equal(tables.deadlines.getCount(), 0)
  await tables.close()
  t.strictSame(await openStore(t, folder, clock).read(renewed), record(2))
})

t.test('what cannot be read says so', async (t) => {
  const folder = t.testdir()
  const key = newKey()
  const tables = openTables(folder)
  await tables.records.put([key.topic, key.id], { epoch: 'x' } as never)
  await tables.close()
  const damaged = openStore(t, folder)
  const unreadable = { kind: 'internal', code: 'STATE_DESERIALIZATION_ERROR' }
  await t.rejects(damaged.read(key), unreadable)
  await t.rejects(damaged.commit(key, change(null, record(1))), unreadable)
  t.strictSame(await damaged.commit(newKey(), change(null, record(1))), COMMITTED, 'the others are well')
})

t.test(
  'a full disk is an error of those who write; nothing is torn and nothing acknowledged is lost',
  async (t) => {
    const folder = t.testdir()
    const { child, lines } = startWriter(t, folder, 10, 600)
    await once(child, 'close')
    t.ok(lines.some((line) => line === 'failed STORE_UNAVAILABLE'))
    const highest = acknowledged(lines)
    t.equal(lines.at(-1), `read ${highest.get('key-0')}`, 'reads go on')
    const store = openStore(t, folder)
    for (const [id, version] of highest) {
      const key = { topic: 'things', id }
      const current = await store.read(key)
      t.equal(current?.version, version)
      t.strictSame(await store.commit(key, change(current, record(version + 1))), COMMITTED)
    }
    const events = await store.outbox().claim(100_000, 0)
    t.equal(
      events.length,
      [...highest.values()].reduce((sum, version) => sum + version, 0),
    )
  },
)
