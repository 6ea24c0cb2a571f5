import { describe, expect, it } from 'vitest'
import { ProxyError } from '../../src/errors.ts'
import { changeRouting, initialRouting, type Routing, type WriteMode } from '../../src/routing/routing.ts'
import type { ClusterName } from '../../src/side.ts'

const dual: Routing = { writes: 'dual', primary: 'origin', readMode: 'PRIMARY_ONLY', targetReadPercent: 0 }
const originOnly: Routing = { ...dual, writes: 'origin' }
const targetOnly: Routing = { writes: 'target', primary: 'target', readMode: 'PRIMARY_ONLY', targetReadPercent: 100 }

/** The code and text of what the change is refused with. */
function refusal(current: Routing, change: unknown): { code: string; message: string } {
  try {
    changeRouting(current, change)
  } catch (cause) {
    if (cause instanceof ProxyError) return { code: cause.code, message: cause.message }
    throw cause
  }
  throw new Error('the change was accepted')
}

describe('initialRouting', () => {
  it.each<[ClusterName, WriteMode, number]>([
    ['origin', 'dual', 0],
    ['origin', 'origin', 0],
    ['target', 'dual', 100],
    ['target', 'target', 100],
  ])('reads from the primary: %s with writes %s reads %i %% from the target', (primary, writes, targetReadPercent) => {
    expect(initialRouting(primary, 'PRIMARY_ONLY', writes)).toStrictEqual({
      writes,
      primary,
      readMode: 'PRIMARY_ONLY',
      targetReadPercent,
    })
  })

  it.each<[ClusterName, WriteMode]>([
    ['origin', 'target'],
    ['target', 'origin'],
  ])('refuses primary %s with writes %s only', (primary, writes) => {
    expect(() => initialRouting(primary, 'PRIMARY_ONLY', writes)).toThrow(
      expect.objectContaining({ code: 'PROXY_ROUTING_CONFLICT' }),
    )
  })
})

describe('changeRouting', () => {
  it.each<[string, Routing, unknown, Routing]>([
    ['nothing', dual, {}, dual],
    ['writes to dual', originOnly, { writes: 'dual' }, dual],
    ['writes to origin', dual, { writes: 'origin' }, originOnly],
    ['the read mode', dual, { readMode: 'DUAL_ASYNC_ON_SECONDARY' }, { ...dual, readMode: 'DUAL_ASYNC_ON_SECONDARY' }],
    ['the share of reads', dual, { targetReadPercent: 10 }, { ...dual, targetReadPercent: 10 }],
    [
      'the primary, and the reads with it',
      dual,
      { primary: 'target' },
      { ...dual, primary: 'target', targetReadPercent: 100 },
    ],
    [
      'the primary back, and the reads with it',
      { ...dual, primary: 'target', targetReadPercent: 100 },
      { primary: 'origin' },
      dual,
    ],
    [
      'the primary, with a share of its own',
      dual,
      { primary: 'target', targetReadPercent: 50 },
      { ...dual, primary: 'target', targetReadPercent: 50 },
    ],
    [
      'no share when the primary is named again',
      { ...dual, targetReadPercent: 30 },
      { primary: 'origin' },
      { ...dual, targetReadPercent: 30 },
    ],
    ['everything at once', dual, { ...targetOnly }, targetOnly],
    [
      'to the target only, the primary and the reads with it',
      dual,
      { writes: 'target', primary: 'target' },
      targetOnly,
    ],
  ])('changes %s', (_what, current, change, expected) => {
    expect(changeRouting(current, change)).toStrictEqual(expected)
  })

  it('leaves the current value alone and gives a frozen one', () => {
    const current = { ...dual }
    const changed = changeRouting(current, { targetReadPercent: 1 })
    expect(current).toStrictEqual(dual)
    expect(Object.isFrozen(changed)).toBe(true)
  })

  it.each([null, 1, 'dual', true, [], [{ writes: 'dual' }]])('refuses %j, which is no object', (change) => {
    expect(refusal(dual, change)).toStrictEqual({
      code: 'PROXY_ROUTING_BAD_VALUE',
      message: 'routing must be a JSON object',
    })
  })

  it('names an unknown field and those there are, and cuts a long name', () => {
    expect(refusal(dual, { write: 'dual' })).toStrictEqual({
      code: 'PROXY_ROUTING_BAD_VALUE',
      message: 'routing has no field "write"; its fields are writes, primary, readMode, targetReadPercent',
    })
    expect(refusal(dual, { ['x'.repeat(1000)]: 1 }).message.length).toBeLessThan(150)
  })

  it.each<[string, unknown, string]>([
    ['writes', 'both', 'writes must be one of origin, dual, target'],
    ['writes', null, 'writes must be one of origin, dual, target'],
    ['primary', 'dual', 'primary must be one of origin, target'],
    ['primary', 'ORIGIN', 'primary must be one of origin, target'],
    ['readMode', 'primary_only', 'readMode must be one of PRIMARY_ONLY, DUAL_ASYNC_ON_SECONDARY'],
    ['readMode', 0, 'readMode must be one of PRIMARY_ONLY, DUAL_ASYNC_ON_SECONDARY'],
    ...[-1, 101, 0.5, '10', null, Number.NaN, Number.POSITIVE_INFINITY, [10]].map(
      (value): [string, unknown, string] => [
        'targetReadPercent',
        value,
        'targetReadPercent must be an integer from 0 to 100',
      ],
    ),
  ])('refuses %s: %j', (field, value, message) => {
    expect(refusal(dual, { [field]: value })).toStrictEqual({ code: 'PROXY_ROUTING_BAD_VALUE', message })
  })

  it.each<[string, Routing, unknown, string]>([
    [
      'reads from the target while it gets no writes',
      originOnly,
      { targetReadPercent: 1 },
      'writes: origin needs primary: origin and targetReadPercent: 0 (asked: primary origin, 1 %)',
    ],
    ['a primary that gets no writes', originOnly, { primary: 'target' }, 'asked: primary target, 100 %'],
    [
      'reads from the origin once it gets no writes',
      targetOnly,
      { targetReadPercent: 99 },
      'writes: target needs primary: target and targetReadPercent: 100',
    ],
    [
      'to leave dual writes while reads are shared',
      { ...dual, targetReadPercent: 50 },
      { writes: 'origin' },
      'asked: primary origin, 50 %',
    ],
    [
      'writes to the target alone while the origin is primary',
      dual,
      { writes: 'target' },
      'asked: primary origin, 0 %',
    ],
    [
      'compared reads without dual writes',
      originOnly,
      { readMode: 'DUAL_ASYNC_ON_SECONDARY' },
      'writes: origin needs readMode: PRIMARY_ONLY',
    ],
    [
      'to leave dual writes while reads are compared',
      { ...dual, readMode: 'DUAL_ASYNC_ON_SECONDARY' },
      { writes: 'origin' },
      'comparing reads needs dual writes',
    ],
  ])('refuses %s', (_what, current, change, text) => {
    const { code, message } = refusal(current, change)
    expect(code).toBe('PROXY_ROUTING_CONFLICT')
    expect(message).toContain(text)
  })
})
