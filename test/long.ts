/** Whether `LONG_TESTS=1` asks for every case where a sample usually does. */
export const IS_LONG = process.env['LONG_TESTS'] === '1'
