import type { Axis } from './axis.ts'
import { panRange, zoomRange } from './range.ts'
import type { Range } from './range.ts'
import type { Store } from './state.ts'

/** How far the pointer goes before a click becomes a drag. */
const DRAG = 4

/** Wheel and pointer on the timeline: Ctrl and the wheel zooms, Shift and the wheel or a drag moves through time. */
export function bindGestures(grid: HTMLElement, axis: Axis, store: Store): void {
  grid.addEventListener('wheel', (event) => turn(event, axis, store), { passive: false })
  let from: { readonly x: number; readonly range: Range } | null = null
  let dragged = false
  grid.addEventListener('pointerdown', (event) => {
    const target = event.target instanceof Element ? event.target : null
    dragged = false
    from = event.button === 0 && target?.closest('.lane, .axis') != null ? { x: event.clientX, range: store.state.range } : null
  })
  grid.addEventListener('pointermove', (event) => {
    if (from === null || (!dragged && Math.abs(event.clientX - from.x) < DRAG)) return
    if (!dragged) grid.setPointerCapture(event.pointerId)
    dragged = true
    store.change({ range: panRange(from.range, (from.x - event.clientX) / axis.width) })
  })
  const end = () => {
    from = null
  }
  grid.addEventListener('pointerup', end)
  grid.addEventListener('pointercancel', end)
  // The click that ends a drag opens nothing.
  grid.addEventListener('click', (event) => dragged && event.stopPropagation(), { capture: true })
}

function turn(event: WheelEvent, axis: Axis, store: Store): void {
  const { range } = store.state
  if (event.ctrlKey || event.metaKey) {
    const at = (event.clientX - axis.labels.getBoundingClientRect().left) / axis.width
    store.change({ range: zoomRange(range, 2 ** (event.deltaY / 200), Math.min(Math.max(at, 0), 1)) })
  } else if (event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
    const by = event.shiftKey && event.deltaX === 0 ? event.deltaY : event.deltaX
    store.change({ range: panRange(range, by / axis.width) })
  } else return
  event.preventDefault()
}
