import fc from 'fast-check'
import t from 'tap'
import { toHistoryEvent } from '../../../plugins/history/history.ts'
import { createSessionProjector } from '../../../plugins/history/projector.ts'
import { createHistoryReader } from '../../../plugins/history/reader.ts'
import { type Database, inTransaction } from '../../../plugins/jobs/database.ts'
import { createEmbeddedPostgres } from '../../../plugins/jobs/embedded.ts'
import { createPostgres } from '../../../plugins/jobs/postgres.ts'
import { migrate } from '../../../plugins/persistence/migrate.ts'
import { createWriter } from '../../../plugins/persistence/writer.ts'
import type { Event } from '../../../schemas/event.ts'
import { type Move, moves } from '../../engine/session/play.ts'
import { DATABASES } from '../../helpers/databases.ts'
import { eventsOf } from './play.ts'

type Refusal = { version: number; code: unknown }

function open(database: Database, schema: string) {
  const refused: Refusal[] = []
  const writer = createWriter({
    schema,
    projectors: new Map([['sessions', createSessionProjector(schema)]]),
    async refuse(_query, event, error) {
      refused.push({ version: event.version, code: (error as { code: unknown }).code })
    },
  })
  const reader = createHistoryReader(database.query, schema)
  return {
    refused,
    reader,
    write: (events: Event[]) => inTransaction(database, (query) => writer.write(query, events, true)),
    async told(id: string, after: { epoch: number | null; version: number } | null = null) {
      const events = []
      for await (const moment of reader.walk(id, after)) events.push(toHistoryEvent(moment))
      return events
    },
  }
}

const versions = (events: { version: number }[]) => events.map(({ version }) => version)

for (const [name, databaseForTest] of Object.entries(DATABASES)) {
  t.test(`on ${name}`, async (t) => {
    const settings = await databaseForTest(t)
    if (!settings) return
    const { DATABASE_URL: url, DATABASE_SCHEMA: schema, DATA_DIR } = settings
    const database = url
      ? createPostgres({ url, pool_size: 6 })
      : createEmbeddedPostgres(`${DATA_DIR}/postgres`)
    t.teardown(() => database.close())
    await migrate(database, schema)
    const { refused, reader, write, told } = open(database, schema)
    const script = moves('start, 3000 switch, 500 switch, 700 pause, 90 resume, 400 switch, 20 complete')

    await t.test(
      'whatever the batches and their order, the tables are those of the whole history',
      async (t) => {
        const whole = eventsOf({}, script, 'whole')
        await write(whole)
        const expected = await told('whole')
        const stats = await reader.stats('whole')
        let run = 0
        const size = whole.length
        const order = fc.array(fc.array(fc.nat({ max: size - 1 }), { minLength: 1, maxLength: 5 }), {
          maxLength: 8,
        })
        await fc.assert(
          fc.asyncProperty(order, fc.boolean(), async (batches, together) => {
            const id = `run-${++run}`
            const events = eventsOf({}, script, id)
            const parts = [...batches.map((batch) => batch.map((i) => events[i] as Event)), events]
            if (together) await Promise.all(parts.map(write))
            else for (const part of parts) await write(part)
            const seen = await told(id)
            t.strictSame(
              seen.map((event) => ({ ...event, session_id: 'whole' })),
              expected,
            )
            t.strictSame({ ...(await reader.stats(id)), session_id: 'whole' }, stats)
          }),
          { numRuns: 15 },
        )
        t.strictSame(refused, [])
      },
    )

    await t.test('what lies above a gap is not told before the gap is closed', async (t) => {
      const events = eventsOf({}, script, 'gap')
      await write(events.slice(0, 2))
      await write(events.slice(4))
      t.strictSame(versions(await told('gap')), [1, 2])
      t.strictSame(await reader.newest('gap'), { known: true, version: 2 })
      await write(events.slice(2, 4))
      t.strictSame(versions(await told('gap')), versions(events))
    })

    await t.test(
      'events are told from any place on, with the state that follows from the beginning',
      async (t) => {
        const long: Move[] = [
          [0, { type: 'start' }],
          ...Array.from({ length: 300 }, (): Move => [7, { type: 'switch' }]),
        ]
        await write(eventsOf({ increment_ms: 5 }, long, 'long'))
        const all = await told('long')
        t.equal(all.length, 302)
        for (const version of [0, 63, 64, 65, 129, 301, 302]) {
          t.strictSame(await told('long', { epoch: 7, version }), all.slice(version))
        }
      },
    )

    await t.test('both lives of a session are told, one after the other, and their end first', async (t) => {
      const first = eventsOf({}, moves('start, 3000 switch'), 'twice')
      const deleted = {
        ...(first[2] as Event),
        type: 'session.deleted',
        version: 4,
        data: { participants: [] },
      }
      const second = eventsOf({}, moves('start'), 'twice').map((event, i) => ({
        ...event,
        epoch: 8,
        version: 5 + i,
      }))
      await write([...first, ...second])
      t.strictSame(versions(await told('twice')), [1, 2, 3], 'the deletion is missing yet')
      await write([deleted])
      const all = await told('twice')
      t.strictSame(versions(all), [1, 2, 3, 4, 5, 6])
      t.equal(all[3]?.state, null)
      t.strictSame(versions(await told('twice', { epoch: 7, version: 4 })), [5, 6])
      t.strictSame(versions(await told('twice', { epoch: null, version: 5 })), [6])
      t.strictSame((await reader.stats('twice'))?.version, 6)
    })

    await t.test('what PostgreSQL refuses is refused alone, and its version stays visible', async (t) => {
      const events = eventsOf({}, script, 'poison')
      const poisoned = events.map((event) =>
        event.version === 4 ? { ...event, data: { ...(event.data as object), note: 'a\u0000b' } } : event,
      )
      await write(poisoned)
      t.strictSame(refused, [{ version: 4, code: '22P05' }])
      const seen = await told('poison')
      t.strictSame(versions(seen), versions(events))
      t.strictSame(seen.at(-1), { ...(await told('whole')).at(-1), session_id: 'poison' })
      const rows = await database.query(
        `SELECT version FROM ${schema}.events WHERE key = 'poison' AND data IS NULL`,
      )
      t.strictSame(versions(rows as never), [4])

      await write(events.slice(3, 4))
      const [{ data } = {}] = await database.query(
        `SELECT data FROM ${schema}.events WHERE key = 'poison' AND version = 4`,
      )
      t.strictSame(data, events[3]?.data, 'what was repaired is written in its place')
    })
  })
}
