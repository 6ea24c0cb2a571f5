import { describe, expect, it } from 'vitest'
import { createFunctionValues } from '../../src/write/function-values.ts'

describe('createFunctionValues', () => {
  const values = createFunctionValues(() => Date.UTC(2024, 1, 29, 23, 59, 58, 7) + 0.75)

  it('gives time, date and timestamp of the clock, in UTC', () => {
    expect(values.timestampMs()).toBe(Date.UTC(2024, 1, 29, 23, 59, 58, 7))
    expect(values.date()).toBe('2024-02-29')
    expect(values.time()).toBe('23:59:58.007000000')
  })

  it('gives a new uuid of version 4 or 1 with each call', () => {
    expect(values.uuid()).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
    expect(values.uuid()).not.toBe(values.uuid())
    expect(values.timeUuid()).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-1[0-9a-f]{3}-/)
    expect(values.timeUuid()).not.toBe(values.timeUuid())
  })
})
