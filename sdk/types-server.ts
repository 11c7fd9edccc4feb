// Written by `npm run sdk:types` from schemas/.

export type ServerTime = {
  /** Now, in ms since the Unix epoch */
  timestamp_ms: number
  server_version: string
  /** How far a client clock may be off before it matters */
  drift_tolerance_ms: number
  /** As sent, in ms with fractions; only with ?t0= */
  t0?: number | undefined
  /** When the server got the request, in ms with fractions; only with ?t0= */
  t1?: number | undefined
  /** When the server answered, in ms with fractions; only with ?t0= */
  t2?: number | undefined
}

/** The process answers; says nothing about what it depends on */
export type Health = {
  status: 'ok'
  data: {
    status: 'healthy'
    /** Runs that report at present */
    active_tests: number
    /** Runs that are known */
    total_tests: number
  }
}

export type Check = {
  /** degraded: failed, but requests can be served without it */
  status: 'ok' | 'degraded' | 'failed'
  /** What is wrong */
  message?: string | undefined
}

export type Readiness = {
  status: 'ready' | 'not_ready'
  /** One for each dependency */
  checks: Record<string, Check>
}

/** A failure */
export type ErrorBody = {
  error: {
    /** What failed, for programs */
    code: string
    /** What failed, for people */
    message: string
    /** Depends on the code; for VALIDATION_ERROR a list of { field, message } */
    details?: unknown | undefined
    /** The X-Request-Id of the answer, to find it in the logs */
    request_id: string
  }
}
