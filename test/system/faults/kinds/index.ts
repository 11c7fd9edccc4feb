import { clientFaults } from './clients.ts'
import { diskFaults } from './disk.ts'
import { failoverFaults } from './failover.ts'
import type { Fault } from './fault.ts'
import { instanceFaults } from './instances.ts'
import { postgresFaults } from './postgres.ts'
import { redisFaults } from './redis.ts'

export const FAULTS: Fault[] = [
  ...instanceFaults,
  ...redisFaults,
  ...postgresFaults,
  ...clientFaults,
  ...diskFaults,
  ...failoverFaults,
]
