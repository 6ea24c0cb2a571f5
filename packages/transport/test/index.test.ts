import * as transport from '@zdmkit/transport'
import { describe, expect, it } from 'vitest'

describe('@zdmkit/transport', () => {
  it('has exactly these public names', () => {
    expect(Object.keys(transport).sort()).toStrictEqual([
      'Channel',
      'CqlConnection',
      'Framer',
      'Gatherer',
      'STREAM_IDS_MAX',
      'ServerError',
      'StreamIds',
      'TransportError',
      'connectSocket',
      'decodeResult',
      'exchange',
      'firstToken',
      'nextToken',
      'openChannel',
      'plainToken',
      'startUp',
      'transportErrorCodes',
    ])
  })
})
