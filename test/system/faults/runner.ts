import { createRandom, type Random } from '../../../demo/lib/random.ts'
import type { Owner } from '../../helpers/not-run.ts'
import { check, type Rule, type Violation } from './checker.ts'
import { type Deployment, deploySingle } from './deployment.ts'
import { type Effect, effectsOf } from './effects.ts'
import type { SessionHistory } from './history.ts'
import type { Fault } from './kinds/fault.ts'
import { checkLosses, lossesIn, resyncsIn } from './losses.ts'
import { createOwner } from './owner.ts'
import { explain } from './report.ts'
import { checkRun } from './reporters.ts'
import { type Begin, playRound, type Round, type Size } from './round.ts'
import { addRound, addSession, createRow, type Row } from './rows.ts'

export type Outcome = { rows: Row[]; passed: number; failed: number }

type Options = {
  faults: Fault[]
  seed: string
  size: Size
  /** Asked before each further turn through all faults; in these they come several at once as well. */
  goOn: () => boolean
  print: (line: string) => void
}

type Step = { name: string; fault: Fault; size: Size }

/** Runs rounds of faults and checks every session of theirs; null where a server that it needs is not installed. */
export async function runFaults(
  owner: Owner,
  { faults, seed, size, goOn, print }: Options,
): Promise<Outcome | null> {
  const rows = new Map<string, Row>()
  const checking: Promise<void>[] = []
  const counts = { passed: 0, failed: 0 }
  const random = createRandom(seed)
  print(`seed ${seed}`)
  const shared = await deploySingle(owner)
  if (!shared) return null

  const rowOf = (fault: string): Row => {
    const row = rows.get(fault) ?? createRow(fault)
    rows.set(fault, row)
    return row
  }
  const fail = (name: string, text: string) => {
    counts.failed++
    print(`FAILED  ${name}\n${text}`)
  }
  const verdict = (name: string, wrong: string[]) => {
    if (wrong.length === 0) counts.passed++
    else fail(name, wrong.join('\n'))
  }
  const judge = (row: Row, name: string, history: SessionHistory, { lost_from }: Round): void => {
    const violations = violationsOf(history, lost_from)
    addSession(row, history, violations.length)
    verdict(name, violations.length > 0 ? [explain(history, violations)] : [])
  }
  const judgeAll = (
    row: Row,
    { name, must = [] }: Fault,
    histories: SessionHistory[],
    round: Round,
  ): void => {
    for (const history of histories) judge(row, name, history, round)
    if (round.lost_from === null) for (const run of round.runs) verdict(name, checkRun(run))
    const effects = effectsOf(histories)
    addRound(row, histories, round)
    const always: Effect[] = ['acknowledged']
    verdict(
      name,
      [...always, ...must].flatMap((effect) => (effects[effect] > 0 ? [] : [`there was nothing ${effect}`])),
    )
  }

  const run = async ({ name, fault, size }: Step, turn: number, deployment: Deployment): Promise<void> => {
    const row = rowOf(name)
    const began = performance.now()
    const chance = random.stream(`${fault.name} ${turn}`)
    const round = await playRound(deployment, fault.begin, chance, size)
    print(`${fault.name}: ${((performance.now() - began) / 1000).toFixed(1)} s`)
    const checked = round.histories
      .then((all) => judgeAll(row, fault, all, round))
      .catch((error) => fail(fault.name, error.stack))
    // The audit log comes later: the next round need not wait for it, the end of a deployment must.
    if (fault.on) await checked
    else checking.push(checked)
  }

  const runThere = async (step: Step, turn: number): Promise<void> => {
    if (!step.fault.on) return run(step, turn, shared)
    const own = createOwner(step.name)
    try {
      const deployment = await step.fault.on(own)
      if (deployment) return await run(step, turn, deployment)
      print(`NOT RUN: ${step.name}`)
      rowOf(step.name).not_run++
      if (process.env.CI) fail(step.name, 'CI runs everything')
    } finally {
      await own.end()
    }
  }

  for (let turn = 0; turn === 0 || goOn(); turn++) {
    for (const step of stepsOf(faults, random.stream(`turn ${turn}`), size, turn)) {
      if (turn > 0 && !goOn()) break
      await runThere(step, turn).catch((error) => fail(step.name, error.stack))
    }
  }
  await Promise.all(checking)
  return { rows: [...rows.values()], ...counts }
}

/** The rules that stand although a store has lost changes. */
const STANDS: Rule[] = ['order', 'end', 'failure']

function violationsOf(history: SessionHistory, lost_from: number | null): Violation[] {
  const found = check(history)
  if (lost_from === null) return found
  // Where nothing was lost after all, all rules stand.
  const lost = lossesIn(history).length + resyncsIn(history) > 0
  return [...found.filter(({ rule }) => !lost || STANDS.includes(rule)), ...checkLosses(history, lost_from)]
}

const SEVERAL = 'several at once'

/** Each fault once, in any order; after the first turn every second time together with another. */
function stepsOf(faults: Fault[], random: Random, size: Size, turn: number): Step[] {
  return random.some(faults, faults.length).map((fault): Step => {
    const least_ms = Math.max(size.fault_ms, fault.least_ms ?? 0)
    const step = {
      name: fault.name,
      fault,
      size: { ...size, fault_ms: least_ms, participants: fault.participants },
    }
    const others = faults.filter(({ what, on }) => what !== fault.what && !on && !fault.on)
    if (turn === 0 || others.length === 0 || random.chance(0.5)) return step
    const other = random.pick(others)
    return {
      name: SEVERAL,
      fault: {
        ...fault,
        name: `${fault.name} + ${other.name}`,
        begin: together(fault.begin, other.begin),
        must: [...(fault.must ?? []), ...(other.must ?? [])],
      },
      size: { ...step.size, fault_ms: Math.max(least_ms, other.least_ms ?? 0) },
    }
  })
}

const together =
  (one: Begin, other: Begin): Begin =>
  async (world) => {
    const first = await one(world)
    const second = await other(world).catch(async (error) => {
      await first()
      throw error
    })
    return async () => {
      const ends = await Promise.allSettled([first(), second()])
      for (const end of ends) if (end.status === 'rejected') throw end.reason
    }
  }
