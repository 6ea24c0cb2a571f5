import { MetricsRegistry } from '@zdmkit/runtime'
import { describe, expect, expectTypeOf, it } from 'vitest'

function family() {
  const registry = new MetricsRegistry()
  return { registry, family: registry.counterFamily({ name: 'f_total', help: 'f', labelNames: ['node', 'error'] }) }
}

describe('HotFamily', () => {
  it('gives the same recorder for the same labels, in whatever order they are named', () => {
    const { family: errors } = family()
    const child = errors.child({ node: 'a', error: 'other' })
    expect(errors.child({ error: 'other', node: 'a' })).toBe(child)
    expect(errors.child({ node: 'other', error: 'a' })).not.toBe(child)
  })

  it('keeps apart values that look alike when joined', () => {
    const { family: errors } = family()
    expect(errors.child({ node: 'a","b', error: 'c' })).not.toBe(errors.child({ node: 'a', error: 'b","c' }))
  })

  it('takes a removed series out of the next scrape and starts a new one at zero', async () => {
    const { registry, family: errors } = family()
    const labels = { node: 'a', error: 'other' }
    errors.child(labels).inc(5)
    expect(errors.remove(labels)).toBe(true)
    expect(errors.remove(labels)).toBe(false)
    expect(await registry.text()).toBe('# HELP f_total f\n# TYPE f_total counter\n')
    expect(errors.child(labels).value).toBe(0)
  })

  it('does not see later changes of the object that named the labels', async () => {
    const { registry, family: errors } = family()
    const labels = { node: 'a', error: 'other' }
    errors.child(labels).inc()
    labels.node = 'b'
    expect(await registry.text()).toContain('f_total{node="a",error="other"} 1\n')
  })

  it('asks for exactly its labels', () => {
    const { family: errors } = family()
    expectTypeOf(errors.child).parameter(0).toEqualTypeOf<Readonly<Record<'node' | 'error', string>>>()
    for (const labels of [{}, { node: 'a' }, { node: 'a', error: 'b', more: 'c' }, { node: 'a', error: 1 }]) {
      expect(() => errors.child(labels as never)).toThrow(expect.objectContaining({ code: 'METRICS_BAD_LABELS' }))
    }
  })

  it('lists its children in the order they were made', () => {
    const { family: errors } = family()
    for (const node of ['c', 'a', 'b']) errors.child({ node, error: 'other' })
    expect(Array.from(errors.children(), ({ labels }) => labels.node)).toStrictEqual(['c', 'a', 'b'])
  })
})
