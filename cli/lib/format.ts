const SIZES = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB']

export function formatBytes(bytes: number): string {
  const power = bytes < 1 ? 0 : Math.min(SIZES.length - 1, Math.floor(Math.log2(bytes) / 10))
  const value = bytes / 1024 ** power
  return `${power === 0 ? value : value.toFixed(value < 10 ? 2 : 1)} ${SIZES[power]}`
}

/** Per second. */
export function formatRate(rate: number): string {
  if (rate >= 100) return `${Math.round(rate)}/s`
  return `${rate.toFixed(rate < 10 ? 2 : 1)}/s`
}

export const formatPercent = (percent: number) => `${percent.toFixed(percent < 100 ? 2 : 0)}%`

/** Text that others chose: without what a terminal would obey. */
export function printable(text: unknown): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is removed
  return String(text ?? '').replace(/[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/g, '')
}

/** Local date and time to the second. */
export function formatInstant(instant: string | number | null | undefined): string {
  const date = new Date(instant ?? Number.NaN)
  if (Number.isNaN(date.getTime())) return '-'
  const two = (value: number) => String(value).padStart(2, '0')
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`
  return `${day} ${formatClock(date)}`
}

export function formatClock(date: Date): string {
  const two = (value: number) => String(value).padStart(2, '0')
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`
}
