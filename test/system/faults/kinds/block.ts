/**
 * Loaded into a server with `--import`: SIGUSR2 keeps its event loop busy for BLOCK_MS, as a computation does that should
 * not be there. Unlike SIGSTOP it stops nothing else: the kernel goes on taking connections, timers pile up.
 */
process.on('SIGUSR2', () => {
  const until = performance.now() + Number(process.env.BLOCK_MS)
  while (performance.now() < until);
})

export {}
