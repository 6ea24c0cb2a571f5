// A process that has a supervised process and waits to be killed. Prints one line of JSON when both run.

import { Supervisor } from '../../src/embedded/supervisor.ts'

const [parentDirectory = '', kept] = process.argv.slice(2)
const supervisor = await Supervisor.start(parentDirectory, 'held-')
const child = await supervisor.spawn({
  // A process group of two, as mvn and its JVM are.
  file: '/bin/sh',
  args: ['-c', 'sleep 600 & wait'],
  cwd: supervisor.directory,
  env: {},
  logFile: `${supervisor.directory}/log`,
})
const handle = kept === 'keep' ? await supervisor.keep() : ''
const { directory, pid: watchdogPid } = supervisor
console.log(JSON.stringify({ directory, handle, pid: child.pid, watchdogPid }))
if (kept !== 'keep') setInterval(() => {}, 1_000)
