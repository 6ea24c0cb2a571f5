import { Opcode } from '../frame/opcode.ts'
import { defineMessage, type MessageCodec } from './codec.ts'
import { type QueryParameters, readQueryParameters, writeQueryParameters } from './query-parameters.ts'

/** EXECUTE: a prepared statement (native protocol v4, section 4.1.6). */
export interface Execute {
  /** As the server gave it in RESULT (Prepared). */
  id: Buffer
  parameters: QueryParameters
}

// <id short bytes><query_parameters>
export const execute: MessageCodec<Execute> = defineMessage({
  name: 'EXECUTE',
  opcode: Opcode.EXECUTE,
  isResponse: false,
  write(writer, message, version) {
    writer.shortBytes(message.id)
    writeQueryParameters(writer, message.parameters, version)
  },
  read(reader, version) {
    return { id: reader.shortBytes(), parameters: readQueryParameters(reader, version) }
  },
})
