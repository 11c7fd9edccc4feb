/** How numbers and times are told everywhere. English words, the reader's own time zone. */

const LOCALE = 'en-GB'
const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

const pad = (value: number, length = 2) => String(value).padStart(length, '0')

/**
 * A clock: `4:59`, `1:02:03`, `0:09.3`. Time that is left is rounded up to its smallest digit, so that zero is shown at
 * zero and not before; `down: false` (time that was used) rounds down. `tenths`: 'auto' shows them below 20 s.
 */
export function formatClock(
  ms: number,
  { tenths = 'auto', down = true }: { tenths?: 'auto' | 'always' | 'never'; down?: boolean } = {},
): string {
  if (ms === Number.POSITIVE_INFINITY) return '∞'
  const left = Math.max(0, ms)
  const fine = tenths === 'always' || (tenths === 'auto' && left < 20 * SECOND)
  const unit = fine ? 100 : SECOND
  const rounded = (down ? Math.ceil(left / unit) : Math.floor(left / unit)) * unit
  const hours = Math.floor(rounded / HOUR)
  const minutes = Math.floor((rounded % HOUR) / MINUTE)
  const seconds = pad(Math.floor((rounded % MINUTE) / SECOND))
  const tail = fine ? `.${Math.floor((rounded % SECOND) / 100)}` : ''
  return hours > 0 ? `${hours}:${pad(minutes)}:${seconds}${tail}` : `${minutes}:${seconds}${tail}`
}

/** A length of time in words, in two units at most: `850 ms`, `12.4 s`, `3 m 05 s`, `1 h 02 m`, `2 d 4 h`. */
export function formatDuration(ms: number): string {
  if (!Number.isFinite(ms)) return '–'
  const sign = ms < 0 ? '−' : ''
  const length = Math.abs(ms)
  if (Math.round(length) < SECOND) return `${sign}${Math.round(length)} ms`
  if (Math.round(length / 100) * 100 < MINUTE) return `${sign}${trim((length / SECOND).toFixed(1))} s`
  const seconds = Math.round(length / SECOND)
  if (seconds < 3600) return `${sign}${Math.floor(seconds / 60)} m ${pad(seconds % 60)} s`
  const minutes = Math.round(length / MINUTE)
  if (minutes < 24 * 60) return `${sign}${Math.floor(minutes / 60)} h ${pad(minutes % 60)} m`
  const hours = Math.round(length / HOUR)
  return `${sign}${Math.floor(hours / 24)} d ${hours % 24} h`
}

/** How far off a clock may be: `±0.4 ms`, `±12 ms`, `±1.2 s`; seven signs at most, for which there is a place. */
export function formatDoubt(ms: number): string {
  if (ms >= 999.5) return `±${(ms / SECOND).toFixed(1)} s`
  return `±${ms < 9.95 ? ms.toFixed(1) : Math.round(ms)} ms`
}

/** Bytes in steps of 1000, as disks are sold: `512 B`, `1.2 GB`. */
export function formatBytes(bytes: number): string {
  return withPrefix(bytes, BYTES)
}

/** The same with as many digits each, for where some stand below one another: `57.0 GB`, `9.40 GB`. */
export const formatBytesAlike = (bytes: number): string => withPrefix(bytes, BYTES, (text) => text)

const BYTES = ['B', 'kB', 'MB', 'GB', 'TB', 'PB']

/** A number as short as beside an axis: `4 M`, `12.5 k`. */
export const formatShort = (value: number): string => withPrefix(value, ['', 'k', 'M', 'G'])

/** So many of something per second: `12.3 blocks/s`, `1.2 k slots/s`, `4.5 MB/s` when the unit is 'B'. */
export function formatRate(perSecond: number, unit: string): string {
  if (!Number.isFinite(perSecond)) return '–'
  if (unit === 'B') return `${formatBytes(perSecond)}/s`
  return `${withPrefix(perSecond, ['', 'k', 'M', 'G'])} ${unit}/s`.replace(/\s+/g, ' ')
}

const counts = new Intl.NumberFormat(LOCALE, { maximumFractionDigits: 2 })

/** A number with its thousands set apart: `22,431,084`. */
export function formatCount(value: number): string {
  return Number.isFinite(value) ? counts.format(value) : '–'
}

/** Three digits are enough: `0.42 ms`, `4.5 ms`, `242 ms`, `2,150 ms`. */
export const formatLatency = (ms: number): string =>
  `${formatCount(ms < 10 ? ms : ms < 100 ? Math.round(10 * ms) / 10 : Math.round(ms))} ms`

/** A count with its noun: `1 session`, `12 sessions`. `plural` where an s is not enough. */
export function formatNumber(value: number, singular: string, plural = `${singular}s`): string {
  return `${formatCount(value)} ${value === 1 ? singular : plural}`
}

/** `0.1 %` to `99.9 %`; 100 % only when it is. */
export function formatPercent(value: number, digits = 1): string {
  if (!Number.isFinite(value)) return '–'
  const most = value < 100 ? Math.min(value, 100 - 10 ** -digits) : value
  return `${most.toFixed(value >= 100 || value === 0 ? 0 : digits)} %`
}

const dates = new Intl.DateTimeFormat(LOCALE, { dateStyle: 'medium', timeStyle: 'medium', hourCycle: 'h23' })
const times = new Intl.DateTimeFormat(LOCALE, { timeStyle: 'medium', hourCycle: 'h23' })

/** `21 Nov 2026, 10:05:52`. Takes ISO 8601 text, too. */
export const formatDateTime = (at: string | number): string => dates.format(new Date(at))

const days = new Intl.DateTimeFormat(LOCALE, { dateStyle: 'medium' })

/** `21 Nov 2026`. */
export const formatDate = (at: string | number): string => days.format(new Date(at))

/** `10:05:52`. */
export const formatTime = (at: string | number): string => times.format(new Date(at))

const relative = new Intl.RelativeTimeFormat(LOCALE, { numeric: 'auto' })

/** How long ago, or in how long: `just now`, `12 seconds ago`, `in 3 minutes`, `yesterday`. */
export function formatRelative(at: string | number, now: number): string {
  const ms = new Date(at).getTime() - now
  const length = Math.abs(ms)
  if (length < 5 * SECOND) return 'just now'
  if (length < MINUTE) return relative.format(Math.round(ms / SECOND), 'second')
  if (length < HOUR) return relative.format(Math.round(ms / MINUTE), 'minute')
  if (length < DAY) return relative.format(Math.round(ms / HOUR), 'hour')
  return relative.format(Math.round(ms / DAY), 'day')
}

/** The first part of a UUID, which is enough to tell a few apart. */
export const shortId = (id: string): string => id.slice(0, 8)

function withPrefix(value: number, units: readonly string[], end = trim): string {
  if (!Number.isFinite(value)) return '–'
  let size = value
  let step = 0
  while (Math.abs(size) >= 999.5 && step < units.length - 1) {
    size /= 1000
    step++
  }
  const digits = Math.abs(size) < 10 ? 2 : Math.abs(size) < 100 ? 1 : 0
  return `${step === 0 ? trim(size.toFixed(digits)) : end(size.toFixed(digits))} ${units[step]}`.trimEnd()
}

const trim = (text: string) => (text.includes('.') ? text.replace(/\.?0+$/, '') : text)
