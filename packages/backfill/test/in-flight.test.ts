import { describe, expect, it } from 'vitest'
import { InFlight } from '../src/in-flight.ts'

describe('InFlight', () => {
  it('admits up to its bounds, then in the order of asking as others leave', async () => {
    const inFlight = new InFlight({ rowsMax: 3, bytesMax: 100 })
    const admitted: string[] = []
    const enter = (name: string, rows: number, bytes: number) =>
      inFlight.enter(rows, bytes).then(() => admitted.push(name))
    await Promise.all([enter('a', 2, 10), enter('b', 1, 10)])
    const later = [enter('c', 2, 10), enter('d', 1, 10)]
    await Promise.resolve()
    expect(admitted).toStrictEqual(['a', 'b'])
    inFlight.leave(1, 10)
    await Promise.resolve()
    expect(admitted).toStrictEqual(['a', 'b'])
    inFlight.leave(2, 10)
    await Promise.all(later)
    expect(admitted).toStrictEqual(['a', 'b', 'c', 'd'])
    expect([inFlight.rows, inFlight.bytes]).toStrictEqual([3, 20])
  })

  it('bounds bytes too, and admits what is larger than the bound when nothing else is in flight', async () => {
    const inFlight = new InFlight({ rowsMax: 100, bytesMax: 100 })
    await inFlight.enter(1, 60)
    let isAdmitted = false
    const large = inFlight.enter(1, 500).then(() => {
      isAdmitted = true
    })
    await Promise.resolve()
    expect(isAdmitted).toBe(false)
    inFlight.leave(1, 60)
    await large
    expect(inFlight.bytes).toBe(500)
  })
})
