import type { AwsCall } from '../estate/moto.ts'

export const region = 'eu-west-1'
export const account = '000000000000'

/** Calls of one service, by boto3's names. */
export const callsOf =
  (service: string) =>
  (method: string, given: object, save?: Readonly<Record<string, string>>): AwsCall => ({
    ...{ service, region, method, arguments: given },
    ...(save === undefined ? {} : { save }),
  })

export const json = (value: object): string => JSON.stringify(value)
export const policy = (...statements: object[]): string => json({ Version: '2012-10-17', Statement: statements })
export const arnOf = (service: string, what: string): string => `arn:aws:${service}:${region}:${account}:${what}`
