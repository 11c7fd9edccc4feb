import { html } from '../lib/html.ts'
import { Badge, type State } from './badge.ts'
import type { IconName } from './icon.ts'

type Word = 'pass' | 'fail' | 'pending' | 'unknown'

const WORDS: Record<Word, { state: State; icon: IconName; text: string }> = {
  pass: { state: 'running', icon: 'check', text: 'Pass' },
  fail: { state: 'failed', icon: 'error', text: 'Fail' },
  pending: { state: 'neutral', icon: 'pending', text: 'Pending' },
  unknown: { state: 'neutral', icon: 'info', text: 'Unknown' },
}

/** What became of a run, or of one check, against a baseline. */
export function Verdict({ verdict }: { verdict: Word }) {
  const { state, icon, text } = WORDS[verdict]
  return html`<${Badge} state=${state} icon=${icon}>${text}<//>`
}

/** `×0.95`; a dash when nobody knows. */
export const formatRatio = (ratio: number | null): string => (ratio === null ? '–' : `×${ratio.toFixed(2)}`)

/** `+1.2 GB`, `−3 m 05 s`. */
export function formatDifference(difference: number | null, format: (value: number) => string): string {
  if (difference === null) return '–'
  if (difference === 0) return '±0'
  return `${difference < 0 ? '−' : '+'}${format(Math.abs(difference))}`
}
