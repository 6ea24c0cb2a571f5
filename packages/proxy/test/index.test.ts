import { describe, expect, it } from 'vitest'
import * as proxy from '../src/index.ts'

describe('@zdmkit/proxy', () => {
  it('exports exactly these names', () => {
    expect(Object.keys(proxy).sort()).toStrictEqual([
      'ProxyError',
      'RunningProxy',
      'changeRouting',
      'initialRouting',
      'proxyErrorCodes',
      'proxyOptions',
      'proxySettings',
      'run',
      'startProxy',
    ])
  })
})
