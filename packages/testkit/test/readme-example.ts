import { ErrorCode } from '@zdmkit/protocol'
import { reply, ScriptedServer } from '@zdmkit/testkit'
import { CqlConnection } from '@zdmkit/transport'

export async function example(): Promise<string> {
  await using origin = await ScriptedServer.start({ name: 'origin' })
  origin.prime(/^INSERT/, reply.error(ErrorCode.OVERLOADED, 'not now'), { times: 1 })

  await using connection = await CqlConnection.open({ host: origin.host, port: origin.port })
  const insert = "INSERT INTO training.users (user_id, username) VALUES (uuid(), 'ann')"
  const refused = await connection.query(insert).catch((error: Error) => error.message)
  await connection.query(insert)

  const stored = origin.find(/^INSERT/).map((request) => request.type)
  return `${refused}, then ${stored.join(' and ')}`
}
