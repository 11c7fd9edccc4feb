#!/usr/bin/env node
import { enableCompileCache } from 'node:module'

// Only what is imported afterwards comes from the cache.
enableCompileCache()
const { run } = await import('./program.ts')
process.exitCode = await run(process.argv)
