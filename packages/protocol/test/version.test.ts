import { isSupportedVersion } from '@zdmkit/protocol'
import { describe, expect, it } from 'vitest'

describe('isSupportedVersion', () => {
  it('holds for 3 and 4', () => {
    const versions = Array.from({ length: 128 }, (_, n) => n)
    expect(versions.filter(isSupportedVersion)).toStrictEqual([3, 4])
  })
})
