import { executeGoldens } from '../golden/request.ts'
import { describeGoldens } from '../support/golden.ts'

describeGoldens('EXECUTE', executeGoldens)
