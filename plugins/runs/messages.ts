import type { RunEvent } from '../../engine/run/event.ts'
import type { RunState, RunStatus } from '../../engine/run/state.ts'
import type { Step } from '../../engine/run/transitions.ts'
import { iso } from './codec.ts'

export type RunMessageType = 'test_start' | 'test_progress' | 'test_complete' | 'test_stale' | 'test_revived'

/** What the readers of the feed get: syncoor's four fields, and beside them what orders and explains the message. */
export type RunMessage = {
  /** `<epoch>-<version>-<run_id>` */
  id: string
  type: RunMessageType
  run_id: string
  timestamp: string
  version: number
  status: RunStatus
  data: unknown
}

/** Those of these steps that readers are told of, one JSON text per line. */
export function messagesOf(steps: readonly Step[], epoch: number): string | undefined {
  const lines = steps.flatMap(({ state, event }) => {
    const told = tell(state, event)
    if (!told) return []
    const { run_id, version, status } = state
    const id = `${epoch}-${version}-${run_id}`
    const timestamp = iso(event.at)
    return [JSON.stringify({ id, ...told, run_id, timestamp, version, status } satisfies RunMessage)]
  })
  return lines.length > 0 ? lines.join('\n') : undefined
}

/** A keepalive alone tells readers nothing new. */
function tell(state: RunState, { type, data }: RunEvent): Pick<RunMessage, 'type' | 'data'> | null {
  switch (type) {
    case 'run.started': {
      const { network, labels, el_client, cl_client } = state
      return {
        type: 'test_start',
        data: { network, el_client: el_client.type, cl_client: cl_client.type, labels },
      }
    }
    case 'run.progressed':
      // The newest and not those that a late report brought: readers show what comes last.
      return { type: 'test_progress', data: state.current?.metrics }
    case 'run.went_stale':
      return { type: 'test_stale', data }
    case 'run.revived':
      return { type: 'test_revived', data }
    case 'run.completed':
    case 'run.failed': {
      const { success, error, final_block, final_slot } = data
      return { type: 'test_complete', data: { success, error, final_block, final_slot } }
    }
    default:
      return null
  }
}
