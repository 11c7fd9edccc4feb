const UNITS: Record<string, number> = { h: 3_600_000, m: 60_000, min: 60_000, s: 1000 }
const CLOCK = /^(?:(\d+):)?(\d{1,3}):(\d{1,2})$/
const PART = /(\d+(?:[.,]\d+)?)\s*(h|min|m|s)/g

/** What people write for a length of time, in ms: `5:00`, `1:30:00`, `90 s`, `1 h 30 m`, or minutes as a number. Else null. */
export function parseDuration(text: string): number | null {
  const written = text.trim().toLowerCase()
  const clock = CLOCK.exec(written)
  if (clock) {
    const [, hours = '0', minutes, seconds] = clock
    if (Number(seconds) > 59) return null
    return ((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1000
  }
  if (/^\d+(?:[.,]\d+)?$/.test(written)) return Math.round(numberOf(written) * 60_000)
  const parts = [...written.matchAll(PART)]
  if (parts.length === 0 || written.replace(PART, '').trim() !== '') return null
  return Math.round(
    parts.reduce((sum, [, count = '', unit = '']) => sum + numberOf(count) * (UNITS[unit] ?? 0), 0),
  )
}

const numberOf = (text: string) => Number(text.replace(',', '.'))

/** The same as text that parseDuration() reads: `5:00`, `1:30:00`. */
export function writeDuration(ms: number): string {
  const seconds = Math.round(ms / 1000)
  const two = (value: number) => String(value).padStart(2, '0')
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor((seconds % 3600) / 60)]
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`
}
