import { prepareGoldens } from '../golden/request.ts'
import { describeGoldens } from '../support/golden.ts'

describeGoldens('PREPARE', prepareGoldens)
