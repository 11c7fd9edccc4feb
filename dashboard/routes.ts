/**
 * One page. Data alone, and no imports: the server reads this table, too, to know which addresses are pages and what
 * each of them needs.
 */
export type Route = {
  /** `:name` stands for one segment. Of two that fit, the first in the table is meant. */
  path: string
  /** Of the window, until the page knows better (`useTitle`). */
  title: string
  /** The module, whose default export is the page. */
  page: string
  /** Whether the page stands alone, without header and navigation. */
  bare?: true
}

export const ROUTES: readonly Route[] = [
  { path: '/', title: 'Sessions', page: './pages/sessions/sessions.ts' },
  { path: '/sessions/new', title: 'New session', page: './pages/new-session/new-session.ts' },
  { path: '/sessions/:id', title: 'Session', page: './pages/session/session.ts' },
  { path: '/s/:id', title: 'Clock', page: './pages/viewer/viewer.ts', bare: true },
  { path: '/runs', title: 'Runs', page: './pages/runs/runs.ts' },
  { path: '/runs/compare', title: 'Compare runs', page: './pages/compare/compare.ts' },
  { path: '/runs/:id', title: 'Run', page: './pages/run/run.ts' },
  { path: '/system', title: 'System', page: './pages/system/system.ts' },
  { path: '/components', title: 'Components', page: './pages/components/components.ts' },
]
