import type { Test } from 'tap'
import { answersSuite } from './state-store/answers.ts'
import { commitsSuite } from './state-store/commits.ts'
import type { CreateBackend } from './state-store/given.ts'
import { listsSuite } from './state-store/lists.ts'
import { outboxesSuite } from './state-store/outboxes.ts'
import { watchingSuite } from './state-store/watching.ts'

/** Every sentence of plugins/store/state-store.ts and outbox.ts. A new backend has to pass it, unchanged. */
export function stateStoreSuite(t: Test, create: CreateBackend): void {
  for (const suite of [commitsSuite, answersSuite, listsSuite, watchingSuite, outboxesSuite]) suite(t, create)
}
