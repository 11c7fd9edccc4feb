import type uPlot from 'uplot'

/** time: ms since the Unix epoch; duration: ms since a start; number: whatever `formatX` says. */
export type XKind = 'time' | 'duration' | 'number'

export type PlotLook = {
  /** Of text, grid and series, as a canvas takes them. */
  ink: string
  line: string
  series: string[]
  /** Pixels of a rem: charts grow with the page's type. */
  rem: number
}

export type PlotShape = {
  names: readonly string[]
  xKind: XKind
  /** Whether values are lengths of time, in ms. */
  lengths: boolean
  /** Of all ticks of an axis together. */
  formatX(values: readonly number[]): string[]
  formatY(values: readonly number[]): string[]
  min?: number | undefined
  max?: number | undefined
  sync?: string | undefined
  onCursor(index: number | null): void
  onZoom(zoomed: boolean): void
}

/** Told apart without colours, too. */
const DASHES = [[], [7, 4], [2, 3], [10, 3, 2, 3], [4, 2], [1, 4]]
export const dashOf = (i: number): number[] => DASHES[i % DASHES.length] as number[]

const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
const LOCALE = 'en-GB'

/** Distances of ticks that people count in. */
const STEPS = [
  ...[100, 200, 500],
  ...[1, 2, 5, 10, 15, 30].map((n) => n * SECOND),
  ...[1, 2, 5, 10, 15, 30].map((n) => n * MINUTE),
  ...[1, 2, 3, 6, 12].map((n) => n * HOUR),
  ...[1, 2, 7, 14, 28, 91, 182, 364].map((n) => n * DAY),
]

const clock = new Intl.DateTimeFormat(LOCALE, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' })
const seconds = new Intl.DateTimeFormat(LOCALE, { timeStyle: 'medium', hourCycle: 'h23' })
const days = new Intl.DateTimeFormat(LOCALE, { day: 'numeric', month: 'short' })

/** A tick of an axis of durations, in the units that matter at this distance: `45 s`, `5 m`, `1 h 30 m`, `2 d`. */
function formatLength(ms: number): string {
  if (ms === 0) return '0'
  const units: [number, string][] = [
    [DAY, 'd'],
    [HOUR, 'h'],
    [MINUTE, 'm'],
    [SECOND, 's'],
  ]
  let left = ms
  const parts: string[] = []
  for (const [size, unit] of units) {
    const count = Math.floor(left / size)
    left -= count * size
    if (count > 0) parts.push(`${count} ${unit}`)
  }
  if (left > 0) parts.push(`${left} ms`)
  return parts.slice(0, 2).join(' ')
}

/** A tick of an axis of time, as coarse as the distance to the next. */
function formatTick(at: number, step: number): string {
  if (step >= DAY) return days.format(at)
  const date = new Date(at)
  const midnight = date.getHours() === 0 && date.getMinutes() === 0 && date.getSeconds() === 0
  if (midnight) return days.format(at)
  return (step >= MINUTE ? clock : seconds).format(at)
}

/** What uPlot draws from; its own legend is left out, ours is made of elements. */
export function plotOptions(shape: PlotShape, look: PlotLook, width: number, height: number): uPlot.Options {
  const { names, xKind, lengths, formatX, formatY, min, max, sync } = shape
  const font = `${Math.round(0.75 * look.rem)}px Inter, sans-serif`
  const axis: uPlot.Axis = {
    stroke: look.ink,
    font,
    grid: { stroke: look.line, width: 1 },
    ticks: { show: false },
    gap: 8,
  }
  const xAxis: uPlot.Axis = {
    ...axis,
    grid: { show: false },
    ticks: { show: true, stroke: look.line, width: 1, size: 5 },
    size: 2.2 * look.rem,
    space: 5.5 * look.rem,
    values: (_plot, splits, _axis, _space, step) =>
      xKind === 'number'
        ? formatX(splits)
        : splits.map((x) => (xKind === 'time' ? formatTick(x, step) : formatLength(x))),
    ...(xKind === 'number' ? {} : { incrs: STEPS }),
  }
  const yAxis: uPlot.Axis = {
    ...axis,
    space: 2.5 * look.rem,
    size: (_plot, values) => {
      const longest = Math.max(3, ...(values ?? []).map((text) => text.length))
      return longest * 0.44 * look.rem + 16
    },
    values: (_plot, splits) => (lengths ? splits.map(formatLength) : formatY(splits)),
    ...(lengths ? { incrs: STEPS } : {}),
  }
  return {
    width,
    height,
    ms: 1,
    // At the end of the axis there may be half of a label.
    padding: [12, (xKind === 'time' ? 1.75 : 1.25) * look.rem, 0, 0],
    legend: { show: false },
    cursor: {
      points: { size: 7, width: 2 },
      drag: { x: true, y: false },
      ...(sync === undefined ? {} : { sync: { key: sync, setSeries: false } }),
    },
    scales: {
      x: { time: xKind === 'time' },
      y: {
        range: (_plot, low, high) => rangeOf(min ?? low, max ?? high, min !== undefined, max !== undefined),
      },
    },
    series: [
      {},
      ...names.map((label, i) => ({
        label,
        stroke: look.series[i % look.series.length] as string,
        width: 2,
        dash: dashOf(i),
        points: { show: false },
      })),
    ],
    axes: [xAxis, yAxis],
    hooks: {
      setCursor: [(plot) => shape.onCursor(plot.cursor.idx ?? null)],
      setScale: [(plot, key) => key === 'x' && shape.onZoom(isZoomed(plot))],
    },
  }
}

/** Room above and below, none beyond a bound that the page has set, and never a range of nothing. */
function rangeOf(low: number, high: number, from: boolean, to: boolean): [number, number] {
  if (!Number.isFinite(low) || !Number.isFinite(high)) return [0, 1]
  const room = (high - low) * 0.08 || Math.abs(high) * 0.1 || 1
  const bottom = from ? low : low >= 0 ? Math.max(0, low - room) : low - room
  return [bottom, to ? Math.max(high, bottom + 1) : high + room]
}

export function isZoomed({ data, scales }: uPlot): boolean {
  const [x] = data
  const { min, max } = scales.x ?? {}
  if (min == null || max == null || x.length < 2) return false
  return min > (x[0] as number) || max < (x.at(-1) as number)
}

/** The colours of the theme as a canvas takes them: custom properties say `light-dark()`, colours of elements do not. */
export function readLook(element: HTMLElement): PlotLook {
  const probe = document.createElement('span')
  element.append(probe)
  const colour = (name: string) => {
    probe.style.color = `var(--${name})`
    return getComputedStyle(probe).color
  }
  const series = [1, 2, 3, 4, 5, 6].map((i) => colour(`series-${i}`))
  const look = { ink: colour('muted'), line: colour('line'), series }
  probe.remove()
  return { ...look, rem: Number.parseFloat(getComputedStyle(document.documentElement).fontSize) }
}
