/**
 * What is needed as soon as a session is followed. Loaded then: a page that only calls the server does without, and has
 * less to load.
 */
export { createClockSync } from './clock-sync.ts'
export { predict } from './prediction.ts'
export { createSocket } from './socket.ts'
