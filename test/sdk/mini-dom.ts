type Listener = (event: unknown) => void

/** As much of a document as React needs to render into: nothing is laid out, and nothing is parsed. */
class MiniNode {
  readonly nodeType: number
  readonly nodeName: string
  readonly ownerDocument: unknown
  readonly style = {}
  parentNode: MiniNode | null = null
  childNodes: MiniNode[] = []
  nodeValue = ''
  /** The last one for each event that bubbles: React listens at its root alone. */
  readonly listeners = new Map<string, Listener>()

  constructor(nodeName: string, ownerDocument: unknown, nodeType = 1) {
    this.nodeName = nodeName.toUpperCase()
    this.ownerDocument = ownerDocument
    this.nodeType = nodeType
  }

  get tagName() {
    return this.nodeName
  }

  get firstChild(): MiniNode | null {
    return this.childNodes[0] ?? null
  }

  get lastChild(): MiniNode | null {
    return this.childNodes.at(-1) ?? null
  }

  get textContent(): string {
    return this.nodeValue + this.childNodes.map(({ textContent }) => textContent).join('')
  }

  set textContent(text: string) {
    this.childNodes = []
    if (text) this.appendChild(textNode(text))
  }

  appendChild(child: MiniNode) {
    return this.insertBefore(child, null)
  }

  insertBefore(child: MiniNode, before: MiniNode | null) {
    child.parentNode?.removeChild(child)
    this.childNodes.splice(before ? this.childNodes.indexOf(before) : this.childNodes.length, 0, child)
    child.parentNode = this
    return child
  }

  removeChild(child: MiniNode) {
    this.childNodes.splice(this.childNodes.indexOf(child), 1)
    child.parentNode = null
    return child
  }

  setAttribute(name: string, value: unknown) {
    Object.assign(this, { [name]: String(value) })
  }

  removeAttribute(name: string) {
    Object.assign(this, { [name]: undefined })
  }

  addEventListener(type: string, listener: Listener, capture: unknown) {
    if (capture !== true) this.listeners.set(type, listener)
  }

  removeEventListener() {}
}

const document = {
  nodeType: 9,
  nodeName: '#document',
  visibilityState: 'visible',
  defaultView: globalThis,
  addEventListener() {},
  removeEventListener() {},
  createElement: (name: string) => new MiniNode(name, document),
  createTextNode: (text: string) => textNode(text),
  activeElement: null as MiniNode | null,
}

function textNode(text: string) {
  return Object.assign(new MiniNode('#text', document, 3), { nodeValue: text })
}

document.activeElement = new MiniNode('body', document)
Object.assign(globalThis, {
  window: globalThis,
  document,
  HTMLIFrameElement: class {},
  requestAnimationFrame: (fn: () => void) => setTimeout(fn, 16),
  cancelAnimationFrame: clearTimeout,
})

/** Where React renders to, and a click on what stands in it. */
export const root = document.createElement('div')
export const click = (target: MiniNode) =>
  root.listeners.get('click')?.({ type: 'click', target, button: 0, bubbles: true, timeStamp: Date.now() })
