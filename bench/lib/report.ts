import { arch, availableParallelism, cpus, platform } from 'node:os'

/** The value below which `share` (0..1) of the numbers lie. */
export function percentile(numbers: number[], share: number): number {
  const sorted = numbers.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
}

export const median = (numbers: number[]): number => percentile(numbers, 0.5)

export const round = (n: number, digits = 2): number => Math.round(n * 10 ** digits) / 10 ** digits

/** p50, p99 and max of some numbers, rounded to tenths. */
export function spread(numbers: number[]): { p50: number; p99: number; max: number } {
  const tenth = (n: number) => round(n, 1)
  return {
    p50: tenth(median(numbers)),
    p99: tenth(percentile(numbers, 0.99)),
    max: tenth(percentile(numbers, 1)),
  }
}

/** What a figure is to be; without a unit it is a ratio against something that was measured in the same run. */
export type Aim = { what: string; measured: number; bound: 'at least' | 'at most'; aim: number; unit: string }

export const atLeast = (what: string, measured: number, aim: number, unit = ''): Aim => ({
  what,
  measured: round(measured, 3),
  bound: 'at least',
  aim,
  unit,
})

export const atMost = (what: string, measured: number, aim: number, unit = ''): Aim => ({
  ...atLeast(what, measured, aim, unit),
  bound: 'at most',
})

export const isMet = ({ measured, bound, aim }: Aim): boolean =>
  bound === 'at least' ? measured >= aim : measured <= aim

export type Report = { bench: string; machine: string; rows: Record<string, unknown>[]; aims: Aim[] }

/** Prints a table for people, what was aimed at, and one line of JSON for programs, with the machine that made them. */
export function report(bench: string, rows: Record<string, unknown>[], aims: Aim[] = []): void {
  const machine = `${platform()} ${arch()}, ${availableParallelism()} x ${cpus()[0]?.model ?? 'unknown'}, Node ${process.versions.node}`
  console.log(`${bench} on ${machine}`)
  console.table(rows)
  for (const each of aims) {
    const { what, measured, bound, aim, unit } = each
    console.log(`${isMet(each) ? 'met   ' : 'MISSED'} ${what}: ${measured}${unit}, ${bound} ${aim}${unit}`)
  }
  console.log(JSON.stringify({ bench, machine, rows, aims } satisfies Report))
}
