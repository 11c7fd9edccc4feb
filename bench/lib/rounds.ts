import { median, percentile } from './report.ts'

/** What a contender did in one round. */
export type Round = { per_second: number; took: number[] }
export type Contender = { name: string; round(): Promise<Round> }
export type Standing = { name: string; per_second: number; p50: number; p99: number }

/**
 * Runs the contenders in turn, round after round, so that whatever else the machine does meanwhile falls on all of them,
 * and takes each one's medians. The order is turned round every time; the first rounds warm up and do not count.
 */
export async function interleave(contenders: Contender[], rounds: number, warm_ups = 1): Promise<Standing[]> {
  const results = new Map<string, Round[]>(contenders.map(({ name }) => [name, []]))
  for (let i = -warm_ups; i < rounds; i++) {
    for (const { name, round } of i % 2 === 0 ? contenders : contenders.toReversed()) {
      const result = await round()
      if (i >= 0) results.get(name)?.push(result)
    }
  }
  return [...results].map(([name, all]) => ({
    name,
    per_second: median(all.map(({ per_second }) => per_second)),
    p50: median(all.map(({ took }) => percentile(took, 0.5))),
    p99: median(all.map(({ took }) => percentile(took, 0.99))),
  }))
}
