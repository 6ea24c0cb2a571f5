import { Opcode } from '../frame/opcode.ts'
import { defineMessage, type MessageCodec } from './codec.ts'
import { type QueryParameters, readQueryParameters, writeQueryParameters } from './query-parameters.ts'

/** QUERY: a statement as text (native protocol v4, section 4.1.4). */
export interface Query {
  query: string
  parameters: QueryParameters
}

// <query long string><query_parameters>
export const query: MessageCodec<Query> = defineMessage({
  name: 'QUERY',
  opcode: Opcode.QUERY,
  isResponse: false,
  write(writer, message, version) {
    writer.longString(message.query)
    writeQueryParameters(writer, message.parameters, version)
  },
  read(reader, version) {
    return { query: reader.longString(), parameters: readQueryParameters(reader, version) }
  },
})
