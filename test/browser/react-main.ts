import type * as ReactModule from 'react'
import type * as ReactDom from 'react-dom/client'
import { createClient } from '../../sdk/index.ts'
import { SyncKairosProvider } from '../../sdk/react.ts'
import { createGame, type GameProps } from './react-game.ts'

declare global {
  interface Window {
    React: typeof ReactModule
    ReactDOM: typeof ReactDom
    game: { renders: number; frames: number; sockets: number; steps: number[] }
    show(id: string, players: string[]): void
    leave(): void
    setVisible(visible: boolean): void
    /** What the page does within so many frames. */
    duringFrames(count: number): Promise<{ frames: number; renders: number }>
  }
}

const { createElement: h, StrictMode } = window.React
const { createRoot, hydrateRoot } = window.ReactDOM

const query = new URLSearchParams(location.search)
const [server, mode] = [query.get('server') ?? '', query.get('mode')]

/** What the page does, counted where it leaves our code. */
const game = { renders: 0, frames: 0, sockets: 0, steps: [] as number[] }
window.game = game
const askForFrame = window.requestAnimationFrame.bind(window)
window.requestAnimationFrame = (callback) => {
  game.frames += 1
  return askForFrame(callback)
}
class CountedSocket extends WebSocket {
  constructor(...given: ConstructorParameters<typeof WebSocket>) {
    if (mode === 'streams') throw new DOMException('This page may open no sockets', 'SecurityError')
    super(...given)
    game.sockets += 1
  }
}

const client = createClient({ url: server, WebSocket: CountedSocket })
const Game = createGame(h)

const onRender = (left: number) => {
  game.renders += 1
  if (mode === 'step' && left !== game.steps.at(-1) && (left > 0 || game.steps.length > 0))
    game.steps.push(left)
}

const tree = (props: GameProps) => {
  const element = h(SyncKairosProvider, { client }, h(Game, props))
  return mode === 'strict' ? h(StrictMode, null, element) : element
}

const props = (id: string, players: string[]): GameProps => ({
  id,
  players,
  ...(mode === 'many' && { count: 20 }),
  ...(mode === 'step' && { step_ms: 500 }),
  onRender,
})

const first = tree(props(query.get('id') ?? '', (query.get('players') ?? '').split(',')))
const container = document.getElementById('root') as HTMLElement
const root = mode === 'hydrate' ? hydrateRoot(container, first) : createRoot(container)
if (mode !== 'hydrate') root.render(first)

window.show = (id, players) => root.render(tree(props(id, players)))
window.leave = () => root.render(null)

window.setVisible = (visible) => {
  Object.defineProperty(document, 'visibilityState', {
    value: visible ? 'visible' : 'hidden',
    configurable: true,
  })
  document.dispatchEvent(new Event('visibilitychange'))
}

window.duringFrames = async (count) => {
  const nextFrame = () => new Promise((resolve) => askForFrame(resolve))
  await nextFrame()
  const before = { ...game }
  for (let i = 0; i < count; i++) await nextFrame()
  return { frames: game.frames - before.frames, renders: game.renders - before.renders }
}
