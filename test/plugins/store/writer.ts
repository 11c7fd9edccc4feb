import { writeSync } from 'node:fs'
import { createSystemClock } from '../../../plugins/clock.ts'
import { createEmbeddedStore } from '../../../plugins/store/embedded.ts'
import { change, event, record } from '../../conformance/state-store/given.ts'

/**
 * A process of its own for the tests of the embedded store: `node writer.ts FOLDER KEYS` changes that many records side
 * by side until it is killed or the store fails, printing `ID VERSION` for each change that was acknowledged.
 */
const [folder = '', keys = '0'] = process.argv.slice(2)
const log = { warn: () => {}, error: () => {} }
const store = createEmbeddedStore({ folder, clock: createSystemClock(), log, outbox: true })
const say = (line: string) => writeSync(1, `${line}\n`)
say('open')

// Past `ulimit -f` a write fails as on a full disk, once the signal that comes with it does not kill.
process.on('SIGXFSZ', () => {})

async function changeForEver(id: string): Promise<void> {
  const key = { topic: 'things', id }
  const padding = 'x'.repeat(500)
  const versioned = (version: number) => record(version, { document: JSON.stringify({ version, padding }) })
  for (let version = 1; ; version++) {
    const expect = version === 1 ? null : versioned(version - 1)
    const commit = change(expect, versioned(version), { events: [event(key, version)], deadline: version })
    const result = await store.commit(key, commit)
    if (result.outcome !== 'committed') throw new Error(JSON.stringify(result))
    say(`${id} ${version}`)
  }
}

const writers = Array.from({ length: Number(keys) }, (_, i) => changeForEver(`key-${i}`))
const failures = await Promise.allSettled(writers)
for (const failure of failures) if (failure.status === 'rejected') say(`failed ${failure.reason.code}`)
// Without writers it holds the folder until it is killed.
if (writers.length === 0) setInterval(() => {}, 1000)
else {
  say(`read ${(await store.read({ topic: 'things', id: 'key-0' }))?.version}`)
  process.exit(0)
}
