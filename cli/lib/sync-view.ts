import cliProgress from 'cli-progress'
import { formatDuration } from './duration.ts'
import { formatBytes, formatClock, formatPercent, formatRate, printable } from './format.ts'
import { note, writeJson, writeLine } from './output.ts'
import { metricsOf, type Side, type Snapshot } from './sync-watch.ts'

export type Ending = {
  outcome: string
  success: boolean
  run_id: string
  elapsed_ms: number
  reported: boolean | null
}

/** How a sync is shown while it goes on. */
export type SyncView = {
  update(snapshot: Snapshot): void
  /** Something beside the progress, for people. */
  note(text: string): void
  end(ending: Ending): void
}

/** One JSON object a line: `type` progress, then one result. */
export function createJsonView(): SyncView {
  return {
    update: (snapshot) => {
      const { at, elapsed_ms, execution, consensus } = snapshot
      const side = ({ away, pace, state }: Side) => ({
        synced: away === null && state?.synced === true,
        away,
        ...pace,
      })
      writeJson({
        type: 'progress',
        at: new Date(at).toISOString(),
        elapsed_ms,
        metrics: metricsOf(snapshot),
        execution: side(execution),
        consensus: side(consensus),
      })
    },
    note,
    end: (ending) => writeJson({ type: 'result', ...ending }),
  }
}

/** One line a poll, for logs. */
export function createLineView(): SyncView {
  return {
    update: ({ at, elapsed_ms, execution, consensus }) => {
      const when = `${formatClock(new Date(at))} ${formatDuration(elapsed_ms)}`
      writeLine(`${when} | EL ${describe('block', execution)} | CL ${describe('slot', consensus)}`)
    },
    note,
    end: (ending) => writeLine(summary(ending)),
  }
}

/** Two bars that stay where they are, on a terminal. */
export function createBarView(stream: NodeJS.WritableStream = process.stdout): SyncView {
  const bars = new cliProgress.MultiBar({
    stream,
    format: '{name} [{bar}] {text}',
    barCompleteChar: '█',
    barIncompleteChar: '░',
    barsize: 24,
    hideCursor: true,
    emptyOnZero: true,
    gracefulExit: false,
  })
  const show = (name: string) => bars.create(100, 0, { name, text: 'connecting' })
  const el = show('EL')
  const cl = show('CL')
  return {
    update: ({ execution, consensus }) => {
      el.update(execution.state?.percent ?? 0, { text: describe('block', execution) })
      cl.update(consensus.state?.percent ?? 0, { text: describe('slot', consensus) })
    },
    note: (text) => bars.log(`${text}\n`),
    end: (ending) => {
      // What was said since it last drew would be lost.
      bars.update()
      bars.stop()
      stream.write(`${summary(ending)}\n`)
    },
  }
}

function describe(unit: string, { state, away, disk, pace }: Side): string {
  if (!state) return `away (${printable(away)})`
  const size = disk === null ? [] : [formatBytes(disk)]
  const peers = state.peers === null ? [] : [`${state.peers} peers`]
  const position = `${unit} ${state.height}${state.goal > state.height ? `/${state.goal}` : ''} ${formatPercent(state.percent)}`
  if (away !== null) return [position, `away (${printable(away)})`].join(', ')
  if (state.synced) return [position, 'synced', ...peers, ...size].join(', ')
  const rate = pace.rate === null ? [] : [formatRate(pace.rate)]
  const eta = pace.eta_ms === null ? 'ETA unknown' : `ETA ${formatDuration(pace.eta_ms)}`
  return [position, ...rate, eta, ...peers, ...size].join(', ')
}

function summary({ outcome, run_id, elapsed_ms, reported }: Ending): string {
  const told =
    reported === null ? '' : reported ? `, reported as ${run_id}` : `, not all reported (${run_id})`
  return `${outcome} after ${formatDuration(elapsed_ms)}${told}`
}
