// A process that starts a cluster in the given folder and waits to be killed. Prints one line of JSON when it is ready.

import { EmbeddedCassandra } from '../../src/index.ts'

const cluster = await EmbeddedCassandra.start({ version: '4.0', directory: process.argv[2] ?? '' })
console.log(JSON.stringify({ pids: cluster.nodes.map(({ pid }) => pid) }))
setInterval(() => {}, 1_000)
