import type { Bench } from './harness.ts'
import { inspect } from './inner-modules.ts'
import { insertWithFunctions, longInsert, shortSelect } from './sample-statements.ts'

/** One operation is one statement inspected. */
export const statementBenches: readonly Bench[] = [
  { name: `statement: inspect a select of ${shortSelect.length} characters`, run: inspectText(shortSelect) },
  { name: `statement: inspect an insert of ${longInsert.length} characters`, run: inspectText(longInsert) },
  {
    name: `statement: inspect an insert of ${insertWithFunctions.length} characters, two functions`,
    run: inspectText(insertWithFunctions),
  },
]

function inspectText(text: string): Bench['run'] {
  return (count) => {
    let functions = 0
    for (let i = 0; i < count; i++) functions += inspect(text).functions.length
    return functions
  }
}
