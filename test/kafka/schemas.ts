import { readdirSync, readFileSync } from 'node:fs'
import Ajv2020, { type ValidateFunction } from 'ajv/dist/2020.js'
import { repository } from '../lanes.ts'

const folder = `${repository}/docs/schemas`

// Ajv brings no formats; these are the ones that the schemas use.
const formats = {
  'date-time': /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/,
  'json-pointer': /^(?:\/(?:[^~/]|~[01])*)*$/,
  'uri-reference': /^[^\s<>"{}|\\^`]*$/,
}

/** The published schemas of docs/schemas, strictly: a word that is no JSON Schema is an error. */
export function publishedSchemas(): (name: string) => ValidateFunction {
  const ajv = new Ajv2020({ allErrors: true, strict: true, strictTypes: false, strictRequired: false, formats })
  for (const file of readdirSync(folder)) ajv.addSchema(JSON.parse(readFileSync(`${folder}/${file}`, 'utf8')) as object)
  return (name) => {
    const validate = ajv.getSchema(`${name}.json`)
    if (validate === undefined) throw new Error(`there is no docs/schemas/${name}.json`)
    return validate
  }
}

/** What is wrong with a value, one line each; empty where it is as its schema says. */
export function problemsOf(validate: ValidateFunction, value: unknown): string[] {
  validate(value)
  return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath || '/'} ${message}`)
}
