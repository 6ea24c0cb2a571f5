import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { TestkitError } from '../errors.ts'
import { JMX_USERNAME, moduleArguments, type NodeSettings } from './config.ts'
import type { Java } from './java.ts'

/**
 * Runs one nodetool command, such as `['flush', 'training']`, against a node with a JMX port, and gives what it prints.
 * A JVM starts for it, which takes about a second.
 *
 * @throws EMBEDDED_JMX_CLOSED when the cluster was started without `jmx: true`.
 * @throws EMBEDDED_NODETOOL_FAILED
 */
export async function runNodetool(
  settings: NodeSettings,
  { java, jars }: { java: Java; jars: readonly string[] },
  command: readonly string[],
): Promise<string> {
  const { directory, jmxPort } = settings
  if (jmxPort === null) {
    throw new TestkitError('EMBEDDED_JMX_CLOSED', 'nodetool needs a JMX port: start the cluster with jmx: true')
  }
  const args = [
    '-XX:TieredStopAtLevel=1',
    '-XX:-UsePerfData',
    `-Djava.io.tmpdir=${directory}/tmp`,
    `-Duser.home=${directory}`,
    `-Dcassandra.storagedir=${directory}`,
    ...moduleArguments(),
    ...['-cp', [`${directory}/conf`, ...jars].join(':'), 'org.apache.cassandra.tools.NodeTool'],
    ...['-h', '127.0.0.1', '-p', String(jmxPort), '-u', JMX_USERNAME, '-pwf', `${directory}/conf/jmx.password`],
    ...command,
  ]
  try {
    const { stdout } = await promisify(execFile)(java.path, args, { cwd: directory, timeout: 60_000 })
    return stdout
  } catch (cause) {
    const message = `nodetool ${command.join(' ')} failed on ${settings.host}: ${firstLine(cause)}`
    throw new TestkitError('EMBEDDED_NODETOOL_FAILED', message, { cause })
  }
}

/** execFile adds what the program wrote to its error. */
function firstLine(error: unknown): string {
  const { stdout = '', stderr = '', message = '' } = error as { stdout?: string; stderr?: string; message?: string }
  return `${stderr}${stdout}`.trim().split('\n')[0] || message
}
