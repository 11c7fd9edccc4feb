import { arch, availableParallelism, cpus, platform } from 'node:os'

/** The value below which `share` (0..1) of the numbers lie. */
export function percentile(numbers: number[], share: number): number {
  const sorted = numbers.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
}

export const median = (numbers: number[]): number => percentile(numbers, 0.5)

/** p50, p99 and max of some numbers, rounded to tenths. */
export function spread(numbers: number[]): { p50: number; p99: number; max: number } {
  const tenth = (n: number) => Math.round(n * 10) / 10
  return {
    p50: tenth(median(numbers)),
    p99: tenth(percentile(numbers, 0.99)),
    max: tenth(percentile(numbers, 1)),
  }
}

/** Prints a table for people and one line of JSON for programs, with the machine that made them. */
export function report(name: string, rows: Record<string, unknown>[]): void {
  const machine = `${platform()} ${arch()}, ${availableParallelism()} x ${cpus()[0]?.model ?? 'unknown'}, Node ${process.versions.node}`
  console.log(`${name} on ${machine}`)
  console.table(rows)
  console.log(JSON.stringify({ bench: name, machine, rows }))
}
