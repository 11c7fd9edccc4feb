import type { Scene } from './lib/scene.ts'
import { GETH_LIGHTHOUSE, NETHERMIND_TEKU, type Pair, RETH_LODESTAR } from './runs/nodes.ts'
import { playSync, type Story } from './runs/sync.ts'
import { holdAuction } from './sessions/auction.ts'
import { playChess } from './sessions/chess.ts'
import { holdDebate } from './sessions/debate.ts'
import { holdExam } from './sessions/exam.ts'
import { runRelay } from './sessions/relay.ts'
import { holdTalks } from './sessions/talks.ts'

/** Something that is played again and again, with a rest (from, to) in between; without one, once. */
export type Act = {
  name: string
  /** How long before the present it begins for the first time. */
  minutes_ago: number
  rest_s?: [number, number]
  play(scene: Scene, round: number): Promise<void>
}

const SESSIONS: Act[] = [
  { name: 'relay', minutes_ago: 19, rest_s: [40, 90], play: runRelay },
  { name: 'exam', minutes_ago: 21, rest_s: [120, 180], play: holdExam },
  { name: 'talks', minutes_ago: 17, rest_s: [60, 120], play: holdTalks },
  { name: 'debate', minutes_ago: 14, rest_s: [60, 120], play: holdDebate },
  { name: 'auction', minutes_ago: 9, rest_s: [15, 30], play: holdAuction },
  { name: 'chess', minutes_ago: 19, rest_s: [10, 25], play: playChess },
]

/** Runs of one pair on one machine, whose names differ by a number. */
type Line = { name: string; pair: Pair; host: string }

const GETH: Line = { name: 'hoodi-geth-lighthouse', pair: GETH_LIGHTHOUSE, host: 'bench-1' }
const RETH: Line = { name: 'hoodi-reth-lodestar', pair: RETH_LODESTAR, host: 'bench-2' }
const NETHERMIND: Line = { name: 'hoodi-nethermind-teku', pair: NETHERMIND_TEKU, host: 'bench-3' }

/** What was over before anybody looked is measured less often. */
const PAST = { step_s: 60 }
const BASELINE = { ...PAST, baseline: true }
const FAILURE = { after_minutes: 43, error: 'nethermind ended with exit code 137: out of memory' }
/** Ten minutes without a word make it stale; the first one is over about two minutes after the present. */
const SILENCE = { after_minutes: 13, minutes: 15 }

const RUNS: Act[] = [
  { name: 'geth 1', minutes_ago: 352, play: (scene) => sync(scene, GETH, 1, { ...BASELINE, pace: 1.04 }) },
  { name: 'nethermind 1', minutes_ago: 345, play: (scene) => sync(scene, NETHERMIND, 1, BASELINE) },
  { name: 'reth 1', minutes_ago: 338, play: (scene) => sync(scene, RETH, 1, BASELINE) },
  { name: 'geth 2', minutes_ago: 201, play: (scene) => sync(scene, GETH, 2, { ...PAST, pace: 0.91 }) },
  { name: 'reth 2', minutes_ago: 190, play: (scene) => sync(scene, RETH, 2, { ...PAST, pace: 1.08 }) },
  {
    name: 'nethermind 2',
    minutes_ago: 183,
    play: (scene) => sync(scene, NETHERMIND, 2, { ...PAST, failure: FAILURE }),
  },
  {
    name: 'geth',
    minutes_ago: 26,
    rest_s: [40, 90],
    play: (scene, round) => sync(scene, GETH, 3 + round),
  },
  {
    name: 'reth',
    minutes_ago: 26,
    rest_s: [40, 90],
    play: (scene, round) => sync(scene, RETH, 3 + round, { silence: SILENCE }),
  },
  {
    name: 'nethermind',
    minutes_ago: 31,
    rest_s: [40, 90],
    play: (scene, round) => sync(scene, NETHERMIND, 3 + round, round % 2 === 0 ? {} : { failure: FAILURE }),
  },
]

export const ACTS: readonly Act[] = [...RUNS, ...SESSIONS]

function sync(scene: Scene, { name, pair, host }: Line, number: number, story: Partial<Story> = {}) {
  return playSync(scene, { ...story, pair, host, run_id: `${name}-${number}` })
}
