import { defineSettings, describeSettings, type SettingsTable, settingsMarkdown } from '@zdmkit/runtime'
import { describe, expect, it } from 'vitest'
import { table } from '../support/example-table.ts'

const small: SettingsTable = defineSettings({
  tool: 'zdm-small',
  summary: 'Shows one key of each type.',
  examples: ['zdm-small --config small.yaml'],
  envPrefix: 'ZDM_',
  definitions: {
    user: { type: 'string', required: true, description: 'Name of the user.' },
    log_file: { type: 'path', description: 'Where lines go.' },
    rate: { type: 'float', default: 0.5, min: 0, max: 1, description: 'Share of requests.' },
    stream_ids: { type: 'integer', default: 2048, max: 32768, unit: 'ids', description: 'Ids in use.' },
    wait_ms: { type: 'duration_ms', default: 250, description: 'Time between tries.' },
    verbose: { type: 'boolean', default: false, description: 'Say more.' },
    mode: { type: 'enum', values: ['A', 'B'], default: 'A', description: 'A | B.' },
    hosts: { type: 'list', required: true, group: 'Network', description: 'Addresses.' },
    ports: { type: 'list', items: 'integer', default: [1, 2], group: 'Network', description: 'Ports.' },
    versions: { type: 'list', items: 'enum', values: ['3', '4'], group: 'Network', description: 'Versions.' },
    port: {
      type: 'port',
      default: 14002,
      group: 'Network',
      description:
        'A description that is much longer than the others, so that it does not fit one line of the help text and has to be wrapped.',
    },
    token: { type: 'secret', env: 'TOKEN', default: 'hunter2', group: 'Network', description: 'Admin token.' },
  },
})

describe('describeSettings', () => {
  it('prints usage, examples and every flag by group', () => {
    expect(describeSettings(small)).toMatchInlineSnapshot(`
      "Shows one key of each type.

      Usage:
        zdm-small [--config FILE] [--key value ...]

      Examples:
        zdm-small --config small.yaml

      A flag wins over the environment, the environment over the file (YAML, same keys with underscores).

      Settings:
        --user TEXT
            Name of the user.
            a text; required; env ZDM_USER
        --log-file FILE
            Where lines go.
            a path; no default; env ZDM_LOG_FILE
        --rate NUMBER
            Share of requests.
            a number (0..1); default 0.5; env ZDM_RATE
        --stream-ids NUMBER
            Ids in use.
            an integer (at most 32768), ids; default 2048; env ZDM_STREAM_IDS
        --wait-ms MS
            Time between tries.
            a whole number of milliseconds (at least 0); default 250; env ZDM_WAIT_MS
        --verbose
            Say more.
            true or false; default false; env ZDM_VERBOSE
        --mode NAME
            A | B.
            one of A, B; default A; env ZDM_MODE

      Network:
        --hosts LIST
            Addresses.
            a comma-separated list; required; env ZDM_HOSTS
        --ports LIST
            Ports.
            a comma-separated list of integers; default 1,2; env ZDM_PORTS
        --versions LIST
            Versions.
            a comma-separated list of 3, 4; empty by default; env ZDM_VERSIONS
        --port PORT
            A description that is much longer than the others, so that it does not fit one line of the
            help text and has to be wrapped.
            a port (1..65535); default 14002; env ZDM_PORT
        --token TEXT
            Admin token.
            a text; default [redacted]; env TOKEN or TOKEN_FILE

      Everywhere:
        --config FILE   settings file, also by ZDM_CONFIG
        --version       print the version
        --help          print this text
      "
    `)
  })

  it('keeps within 100 columns', () => {
    const long = describeSettings(table)
      .split('\n')
      .filter((line) => line.length > 100)
    expect(long).toStrictEqual([])
  })
})

describe('settingsMarkdown', () => {
  it('prints a table per group', () => {
    expect(settingsMarkdown(small)).toMatchInlineSnapshot(`
      "# Settings of zdm-small

      Shows one key of each type.

      ## Settings

      | key | environment | value | default | meaning |
      | --- | --- | --- | --- | --- |
      | \`user\` | \`ZDM_USER\` | a text | required | Name of the user. |
      | \`log_file\` | \`ZDM_LOG_FILE\` | a path | – | Where lines go. |
      | \`rate\` | \`ZDM_RATE\` | a number (0..1) | \`0.5\` | Share of requests. |
      | \`stream_ids\` | \`ZDM_STREAM_IDS\` | an integer (at most 32768), ids | \`2048\` | Ids in use. |
      | \`wait_ms\` | \`ZDM_WAIT_MS\` | a whole number of milliseconds (at least 0) | \`250\` | Time between tries. |
      | \`verbose\` | \`ZDM_VERBOSE\` | true or false | \`false\` | Say more. |
      | \`mode\` | \`ZDM_MODE\` | one of A, B | \`A\` | A \\| B. |

      ## Network

      | key | environment | value | default | meaning |
      | --- | --- | --- | --- | --- |
      | \`hosts\` | \`ZDM_HOSTS\` | a comma-separated list | required | Addresses. |
      | \`ports\` | \`ZDM_PORTS\` | a comma-separated list of integers | \`1,2\` | Ports. |
      | \`versions\` | \`ZDM_VERSIONS\` | a comma-separated list of 3, 4 | empty | Versions. |
      | \`port\` | \`ZDM_PORT\` | a port (1..65535) | \`14002\` | A description that is much longer than the others, so that it does not fit one line of the help text and has to be wrapped. |
      | \`token\`, \`token_file\` | \`TOKEN\`, \`TOKEN_FILE\` | a text | \`[redacted]\` | Admin token. |
      "
    `)
  })

  it('has a row for every key', () => {
    const rows = settingsMarkdown(table)
      .split('\n')
      .filter((line) => line.startsWith('| `'))
    expect(rows).toHaveLength(Object.keys(table.definitions).length)
  })
})
