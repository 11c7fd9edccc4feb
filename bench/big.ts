/**
 * A session of 1,000 participants beside one of 2: how long a switch takes, how many bytes it pushes to a reader of states
 * and to one of changes (?delta=1), and how late they are.
 *
 *   npm run bench -- big [--rounds 9] [--seconds 1] [--participants 1000] [--readers 10]
 */
import { parseArgs } from 'node:util'
import { startKairos } from './lib/realtime-contenders.ts'
import { openReaders } from './lib/realtime-readers.ts'
import { poke, startSession } from './lib/realtime-sessions.ts'
import { atMost, median, report, round } from './lib/report.ts'
import { interleave } from './lib/rounds.ts'

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '9' },
    seconds: { type: 'string', default: '1' },
    participants: { type: 'string', default: '1000' },
    readers: { type: 'string', default: '10' },
  },
})
const audience = Number(values.readers)

const { base } = await startKairos()

/** Switches one after the other, each when all readers have the one before. */
async function contender(name: string, participants: number, query: string) {
  const id = await startSession(base, participants)
  const answers: number[] = []
  const pushed: number[] = []
  const readers = await openReaders({ base, count: audience, path: () => `/ws?sessionId=${id}${query}` })
  await readers.until(2 * audience)

  async function round() {
    const took: number[] = []
    const began = performance.now()
    const bytes = readers.bytes
    for (let now = began; now - began < Number(values.seconds) * 1000; now = performance.now()) {
      const delivered = readers.until(readers.received + audience)
      await poke(base, `/v1/sessions/${id}/switch`)
      answers.push(performance.now() - now)
      await delivered
      took.push(performance.now() - now)
    }
    pushed.push((readers.bytes - bytes) / took.length / audience)
    return { per_second: (took.length * 1000) / (performance.now() - began), took }
  }
  return { name, round, answers, pushed }
}

const big = Number(values.participants)
const contenders = [
  await contender(`${big} participants, states`, big, ''),
  await contender(`${big} participants, changes`, big, '&delta=1'),
  await contender('2 participants, states', 2, ''),
  await contender('2 participants, changes', 2, '&delta=1'),
]
const standings = await interleave(contenders, Number(values.rounds))
const shares: number[] = []
const rows = standings.map(({ name, p50, p99 }, i) => {
  const { answers, pushed } = contenders[i] as (typeof contenders)[number]
  const states = contenders[i - (i % 2)]?.pushed ?? []
  shares.push(median(pushed) / median(states))
  return {
    what: name,
    answer_p50_ms: round(median(answers)),
    to_the_last_p50_ms: round(p50),
    to_the_last_p99_ms: round(p99),
    bytes_per_switch: Math.round(median(pushed)),
    share_of_states: round(shares[i] as number, 4),
  }
})
report('big', rows, [
  atMost(`a switch of ${big}, states: p50 of its answer`, median(contenders[0]?.answers ?? []), 5, ' ms'),
  atMost(`a switch of ${big}, changes: p50 of its answer`, median(contenders[1]?.answers ?? []), 5, ' ms'),
  atMost(`bytes of changes, of those of states of ${big}`, shares[1] ?? Number.NaN, 0.05),
])
process.exit(0)
