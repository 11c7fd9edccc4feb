import type { ComponentType } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { report } from './failures.ts'

/**
 * A component whose module is loaded once it is `wanted`: for what most visits never see. Null until it is there. `load`
 * must stay the same function.
 */
export function useLater<Props>(
  load: () => Promise<ComponentType<Props>>,
  wanted: boolean,
): ComponentType<Props> | null {
  const [component, setComponent] = useState<{ it: ComponentType<Props> } | null>(null)
  useEffect(() => {
    if (wanted && !component) load().then((it) => setComponent({ it }), report)
  }, [load, wanted, component])
  return component?.it ?? null
}
