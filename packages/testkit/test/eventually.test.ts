import { describe, expect, it } from 'vitest'
import { eventually } from '../src/index.ts'

describe('eventually', () => {
  it('looks until the check is true, and gives its value', async () => {
    let looks = 0
    const value = await eventually(
      () => {
        looks += 1
        if (looks < 3) throw new Error('not yet')
        return looks === 3 ? false : looks
      },
      { everyMs: 1 },
    )
    expect(value).toBe(4)
  })

  it('says what the last look gave when the time is over', async () => {
    const look = eventually(() => Promise.reject(new Error('still closed')), { timeoutMs: 20, everyMs: 5 })
    await expect(look).rejects.toMatchObject({
      code: 'EVENTUALLY_TIMED_OUT',
      message: 'not true within 20 ms, at last: still closed',
      cause: expect.objectContaining({ message: 'still closed' }),
    })
    await expect(eventually(() => false, { timeoutMs: 5, everyMs: 1 })).rejects.toThrow('the check returned false')
  })
})
