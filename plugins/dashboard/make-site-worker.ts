import { parentPort, workerData } from 'node:worker_threads'
import { makeSite } from './make-site.ts'
import type { SiteInput } from './site.ts'

parentPort?.postMessage(await makeSite(workerData as SiteInput))
