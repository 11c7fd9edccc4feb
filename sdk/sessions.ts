import type { CallOptions } from './client-types.ts'
import { segment } from './endpoint.ts'
import type { Requester } from './request.ts'
import type {
  CreateSession,
  Session,
  SessionHistory,
  SessionHistoryQuery,
  SessionList,
  SessionListQuery,
  SessionStats,
  SessionStatsQuery,
  SwitchResult,
  SwitchTurn,
  Watchers,
} from './types.ts'

/** The calls about sessions. Each rejects with a SyncKairosError; those that change something take effect once. */
export type Sessions = {
  /** The identical create again answers with the stored session. */
  create(session: CreateSession, options?: CallOptions): Promise<Session>
  get(id: string, options?: CallOptions): Promise<Session>
  /** Newest first. */
  list(query?: SessionListQuery, options?: CallOptions): Promise<SessionList>
  start(id: string, options?: CallOptions): Promise<Session>
  pause(id: string, options?: CallOptions): Promise<Session>
  resume(id: string, options?: CallOptions): Promise<Session>
  complete(id: string, options?: CallOptions): Promise<Session>
  /** Ends the turn, and gives it to the next one in order or to the one named. */
  switch(id: string, turn?: SwitchTurn, options?: CallOptions): Promise<SwitchResult>
  /** One that does not exist is no error. */
  delete(id: string, options?: CallOptions): Promise<void>
  /** What happened, from the audit log; also when the session is gone. */
  history(id: string, query?: SessionHistoryQuery, options?: CallOptions): Promise<SessionHistory>
  /** The same as CSV; all of it unless `limit` is given. */
  historyCsv(id: string, query?: SessionHistoryQuery, options?: CallOptions): Promise<string>
  stats(id: string, query?: SessionStatsQuery, options?: CallOptions): Promise<SessionStats>
  /** Who watches it at present, on all instances. */
  watchers(id: string, options?: CallOptions): Promise<Watchers>
}

const ROOT = '/v1/sessions'

export function createSessions({ data, send, text }: Requester): Sessions {
  const at = (id: string, what = '') => `${ROOT}/${segment(id)}${what}`
  const change =
    (what: string) =>
    async (id: string, options?: CallOptions): Promise<Session> =>
      data({ method: 'POST', path: at(id, what), once: true }, options)

  return {
    create: (session, options) => data({ method: 'POST', path: ROOT, body: session, once: true }, options),
    get: async (id, options) => data({ method: 'GET', path: at(id) }, options),
    list: (query, options) => data({ method: 'GET', path: ROOT, query }, options),
    start: change('/start'),
    pause: change('/pause'),
    resume: change('/resume'),
    complete: change('/complete'),
    switch: async (id, turn = {}, options) =>
      data({ method: 'POST', path: at(id, '/switch'), body: turn, once: true }, options),
    async delete(id, options) {
      await send({ method: 'DELETE', path: at(id), once: true }, options)
    },
    history: async (id, query, options) => data({ method: 'GET', path: at(id, '/history'), query }, options),
    historyCsv: async (id, query, options) =>
      text({ method: 'GET', path: at(id, '/history'), query: { ...query, format: 'csv' } }, options),
    stats: async (id, query, options) => data({ method: 'GET', path: at(id, '/stats'), query }, options),
    watchers: async (id, options) => data({ method: 'GET', path: at(id, '/watchers') }, options),
  }
}
