import { Consistency, encodeRequest, query } from '@zdmkit/protocol'
import { eventually } from '@zdmkit/testkit'
import { it } from 'vitest'
import { ProxyFixture } from '../support/proxy-fixture.ts'
import { resultOf } from '../support/raw-client.ts'

const HALF = 16_384
const READ = 'SELECT v FROM ks.t WHERE k = 1'

it('A connection half of whose streams were never answered is replaced before none is left', {
  timeout: 30_000,
}, async () => {
  await using fixture = await ProxyFixture.start({ options: { requestTimeoutMs: 1_000, streamIdsMax: 32_768 } })
  const client = await fixture.client()
  const gate = fixture.origin.hold(READ)
  const answers = Array.from({ length: HALF }, (_, stream) => client.expect(stream))
  const parameters = { consistency: Consistency.ONE }
  client.write(
    Buffer.concat(
      answers.map((_, stream) => encodeRequest(query, { query: READ, parameters }, { version: 4, stream })),
    ),
  )
  await Promise.all(answers)
  await eventually(() => fixture.log.of('cluster-connection-retired').length === 1)
  await eventually(async () => resultOf(await client.query('SELECT v FROM ks.t WHERE k = 2')).kind === 'rows')
  // Nobody waits on the old one, so it is closed; the control connection and the new one are left.
  await eventually(() => fixture.origin.connections.length === 2)
  gate.release()
})
