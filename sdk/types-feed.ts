// Written by `npm run sdk:types` from schemas/.

import type { Metrics, RunStatus } from './types-run.ts'

/** A run has begun */
export type RunStartEvent = {
  /** Where to go on from, as Last-Event-ID or last_event_id */
  id: string
  type: 'test_start'
  run_id: string
  /** When the server took it */
  timestamp: string
  /** Of the run, after it */
  version: number
  status: RunStatus
  data: {
    network: string
    el_client: string
    cl_client: string
    labels: Record<string, string>
  }
}

/** The metrics of a run that are the newest by its reporter's clock */
export type RunProgressEvent = {
  /** Where to go on from, as Last-Event-ID or last_event_id */
  id: string
  type: 'test_progress'
  run_id: string
  /** When the server took it */
  timestamp: string
  /** Of the run, after it */
  version: number
  status: RunStatus
  data: Metrics
}

/** A run is over: its reporter said so, or its time ran out */
export type RunCompleteEvent = {
  /** Where to go on from, as Last-Event-ID or last_event_id */
  id: string
  type: 'test_complete'
  run_id: string
  /** When the server took it */
  timestamp: string
  /** Of the run, after it */
  version: number
  status: RunStatus
  data: {
    success: boolean
    error: string | null
    final_block: number | null
    final_slot: number | null
  }
}

/** The reporter of a run has fallen silent */
export type RunStaleEvent = {
  /** Where to go on from, as Last-Event-ID or last_event_id */
  id: string
  type: 'test_stale'
  run_id: string
  /** When the server took it */
  timestamp: string
  /** Of the run, after it */
  version: number
  status: RunStatus
  data: {
    /** Since when */
    error: string
  }
}

/** The reporter of a stale run was heard of again */
export type RunRevivedEvent = {
  /** Where to go on from, as Last-Event-ID or last_event_id */
  id: string
  type: 'test_revived'
  run_id: string
  /** When the server took it */
  timestamp: string
  /** Of the run, after it */
  version: number
  status: RunStatus
  data: Record<string, never>
}

export type RunEvent = RunStartEvent | RunProgressEvent | RunCompleteEvent | RunStaleEvent | RunRevivedEvent

/** What came after the last event that the reader had is not kept any more: read the runs anew */
export type RunFeedReset = {
  type: 'reset'
  /** Where to go on from */
  id?: string | null | undefined
  /** When the server said so */
  timestamp: string
}
