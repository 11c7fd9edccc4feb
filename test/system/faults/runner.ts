import { createRandom, type Random } from '../../../demo/lib/random.ts'
import type { Owner } from '../../helpers/not-run.ts'
import { check, type Rule, type Violation } from './checker.ts'
import { type Deployment, deploySingle } from './deployment.ts'
import { outcomeOf, type SessionHistory } from './history.ts'
import type { Fault } from './kinds/fault.ts'
import { createOwner } from './owner.ts'
import { explain } from './report.ts'
import { type Begin, playRound, type Size } from './round.ts'

/** What the rounds of one fault came to. `retried`: attempts beyond the first of an operation. */
export type Row = {
  fault: string
  times: number
  calls: number
  acknowledged: number
  retried: number
  violations: number
}

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
  const shared = await deploySingle(owner)
  if (!shared) return null

  const rowOf = (fault: string): Row => {
    const row = rows.get(fault) ?? { fault, times: 0, calls: 0, acknowledged: 0, retried: 0, violations: 0 }
    rows.set(fault, row)
    return row
  }
  const fail = (name: string, text: string) => {
    counts.failed++
    print(`FAILED  ${name}\n${text}`)
  }
  const judge = (row: Row, { name, loses }: Fault, history: SessionHistory): void => {
    const found = check(history)
    const violations = found.filter(({ rule }) => !loses || STANDS.includes(rule))
    count(row, history, violations)
    if (violations.length === 0) counts.passed++
    else fail(name, explain(history, violations))
    const lost = found.length - violations.length
    if (lost > 0) print(`${name}: session ${history.id} has lost changes (${lost} signs of it)`)
  }

  const run = async ({ name, fault, size }: Step, turn: number, deployment: Deployment): Promise<void> => {
    const row = rowOf(name)
    row.times++
    const began = performance.now()
    const chance = random.stream(`${fault.name} ${turn}`)
    const { histories } = await playRound(deployment, fault.begin, chance, size)
    print(`${fault.name}: ${((performance.now() - began) / 1000).toFixed(1)} s`)
    const checked = histories.then(
      (all) => {
        for (const history of all) judge(row, fault, history)
      },
      (error) => fail(fault.name, error.stack),
    )
    // The audit log comes later: the next round need not wait for it, the end of a deployment must.
    if (fault.on) await checked
    else checking.push(checked)
  }

  const runThere = async (step: Step, turn: number): Promise<void> => {
    if (!step.fault.on) return run(step, turn, shared)
    const own = createOwner(step.name)
    try {
      const deployment = await step.fault.on(own)
      if (deployment) await run(step, turn, deployment)
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

/** The rules that a fault which may lose changes does not suspend. */
const STANDS: Rule[] = ['end', 'failure']

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
      fault: { ...fault, name: `${fault.name} + ${other.name}`, begin: together(fault.begin, other.begin) },
      size: { ...step.size, fault_ms: Math.max(least_ms, other.least_ms ?? 0) },
    }
  })
}

const together =
  (one: Begin, other: Begin): Begin =>
  async (world) => {
    const ends = [await one(world), await other(world)]
    return async () => {
      for (const end of ends) await end()
    }
  }

function count(row: Row, { operations }: SessionHistory, violations: Violation[]): void {
  row.calls += operations.length
  row.acknowledged += operations.filter((each) => outcomeOf(each) === 'acknowledged').length
  row.retried += operations.reduce((sum, { answers }) => sum + answers.length - 1, 0)
  row.violations += violations.length
}
