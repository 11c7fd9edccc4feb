import { enableCompileCache } from 'node:module'
import { Command, InvalidArgumentError } from 'commander'

enableCompileCache()
const { runDemo } = await import('./demo.ts')

/** `npm run demo -- [options]`: a server with something going on, until Ctrl-C. */
const program = new Command('npm run demo --')
  .description('start a server on which games and sync runs play by themselves; nothing is kept')
  .option('--port <port>', 'port to listen at; by default 3000 or the next free one', whole(0, 65_535))
  .option('--host <host>', 'address to listen at; 0.0.0.0 lets other devices look', '127.0.0.1')
  .option('--speed <times>', 'how many times faster than usual everybody acts', whole(1, 1000), 1)
  .option('--seed <text>', 'chooses what happens; the same text, the same happenings', 'kairos')
  .parse()

await runDemo(program.opts()).catch((error: NodeJS.ErrnoException) => {
  const taken = error.code === 'EADDRINUSE'
  program.error(`Cannot start: ${taken ? `port ${program.opts().port} is in use` : error.message}`)
})

function whole(least: number, most: number) {
  return (text: string): number => {
    const value = Number(text)
    if (/^\d+$/.test(text) && value >= least && value <= most) return value
    throw new InvalidArgumentError(`It must be a whole number from ${least} to ${most}.`)
  }
}
